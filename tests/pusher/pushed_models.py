"""Models to push and the evidence for them, made without TensorFlow."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidegate.columnar.tf_record import write_records
from tidegate.model_tests.tfma_protos import message
from tidegate.pusher import keys
from tidegate.report.model import Outcome, TestReport, TestResult, write_report
from tidegate.runners.kubeflow.invocation import ArtifactType
from tidegate.steps.artifact import Artifact
from tidegate.steps.context import Context
from tidegate.steps.reading import encode_split_names

RUN = "0f0e0d0c-1a2b-4c3d-8e5f-102132435465"
EXAMPLES = ArtifactType(
    name="Examples",
    path="tfx.types.standard_artifacts.Examples",
    properties={"span": "int", "split_names": "string", "version": "int"},
)


def plain(name: str) -> ArtifactType:
    """A stock type without properties."""
    return ArtifactType(name=name, path=f"tfx.types.standard_artifacts.{name}")


def write_saved_model(folder: Path, weights: bytes = b"weights") -> Path:
    """A folder that is whole for whoever does not load it."""
    variables = folder / "variables"
    variables.mkdir(parents=True)
    (variables / "variables.index").write_bytes(b"index")
    (variables / "variables.data-00000-of-00001").write_bytes(weights)
    # Version 1, and one graph that is empty.
    (folder / "saved_model.pb").write_bytes(b"\x08\x01\x12\x00")
    return folder


def write_some_report(folder: Path, kind: Any, *, passed: bool = True) -> Artifact:
    """A report as its component leaves it."""
    outcome = Outcome.PASSED if passed else Outcome.FAILED
    result = TestResult(
        test="bounds",
        subject="auc",
        expectation="at least 0.7",
        observed="0.91" if passed else "0.61",
        outcome=outcome,
    )
    warned = result.model_copy(update={"outcome": Outcome.WARNED})
    splits = {"train": 200, "eval": 100} if kind == "data" else {}
    report = TestReport(
        kind=kind, dataset="flights", results=(result, warned), rows=300, splits=splits
    )
    write_report(report, folder)
    return Artifact(plain("TestReport"), str(folder), shown_uri=f"gs://b/{kind}")


def write_metrics(folder: Path, *, champion: bool = False) -> Artifact:
    """TFMA's metrics of two slices, and of a champion."""
    records = []
    for slice_value, auc in ((b"AA", 0.5), (None, 0.9)):
        sliced = message("MetricsForSlice")
        sliced.slice_key.SetInParent()
        if slice_value is not None:
            part = sliced.slice_key.single_slice_keys.add()
            part.column, part.bytes_value = "carrier", slice_value
        names = ("candidate", "champion") if champion else ("",)
        for model in ("diff", *reversed(names)):
            one = sliced.metric_keys_and_values.add()
            one.key.name = "auc"
            one.key.model_name = "" if model == "diff" else model
            one.key.is_diff = model == "diff"
            one.value.double_value.value = auc - 0.25 * (model in ("champion", "diff"))
        bounded = sliced.metric_keys_and_values.add()
        bounded.key.name, bounded.key.model_name = "binary_accuracy", names[0]
        bounded.value.bounded_value.value.value = 0.75
        undefined = sliced.metric_keys_and_values.add()
        undefined.key.name, undefined.key.model_name = "precision", names[0]
        undefined.value.double_value.value = float("nan")
        records.append(sliced.SerializeToString())
    folder.mkdir(parents=True)
    write_records(folder / "metrics-00000-of-00001.tfrecord", records)
    specs = [{"name": "candidate"}, {"name": "champion", "isBaseline": True}]
    config = {"evalConfig": {"modelSpecs": specs if champion else [{}]}}
    (folder / "eval_config.json").write_text(json.dumps(config))
    return Artifact(plain("ModelEvaluation"), str(folder))


@dataclass
class Step:
    """A step that pushes, with everything that it may be given.

    Attributes:
        folder: Where all of it is.
        inputs: Artifacts by key.
        properties: Execution properties.
        context: The run.
    """

    folder: Path
    inputs: dict[str, list[Any]] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    context: Context = field(default_factory=lambda: Context(run=RUN, pipeline="small"))

    def __post_init__(self) -> None:
        write_saved_model(self.folder / "model" / "Format-Serving")
        model = Artifact(plain("Model"), str(self.folder / "model"))
        self.inputs = {keys.MODEL: [model], **self.inputs}
        self.properties = {
            keys.PUSH_TO: str(self.folder / "pushed"),
            keys.BECOMES: "champion",
            keys.PERCENT: 10,
            keys.BY: "Pusher",
            **self.properties,
        }

    @property
    def pushed(self) -> Path:
        """Where it pushes to."""
        return self.folder / "pushed"

    def with_evidence(self) -> Step:
        """The step, given everything."""
        examples = Artifact(
            EXAMPLES, str(self.folder / "examples"), shown_uri="gs://b/examples"
        )
        examples.split_names = encode_split_names(["train", "eval"])
        examples.span, examples.version = 9, 2
        examples.set_string_custom_property("input_fingerprint", "split:x,num_files:1")
        for split in ("train", "eval"):
            path = self.folder / "examples" / f"Split-{split}" / "data.gz"
            path.parent.mkdir(parents=True)
            write_records(path, [split.encode()])
        schema = self.folder / "schema"
        schema.mkdir()
        (schema / "schema.pbtxt").write_text('feature { name: "x" type: FLOAT }')
        self.inputs |= {
            keys.EXAMPLES: [examples],
            keys.SCHEMA: [Artifact(plain("Schema"), str(schema))],
            keys.EVALUATION: [write_metrics(self.folder / "evaluation")],
            "data_report": [write_some_report(self.folder / "data", "data")],
            "model_report": [write_some_report(self.folder / "tests", "model")],
        }
        self.properties[keys.PARAMETERS] = json.dumps({"epochs": 3})
        return self

    def run(self) -> Artifact:
        """Does the work; the pushed model."""
        from tidegate.pusher.work import do

        output = Artifact(plain("PushedModel"), str(self.folder / "pushed_model"))
        do(self.inputs, {keys.PUSHED_MODEL: [output]}, self.properties, self.context)
        return output
