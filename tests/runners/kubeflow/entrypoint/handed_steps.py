"""Steps as KFP hands them to a container, for tests of the entrypoint."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidegate.report.model import Outcome, TestReport, TestResult, write_report
from tidegate.runners.kubeflow.entrypoint.command import main
from tidegate.runners.kubeflow.invocation import ArtifactType, Input, Invocation

RUN = "0f0e0d0c-1a2b-4c3d-8e5f-102132435465"
ROOT = f"minio://mlpipeline/v2/artifacts/flights/{RUN}"
REPORT = ArtifactType(name="tidegate.TestReport", path="tidegate.artifacts.TestReport")
DECISION = ArtifactType(
    name="tidegate.GateDecision", path="tidegate.artifacts.GateDecision"
)
EXAMPLES = ArtifactType(
    name="Examples",
    path="tfx.types.standard_artifacts.Examples",
    properties={"span": "int", "split_names": "string", "version": "int"},
)
SOURCE = Path(__file__).parents[4] / "components"


@dataclass
class Cluster:
    """Local copies under a folder, and what a container is handed.

    Attributes:
        folder: The folder above the local copies.
        environment: Environment variables of the container.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environment["TIDEGATE_LOCAL_COPIES"] = str(self.folder)

    def copy(self, uri: str) -> Path:
        """Local copy of what is at `uri`."""
        return self.folder / "minio" / uri.removeprefix("minio://")

    @property
    def output_file(self) -> Path:
        """Where the launcher looks for what came out."""
        return self.copy(f"{ROOT}/step/output_metadata.json")

    def handed(
        self,
        *,
        inputs: Mapping[str, list[dict[str, Any]]] | None = None,
        outputs: Mapping[str, dict[str, Any]] | None = None,
        parameters: Mapping[str, Any] | None = None,
        output_parameters: tuple[str, ...] = (),
    ) -> str:
        """The JSON of ExecutorInput."""
        places = {
            key: {"artifacts": [{"name": key, "uri": output_uri(key), **more}]}
            for key, more in (outputs or {}).items()
        }
        return json.dumps(
            {
                "inputs": {
                    "parameterValues": dict(parameters or {}),
                    "artifacts": {
                        key: {"artifacts": listed}
                        for key, listed in (inputs or {}).items()
                    },
                },
                "outputs": {
                    "artifacts": places,
                    "parameters": {
                        name: {"outputFile": f"/tmp/kfp/outputs/{name}"}
                        for name in output_parameters
                    },
                    "outputFile": str(self.output_file),
                },
            }
        )

    def call(self, invocation: Invocation, handed: str) -> int:
        """Runs the step in this process; returns its exit code."""
        return main(arguments(invocation, handed), self.environment)

    def start(self, options: list[str], *python: str) -> subprocess.Popen[str]:
        """Starts a step as a process of its own."""
        module = ("-m", "tidegate.runners.kubeflow.entrypoint")
        return subprocess.Popen(
            [sys.executable, *python, *module, *options],
            env={**os.environ, **self.environment, "PYTHONPATH": str(SOURCE)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def told(self) -> dict[str, Any]:
        """What the step told the launcher."""
        told: dict[str, Any] = json.loads(self.output_file.read_bytes())
        return told

    def artifact(self, key: str) -> dict[str, Any]:
        """What the step told of one output, as the next step is handed it."""
        (found,) = self.told()["artifacts"][key]["artifacts"]
        return {**found, "name": "77"}


def output_uri(key: str) -> str:
    """Where an output of the step is in the store."""
    return f"{ROOT}/step/{key}"


def arguments(invocation: Invocation, handed: str) -> list[str]:
    """The command line of the container."""
    return ["--invocation", invocation.to_text(), "--executor-input", handed]


def gate(**more: Any) -> Invocation:
    """A step that is a gate with one report."""
    return Invocation(
        pipeline="flights",
        node="DataGate",
        executor="tidegate.gate.executor.Executor",
        inputs={"data": Input(type=REPORT, parts=("data",))},
        outputs={"decision": DECISION},
        **more,
    )


def write_a_report(folder: Path, *, passed: bool = True) -> TestReport:
    """A small report, as DataTests writes it."""
    outcome = Outcome.PASSED if passed else Outcome.FAILED
    result = TestResult(
        test="missing",
        subject="dep_delay",
        expectation="at most 5 %",
        observed="1.2 %" if passed else "12.4 % (3,419 rows)",
        outcome=outcome,
    )
    report = TestReport(kind="data", dataset="flights", results=(result,), rows=27574)
    write_report(report, folder)
    return report
