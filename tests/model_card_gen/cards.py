"""Everything that there is to say of a model, and a step that says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2
from tests.pusher.pushed_models import Step, plain
from tests.report.picture_factory import model_report
from tests.report.report_factory import rich_report

from tidegate.evaluation.facts import Facts, ModelFacts, write_facts
from tidegate.explain.importance import (
    FeatureImportance,
    Importance,
    write_importance,
)
from tidegate.ledger.events import (
    CodeRecord,
    EnvironmentRecord,
    Event,
    ExamplesRecord,
    FileDigest,
    Provenance,
    PushedModel,
    SchemaRecord,
)
from tidegate.model_card_gen import keys
from tidegate.model_card_gen.about import About
from tidegate.model_card_gen.known import Known
from tidegate.report.model import TestReport, write_report
from tidegate.runners.kubeflow.invocation import ArtifactType
from tidegate.steps.artifact import Artifact
from tidegate.steps.context import Context
from tidegate.steps.reading import encode_split_names

VERSION = 1_900_000_000
NOON = datetime(2030, 1, 31, 12, 0, tzinfo=timezone.utc)
SCHEMA = """
feature { name: "origin" type: BYTES domain: "airports" }
feature { name: "distance" type: INT int_domain { min: 80 max: 5000 } }
feature { name: "delay" type: FLOAT float_domain { min: -120 } }
feature {
  name: "email" type: BYTES annotation { tag: "pii" }
  string_domain { value: "someone-private" }
}
string_domain { name: "airports" value: ["EWR", "JFK", "LGA"] }
"""
ABOUT = About(
    owner="flights team",
    contact="flights@example.org",
    purpose="Says at departure whether a flight will be late.",
    intended_use=("Telling passengers how likely they are to be late.",),
    not_intended_use=("Judging a pilot or an airline.",),
    limits=("Airports other than those of New York were never seen.",),
    ethical_considerations=("Nobody is refused anything by it.",),
)


def event(**changes: Any) -> Event:
    """The push of a model of which all is known."""
    origin = Provenance(
        pipeline="flights",
        run="run-7",
        examples=(
            ExamplesRecord(
                uri="gs://bucket/examples/7",
                span=9,
                splits=("train", "eval"),
                rows={"train": 200, "eval": 100},
                digest="d1" * 32,
            ),
        ),
        data_schema=SchemaRecord(uri="gs://bucket/schema/1", sha256="5c" * 32),
        metrics={"auc": 0.7421, "precision": 0.5},
        parameters={"epochs": 3, "warehouse_password": "hunter2"},
        code=CodeRecord(tidegate="0.1.0", commit="abc1234", dirty=True),
        environment=EnvironmentRecord(
            python="3.10.13", platform="Linux x86_64", packages={"tfx": "1.16.0"}
        ),
    )
    about: dict[str, Any] = {
        "number": 1,
        "kind": "push",
        "version": VERSION,
        "champion": VERSION,
        "by": "Pusher",
        "reason": "every gate before it was open",
        "at": NOON,
        "model": PushedModel(
            digest="ab" * 32,
            files={"saved_model.pb": FileDigest(size=1_250_000, sha256="cd" * 32)},
            provenance=origin,
        ),
    }
    return Event(**{**about, **changes})


def importance() -> Importance:
    """Three features, one of which matters."""
    drops = (("dep_delay", 0.21), ("origin", 0.02), ("distance", -0.001))
    return Importance(
        metric="auc",
        value=0.742,
        constant=0.5,
        rows=5000,
        repeats=5,
        seed=1,
        features=tuple(
            FeatureImportance(feature=name, drop=drop, spread=0.002)
            for name, drop in drops
        ),
    )


def facts() -> Facts:
    return Facts(
        task="binary",
        rows=112_400,
        model=ModelFacts(uri="gs://bucket/model/7", size=1_250_000),
        champion=ModelFacts(uri="gs://bucket/pushed/1", size=1),
        slices=("carrier", "origin"),
    )


def statistics() -> statistics_pb2.DatasetFeatureStatistics:
    """A quarter of `origin` missing."""
    found = statistics_pb2.DatasetFeatureStatistics(num_examples=4)
    one = found.features.add()
    one.path.step.append("origin")
    one.string_stats.common_stats.num_missing = 1
    one.string_stats.common_stats.num_non_missing = 3
    return found


def all_known(**changes: Any) -> Known:
    """What there is to say where everything was given."""
    told: dict[str, Any] = {
        "name": "flights",
        "version": VERSION,
        "uri": f"gs://bucket/pushed/{VERSION}",
        "event": event(),
        "about": ABOUT,
        "schema": text_format.Parse(SCHEMA, schema_pb2.Schema()),
        "statistics": {"train": statistics()},
        "metrics": {"auc": 0.7421, "binary_accuracy": 0.81},
        "facts": facts(),
        "importance": importance(),
        "reports": _reports(),
    }
    return Known(**{**told, **changes})


def _reports() -> Mapping[str, TestReport]:
    return {
        "data": rich_report(),
        "model": model_report(),
        "infra": model_report(kind="infra", figures=(), rows=100),
    }


@dataclass
class CardStep:
    """A step that makes a card of what a run pushed.

    Attributes:
        folder: Where all of it is.
        inputs: Artifacts by key.
        properties: Execution properties.
    """

    folder: Path
    inputs: dict[str, list[Any]]
    properties: dict[str, Any]

    @classmethod
    def after_a_push(cls, folder: Path) -> CardStep:
        """A step that is given everything."""
        pushing = Step(folder / "run").with_evidence()
        pushed = pushing.run()
        inputs = {
            keys.PUSHED_MODEL: [pushed],
            keys.EVALUATION: pushing.inputs["evaluation"],
            keys.SCHEMA: [_schema(folder)],
            keys.STATISTICS: [_statistics(folder)],
            keys.EXPLANATION: [_written(folder, "explanation")],
            **{
                f"{kind}_report": [_written(folder, kind, report)]
                for kind, report in _reports().items()
            },
        }
        write_facts(facts(), Path(inputs[keys.EVALUATION][0].uri))
        properties = {keys.NAME: "flights", keys.ABOUT: ABOUT.model_dump_json()}
        return cls(folder, inputs, properties)

    @property
    def pushed(self) -> Path:
        """Where the model was pushed to."""
        return self.folder / "run" / "pushed"

    def run(self) -> Artifact:
        """Does the work; the card."""
        from tidegate.model_card_gen.work import do

        kind = ArtifactType(name="tidegate.ModelCard", path="tidegate.artifacts.X")
        output = Artifact(kind, str(self.folder / "card"))
        do(self.inputs, {keys.CARD: [output]}, self.properties, Context())
        return output


def _written(folder: Path, name: str, report: TestReport | None = None) -> Artifact:
    place = folder / name
    place.mkdir()
    if report is None:
        write_importance(importance(), place)
    else:
        write_report(report, place)
    return Artifact(plain("X"), str(place))


def _schema(folder: Path) -> Artifact:
    place = folder / "schema"
    place.mkdir()
    (place / "schema.pbtxt").write_text(SCHEMA)
    return Artifact(plain("Schema"), str(place))


def _statistics(folder: Path) -> Artifact:
    path = folder / "statistics" / "Split-train" / "FeatureStats.pb"
    path.parent.mkdir(parents=True)
    listed = statistics_pb2.DatasetFeatureStatisticsList(datasets=[statistics()])
    path.write_bytes(listed.SerializeToString())
    kind = ArtifactType(
        name="ExampleStatistics", path="x.y", properties={"split_names": "string"}
    )
    artifact = Artifact(kind, str(folder / "statistics"))
    artifact.split_names = encode_split_names(["train"])
    return artifact
