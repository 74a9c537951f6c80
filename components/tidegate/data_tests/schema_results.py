"""TFDV's anomalies as test results, with the rows behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from tidegate.columnar.dataset import Batch, Dataset
from tidegate.data_tests.blame import Blame, Rows
from tidegate.data_tests.catalogue.base import where
from tidegate.data_tests.catalogue.cells import canonical
from tidegate.data_tests.engine import Engine, InProcess
from tidegate.data_tests.sql import Answers
from tidegate.data_tests.view import View
from tidegate.data_tests.whole import Whole
from tidegate.report.model import Level
from tidegate.report.wording import counted

_WARNING = anomalies_pb2.AnomalyInfo.WARNING
_Type = anomalies_pb2.AnomalyInfo
_COUNTS = (
    _Type.INVALID_FEATURE_SHAPE,
    _Type.FEATURE_TYPE_LOW_NUMBER_VALUES,
    _Type.FEATURE_TYPE_HIGH_NUMBER_VALUES,
)


@dataclass(frozen=True)
class SchemaFault:
    """One way in which a column is not as the schema says.

    Attributes:
        column: The column; "rows" where it is about the data set.
        expectation: What the schema says, in words.
        observed: What TFDV saw, in words.
        level: TFDV's severity.
        fix: What to do about it.
        kind: TFDV's reason, a number of `AnomalyInfo.Type`.
        blame: Rows that show it, None where it is not about rows.
    """

    column: str
    expectation: str
    observed: str
    level: Level
    fix: str
    kind: int = 0
    blame: Blame | None = None


@dataclass(frozen=True)
class _Shown:
    """Rows that show each of some faults."""

    blames: tuple[Blame, ...]

    def merge(self, other: _Shown) -> _Shown:
        pairs = zip(self.blames, other.blames, strict=True)
        return _Shown(tuple(one.merge(more) for one, more in pairs))


@dataclass(frozen=True)
class _Search:
    """Looks for the rows that show some faults. Small; pickles.

    Attributes:
        kinds: Reason and column of each fault.
        schema: The schema that was checked.
        splits: The split of each part.
    """

    kinds: tuple[tuple[int, str], ...]
    schema: schema_pb2.Schema
    splits: tuple[str, ...]

    def __call__(self, batch: Batch) -> _Shown:
        features = {feature.name: feature for feature in self.schema.feature}
        view = View.of(batch, self.splits[batch.part], Answers())
        shown = [
            _rows(kind, view, features[column], self.schema)
            for kind, column in self.kinds
        ]
        return _Shown(
            tuple(
                Blame() if rows is None else Blame.of(view.positions[rows])
                for rows in shown
            )
        )


def schema_faults(
    anomalies: Mapping[str, anomalies_pb2.Anomalies],
    schema: schema_pb2.Schema,
    dataset: Dataset,
    whole: Whole,
    engine: Engine | None = None,
) -> list[SchemaFault]:
    """What is wrong with each column, once, whatever the number of splits.

    Args:
        anomalies: TFDV's verdict by split.
        schema: The schema that was checked.
        dataset: The data set that was judged, to find the rows in.
        whole: What is known of the data set.
        engine: Runs the search for the rows; None runs it in this process.
    """
    found: dict[tuple[str, str], SchemaFault] = {}
    seen: set[tuple[str, int]] = set()
    for verdict in anomalies.values():
        for column, level, reason in _reasons(verdict):
            # Another split has the same anomaly with other figures in its words.
            if (column, reason.type) not in seen:
                seen.add((column, reason.type))
                fault = _fault(column, level, reason, schema)
                key = column, fault.expectation
                found[key] = _joined(found[key], fault) if key in found else fault
    faults = list(found.values())
    return _with_rows(faults, schema, dataset, whole, engine or InProcess())


def _with_rows(
    faults: list[SchemaFault],
    schema: schema_pb2.Schema,
    dataset: Dataset,
    whole: Whole,
    engine: Engine,
) -> list[SchemaFault]:
    """The faults with the rows that show them, found in one more pass."""
    features = {feature.name: feature for feature in schema.feature}
    sought = [
        number
        for number, fault in enumerate(faults)
        if fault.column in features and fault.column in whole.columns
    ]
    if not sought:
        return faults
    search = _Search(
        tuple((faults[n].kind, faults[n].column) for n in sought),
        schema,
        tuple(part.split for part in dataset.parts),
    )
    found = engine.fold(dataset, search)
    blames = dict(zip(sought, found.blames, strict=True)) if found else {}
    return [
        replace(fault, blame=blames[number]) if len(blames.get(number, ())) else fault
        for number, fault in enumerate(faults)
    ]


def _joined(first: SchemaFault, second: SchemaFault) -> SchemaFault:
    """Two reasons for one expectation, as one."""
    told = dict.fromkeys([*first.observed.split("; "), second.observed])
    level = Level.FAIL if Level.FAIL in (first.level, second.level) else Level.WARN
    return replace(first, observed="; ".join(told), level=level)


def _reasons(verdict: Any) -> Iterator[tuple[str, Level, Any]]:
    for column, info in sorted(verdict.anomaly_info.items()):
        level = Level.WARN if info.severity == _WARNING else Level.FAIL
        for reason in info.reason:
            yield column, level, reason
    if verdict.HasField("dataset_anomaly_info"):
        for reason in verdict.dataset_anomaly_info.reason:
            yield "rows", Level.FAIL, reason


def _fault(
    column: str,
    level: Level,
    reason: Any,
    schema: schema_pb2.Schema,
) -> SchemaFault:
    feature = next((f for f in schema.feature if f.name == column), None)
    observed = reason.description or reason.short_description
    return SchemaFault(
        column=column,
        expectation=_expectation(reason.type, feature, schema),
        observed=" ".join(observed.split()),
        level=level,
        kind=reason.type,
        fix=f"fix {column} in the export, or change it in the schema",
    )


def _expectation(kind: int, feature: Any, schema: schema_pb2.Schema) -> str:
    if feature is None:
        return "no column that the schema does not have"
    if kind == _Type.SCHEMA_MISSING_COLUMN:
        return "a column of this name"
    values, bounds = _domain(feature, schema), _bounds(feature)
    if kind == _Type.ENUM_TYPE_UNEXPECTED_STRING_VALUES and values:
        shown = ", ".join(values[:6])
        return f"one of {shown}" + (
            f" and {len(values) - 6} more" if values[6:] else ""
        )
    if _is_range(kind) and bounds:
        return _range(*bounds)
    if kind in _COUNTS:
        return _count(*_values(feature))
    if _is_presence(kind):
        return f"present in {100 * feature.presence.min_fraction:.4g} % of the rows"
    return f"{schema_pb2.FeatureType.Name(feature.type)}, as in the schema"


def _rows(
    kind: int, view: View, feature: Any, schema: schema_pb2.Schema
) -> Rows | None:
    """Rows of a batch that show the anomaly; None if it is not of rows."""
    held = view.column(feature.name)
    found = view.cells(feature.name)
    if _is_presence(kind):
        return where(pc.is_null(held))
    if kind in _COUNTS:
        counts = np.bincount(found.rows, minlength=len(held))
        low, high = _values(feature)
        return np.flatnonzero((counts < low) | (counts > high))
    if feature.type in (schema_pb2.INT, schema_pb2.FLOAT) and not found.is_number:
        return found.blame(np.isnan(found.numbers()))
    values, bounds = _domain(feature, schema), _bounds(feature)
    if kind == _Type.ENUM_TYPE_UNEXPECTED_STRING_VALUES and values:
        held_values, codes = found.distinct()
        strange = [canonical(value) not in values for value in held_values]
        return found.blame(np.array(strange, np.bool_)[codes])
    if _is_range(kind) and bounds and found.is_number:
        number = found.numbers()
        return found.blame((number < bounds[0]) | (number > bounds[1]))
    return None


def _is_range(kind: int) -> bool:
    return kind in (
        _Type.INT_TYPE_BIG_INT,
        _Type.INT_TYPE_SMALL_INT,
        _Type.FLOAT_TYPE_BIG_FLOAT,
        _Type.FLOAT_TYPE_SMALL_FLOAT,
    )


def _is_presence(kind: int) -> bool:
    return kind in (
        _Type.FEATURE_TYPE_LOW_FRACTION_PRESENT,
        _Type.FEATURE_TYPE_LOW_NUMBER_PRESENT,
        _Type.FEATURE_TYPE_NOT_PRESENT,
    )


def _range(low: float, high: float) -> str:
    if low == -np.inf:
        return f"at most {high:,g}"
    return f"at least {low:,g}" if high == np.inf else f"{low:,g} to {high:,g}"


def _values(feature: Any) -> tuple[float, float]:
    """Fewest and most values that a row may have."""
    if feature.HasField("shape"):
        size = float(np.prod([dimension.size for dimension in feature.shape.dim]))
        return size, size
    most = feature.value_count.max
    return float(feature.value_count.min), float(most) if most else np.inf


def _count(low: float, high: float) -> str:
    if low == high:
        return f"{counted(int(low), 'values')} in every row"
    return f"{_range(low, high)} values in a row"


def _domain(feature: Any, schema: schema_pb2.Schema) -> list[str]:
    """Allowed values of a text column, empty where it has no domain."""
    if feature.HasField("string_domain"):
        return list(feature.string_domain.value)
    named = {domain.name: list(domain.value) for domain in schema.string_domain}
    return named.get(feature.domain, [])


def _bounds(feature: Any) -> tuple[float, float] | None:
    """Lowest and highest allowed number, None where there is no domain."""
    for name in ("int_domain", "float_domain"):
        if feature.HasField(name):
            domain = getattr(feature, name)
            low = domain.min if domain.HasField("min") else -np.inf
            high = domain.max if domain.HasField("max") else np.inf
            return float(low), float(high)
    return None
