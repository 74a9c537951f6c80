"""The flights pipeline run from its compiled spec is the pipeline run here.

A sample of the real months, by the commands that a person types: once by
`tidegate run`, once compiled for open-source KFP and run from that file.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pipelines.flights.data import SAMPLE_MODEL_TESTS, sample_suite, write_months

from tidegate.report.model import read_report
from tidegate.runners.kubeflow.compiling.names import task_name

ROOT = Path(__file__).parents[2]
ROWS_A_MONTH = 400
MONTHS = (1, 6)
# What no TensorFlow is in comes out alike to the byte.
ALIKE = (
    ("ExampleGen", "examples"),
    ("StatisticsGen", "statistics"),
    ("ImportSchemaGen", "schema"),
    ("Transform", "pre_transform_stats"),
    ("Transform", "post_transform_stats"),
    ("Transform", "post_transform_schema"),
)

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Twice:
    """Folders of the artifacts of both runs, by node and output."""

    here: dict[tuple[str, str], Path]
    spec: dict[tuple[str, str], Path]
    pushed: tuple[Path, Path]


def tidegate(*arguments: object) -> dict[str, Any]:
    """What a command says with --json; it has to end well."""
    command = [sys.executable, "-m", "tidegate.cli.main", *map(str, arguments)]
    done = subprocess.run(
        [*command, "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Twice:
    folder = tmp_path_factory.mktemp("flights")
    write_months(folder / "data", months=MONTHS, rows=ROWS_A_MONTH)
    # In the project, as a suite has to be that goes into an image.
    suite = ROOT / ".cache" / "tests" / f"suite-{ROWS_A_MONTH}.yaml"
    suite.parent.mkdir(parents=True, exist_ok=True)
    shipped = ROOT / "schemas" / "flights" / "data_tests.yaml"
    suite.write_text(sample_suite(shipped, ROWS_A_MONTH))
    models = suite.with_name("models.yaml")
    models.write_text(SAMPLE_MODEL_TESTS)
    settings = (
        *(f"suite={suite}", f"model_suite={models}"),
        *("least_auc=0.6", "epochs=4", "batch_size=64"),
    )
    said = [word for one in settings for word in ("--set", one)]
    data = folder / "data" / "*.csv"
    local = tidegate(
        *("run", "pipelines/flights", "--data", data, "--span", 6, *said),
        *("--output", folder / "here"),
    )
    spec = folder / "flights.yaml"
    tidegate("compile", "pipelines/flights", "-o", spec, *said)
    tidegate(
        *("run-spec", spec, "--output", folder / "spec"),
        *("--param", f"data={data}", "--param", "span=6", "--param", "epochs=4"),
        *("--param", f"push_to={folder / 'pushed'}"),
    )
    here = {
        (node["node"], key): Path(uri)
        for node in local["nodes"]
        for key, uri in node["outputs"].items()
    }
    store = folder / "spec" / "store"
    found = {
        (node, key): path
        for node, key in here
        for path in store.rglob(f"{task_name(node)}/*/{key}")
    }
    return Twice(here, found, (folder / "here" / "pushed", folder / "pushed"))


def digests(folder: Path) -> dict[str, str]:
    """Digest of every file in a folder."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(
            file.read_bytes()
        ).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.parametrize("output", ALIKE, ids=".".join)
def test_the_same_artifact_comes_out(twice: Twice, output: tuple[str, str]) -> None:
    assert digests(twice.here[output])
    assert digests(twice.spec[output]) == digests(twice.here[output])


@pytest.mark.parametrize("node", ["DataTests", "ModelTests"])
def test_the_same_verdict_comes_out(twice: Twice, node: str) -> None:
    here, spec = (
        read_report(side[node, "report"]) for side in (twice.here, twice.spec)
    )
    assert here.passed
    assert spec.passed
    assert verdicts(spec) == verdicts(here)


def verdicts(report: Any) -> list[tuple[Any, ...]]:
    """What was tested with which outcome, without the figures of a training."""
    return [(one.test, one.subject, one.outcome) for one in report.results]


def test_every_data_test_saw_the_same(twice: Twice) -> None:
    here, spec = (
        read_report(side["DataTests", "report"]) for side in (twice.here, twice.spec)
    )
    assert [one.observed for one in spec.results] == [
        one.observed for one in here.results
    ]


def test_the_gate_was_open_and_a_model_was_pushed_in_both(twice: Twice) -> None:
    for side in (twice.here, twice.spec):
        assert (side["DataGate", "decision"] / "decision.json").is_file()
    for pushed in twice.pushed:
        (model,) = pushed.glob("*/saved_model.pb")
        assert model.stat().st_size
