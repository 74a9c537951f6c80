"""DataTests in a container."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pytest
from handed_steps import EXAMPLES, REPORT, ROOT, Cluster, output_uri

from tidegate.columnar.tf_example import encode, records
from tidegate.columnar.tf_record import write_records
from tidegate.data_tests.suite import Suite
from tidegate.report.model import read_report
from tidegate.runners.kubeflow.entrypoint.metadata import Properties, to_metadata
from tidegate.runners.kubeflow.invocation import (
    ArtifactType,
    Input,
    Invocation,
    Property,
)
from tidegate.steps.artifact import Typed

SCHEMA = ArtifactType(name="Schema", path="tfx.types.standard_artifacts.Schema")
TRAIN = Typed("string", '["train"]')


def test_a_report_of_data_tests_names_places_in_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = "tidegate.runners.kubeflow.entrypoint.command"
    monkeypatch.setattr(f"{command}._end_when_told", lambda: None)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", "")
    cluster = Cluster(tmp_path / "copies")
    uris = {name: f"{ROOT}/{name}/x" for name in ("examples", "schema")}
    folder = cluster.copy(uris["examples"]) / "Split-train"
    batch = pa.RecordBatch.from_pydict({"n": pa.array([1, 99], pa.int64())})
    folder.mkdir(parents=True)
    write_records(folder / "data-0.gz", records(encode(batch)))
    schema = cluster.copy(uris["schema"]) / "schema.pbtxt"
    schema.parent.mkdir(parents=True)
    schema.write_text('feature { name: "n" type: INT }')
    leaving = {"on_fail": "quarantine", "quarantine_at_most": "50%"}
    between = {"between": {"column": "n", "high": 12, **leaving}}
    suite = Suite.model_validate({"dataset": "d", "tests": [between]})
    types = {"examples": EXAMPLES, "schema": SCHEMA}
    outputs = {"accepted_examples": EXAMPLES, "quarantined_examples": EXAMPLES}
    invocation = Invocation(
        pipeline="p",
        node="DataTests",
        executor="tidegate.data_tests.executor.Executor",
        inputs={name: Input(type=kind, parts=(name,)) for name, kind in types.items()},
        outputs={"report": REPORT, **outputs},
        properties={"suite": Property(kind="string")},
        pages={"report_page": "report/report.html"},
    )
    split = to_metadata("Examples", Properties({"split_names": TRAIN}))
    text = cluster.handed(
        inputs={
            name: [{"name": "1", "uri": uri, "metadata": split}]
            for name, uri in uris.items()
        },
        outputs={name: {} for name in (*invocation.outputs, "report_page")},
        parameters={"suite": suite.model_dump_json()},
    )
    assert cluster.call(invocation, text) == 0
    report = read_report(cluster.copy(output_uri("report")))
    assert report.schema_file == f"{uris['schema']}/schema.pbtxt"
    assert report.quarantine == output_uri("quarantined_examples")
    page = cluster.copy(output_uri("report_page")).read_text()
    assert str(tmp_path) not in page
    accepted = cluster.artifact("accepted_examples")["metadata"]
    assert accepted["split_names"] == '["train"]'
