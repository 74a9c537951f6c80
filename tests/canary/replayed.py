"""A ledger with two versions, and rows to replay to them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tidegate.canary import keys
from tidegate.columnar import tf_example
from tidegate.columnar.example_decoding import decode_columns
from tidegate.columnar.tf_record import write_records
from tidegate.errors import ComponentError
from tidegate.ledger.events import Event, Provenance
from tidegate.ledger.pushing import push
from tidegate.model_tests.suite import ModelSuite
from tidegate.runners.kubeflow.invocation import ArtifactType
from tidegate.steps.artifact import Artifact
from tidegate.steps.context import Context
from tidegate.steps.reading import encode_split_names

WEIGHTS = "variables/variables.data-00000-of-00001"
SUITE: dict[str, Any] = {
    "tests": [{"against_champion": {"metric": "auc", "worse_by_at_most": 0.02}}]
}
EXAMPLES = ArtifactType(
    name="Examples",
    path="tfx.types.standard_artifacts.Examples",
    properties={"span": "int", "split_names": "string", "version": "int"},
)


class Scaled:
    """A model whose weights are one number, by which it scales x."""

    outputs = ("p",)

    def __init__(self, folder: str, signature: str, _: Any = ()) -> None:
        if signature != "serving_default":
            raise ComponentError("no such signature")
        self._scale = float((Path(folder) / WEIGHTS).read_text())

    def predict(self, records: Sequence[bytes]) -> dict[str, Any]:
        x = np.asarray(decode_columns(list(records), ["x"])["x"].to_numpy())
        return {"p": 1 / (1 + np.exp(-self._scale * x))}


def plain(name: str) -> ArtifactType:
    """A stock type without properties."""
    return ArtifactType(name=name, path=f"tfx.types.standard_artifacts.{name}")


def records(count: int, seed: int = 0) -> list[bytes]:
    """Rows of which x tells much of y."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=count).astype(np.float32)
    y = (chance.random(count) < 1 / (1 + np.exp(-3 * x))).astype(np.int64)
    batch = pa.RecordBatch.from_pydict({"x": x, "y": y})
    return tf_example.records(tf_example.encode(batch))


def write_examples(folder: Path, **splits: list[bytes]) -> Artifact:
    """Examples with these records in each split."""
    for name, listed in splits.items():
        path = folder / f"Split-{name}" / "data-00000-of-00001.gz"
        path.parent.mkdir(parents=True)
        write_records(path, listed)
    artifact = Artifact(EXAMPLES, str(folder))
    artifact.split_names = encode_split_names(list(splits))
    return artifact


def pushed_artifact(version: int, pushed: int = 1) -> Artifact:
    """What a Pusher leaves."""
    artifact = Artifact(plain("PushedModel"), "nowhere")
    artifact.set_int_custom_property("pushed", pushed)
    artifact.set_string_custom_property("pushed_version", str(version))
    return artifact


@dataclass
class Bench:
    """A place to push to, and a canary step.

    Attributes:
        folder: Where all of it is.
        examples: Rows to replay.
        more: Other execution properties.
        suite: The tests.
        inputs: Other inputs.
        tries: How often it ran.
    """

    folder: Path
    examples: Artifact
    more: dict[str, Any] = field(default_factory=dict)
    suite: dict[str, Any] = field(default_factory=lambda: dict(SUITE))
    inputs: dict[str, list[Any]] = field(default_factory=dict)
    tries: int = 0

    @property
    def pushed(self) -> Path:
        """Where models are pushed to."""
        return self.folder / "pushed"

    def push(self, model: Path, becomes: Any = "champion") -> Event:
        """Pushes a model."""
        return push(
            model, self.pushed, Provenance(), by="ada", reason="a test", becomes=becomes
        )

    def run(self, version: int) -> Artifact:
        """Does the work; the report's artifact."""
        from tidegate.canary.work import do

        self.tries += 1
        at = self.folder / f"try-{self.tries}"
        evaluation = Artifact(plain("ModelEvaluation"), str(at / "evaluation"))
        report = Artifact(plain("TestReport"), str(at / "report"))
        properties = {
            keys.PUSH_TO: str(self.pushed),
            keys.SUITE: ModelSuite.model_validate(self.suite).model_dump_json(),
            keys.LABEL: "y",
            keys.SIGNATURE: "serving_default",
            keys.SLICES: json.dumps([]),
            keys.ROWS: 2000,
            keys.DATASET: "model",
            keys.BY: "Canary",
            **self.more,
        }
        do(
            {
                keys.PUSHED_MODEL: [pushed_artifact(version)],
                keys.EXAMPLES: [self.examples],
                **self.inputs,
            },
            {keys.EVALUATION: [evaluation], keys.REPORT: [report]},
            properties,
            Context(run="a-run", pipeline="small"),
        )
        return report

    @property
    def evaluation(self) -> Path:
        """The last evaluation."""
        return self.folder / f"try-{self.tries}" / "evaluation"
