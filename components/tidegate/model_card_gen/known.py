"""Everything that a run knows of a model, read from its artifacts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from tidegate.data_tests.schema_verdict import read_schema
from tidegate.errors import ComponentError
from tidegate.evaluation.facts import Facts, read_facts
from tidegate.explain.importance import Importance, read_importance
from tidegate.ledger.events import Event
from tidegate.model_card_gen import keys
from tidegate.model_card_gen.about import About
from tidegate.pusher.metrics import overall_metrics
from tidegate.report.model import TestReport, read_report
from tidegate.steps.context import Artifacts
from tidegate.steps.reading import decode_split_names, get_single_instance, shown_uri

_SCHEMA_FILE = "schema.pbtxt"
_STATISTICS_FILE = "FeatureStats.pb"
T = TypeVar("T")


@dataclass(frozen=True)
class Known:
    """What there is to say; None where it was not given.

    Attributes:
        name: Name of the model.
        version: Version as it was pushed; None before.
        uri: Where the model is.
        event: Its push on the ledger.
        about: What people say of it.
        schema: The schema of the data.
        statistics: Split to its statistics.
        metrics: The evaluation over all rows: metric to value.
        facts: What Tidegate's Evaluator saw besides.
        importance: How much each feature matters.
        reports: Kind ("data", "model", "infra") to the report of the tests.
    """

    name: str
    version: int | None = None
    uri: str | None = None
    event: Event | None = None
    about: About | None = None
    schema: schema_pb2.Schema | None = None
    statistics: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    facts: Facts | None = None
    importance: Importance | None = None
    reports: Mapping[str, TestReport] = field(default_factory=dict)


def known(
    inputs: Artifacts, properties: Mapping[str, Any], event: Event | None
) -> Known:
    """What the artifacts say.

    Args:
        inputs: Artifacts by ModelCardGen's keys.
        properties: Its properties.
        event: The model's push on the ledger.

    Raises:
        TidegateError: An artifact that was given cannot be read.
    """
    about = properties.get(keys.ABOUT)
    evaluation = _folder(inputs, keys.EVALUATION)
    return Known(
        name=str(properties[keys.NAME]),
        version=version_of(inputs),
        uri=_uri(inputs),
        event=event,
        about=About.model_validate_json(about) if about else None,
        schema=_of(inputs, keys.SCHEMA, lambda one: read_schema(one / _SCHEMA_FILE)),
        statistics=_statistics(inputs),
        metrics=_metrics(evaluation, event),
        facts=_of(inputs, keys.EVALUATION, read_facts),
        importance=_of(inputs, keys.EXPLANATION, read_importance),
        reports={
            report.kind: report
            for key in keys.REPORTS
            if (report := _of(inputs, key, read_report)) is not None
        },
    )


def version_of(inputs: Artifacts) -> int | None:
    """The version that was pushed; None where none was."""
    for one in inputs.get(keys.PUSHED_MODEL) or ():
        text = one.get_string_custom_property("pushed_version")
        if text.isdecimal() and one.get_int_custom_property("pushed"):
            return int(text)
    return None


def pushed_to(inputs: Artifacts, properties: Mapping[str, Any]) -> str | None:
    """Where models are pushed to; None where nobody said so."""
    if properties.get(keys.PUSH_TO):
        return str(properties[keys.PUSH_TO])
    version = version_of(inputs)
    for one in inputs.get(keys.PUSHED_MODEL) or ():
        place = str(one.get_string_custom_property("pushed_destination")).rstrip("/")
        above, _, name = place.rpartition("/")
        if above and name == str(version):
            return above
    return None


def _uri(inputs: Artifacts) -> str | None:
    for one in inputs.get(keys.PUSHED_MODEL) or ():
        if place := one.get_string_custom_property("pushed_destination"):
            return str(place)
    return next((shown_uri(one) for one in inputs.get(keys.MODEL) or ()), None)


def _metrics(evaluation: Path | None, event: Event | None) -> Mapping[str, float]:
    """Those of the evaluation, or else those that the ledger has."""
    found = overall_metrics(evaluation) if evaluation is not None else {}
    if not found and event is not None and event.model is not None:
        found = event.model.provenance.metrics
    return finite(found)


def finite(metrics: Mapping[str, float]) -> dict[str, float]:
    """The metrics that have a value."""
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


def _statistics(inputs: Artifacts) -> dict[str, Any]:
    if not inputs.get(keys.STATISTICS):
        return {}
    artifact = get_single_instance(inputs[keys.STATISTICS])
    found = {}
    for split in decode_split_names(artifact.split_names):
        path = Path(artifact.uri) / f"Split-{split}" / _STATISTICS_FILE
        read = _read(
            lambda one: statistics_pb2.DatasetFeatureStatisticsList.FromString(
                one.read_bytes()
            ),
            path,
        )
        if read.datasets:
            found[split] = read.datasets[0]
    return found


def _folder(inputs: Artifacts, key: str) -> Path | None:
    artifacts = inputs.get(key)
    return Path(get_single_instance(artifacts).uri) if artifacts else None


def _of(inputs: Artifacts, key: str, read: Callable[[Path], T]) -> T | None:
    folder = _folder(inputs, key)
    return None if folder is None else _read(read, folder)


def _read(read: Callable[[Path], T], path: Path) -> T:
    """What is in an artifact.

    Raises:
        ComponentError: It is not whole.
    """
    from google.protobuf.message import DecodeError

    try:
        return read(path)
    except (OSError, ValueError, DecodeError) as error:
        raise ComponentError(
            "an artifact for the model card cannot be read",
            where=str(path),
            got=str(error).splitlines()[0] if str(error) else type(error).__name__,
            fix="run the component that wrote it again",
        ) from error
