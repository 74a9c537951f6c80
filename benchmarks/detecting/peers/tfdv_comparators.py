"""TFDV's drift comparators: each span against the one before it.

As a user sets them up: a schema with an L-infinity comparator on every
categorical feature and a Jensen-Shannon comparator on every numeric one, all with
one threshold. The measure and the verdict are those of TFDV's native module; the
statistics that it is given are Tidegate's, on which TFDV comes to the verdict that
it has on its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import pyarrow as pa
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from detecting.peers.peer import CERTAIN, Judged, ranked
from detecting.peers.per_table import PerTable
from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.columnar.statistics.tfdv import dataset_statistics
from tidegate.data_tests.schema_verdict import _native

_TYPES = {"text": schema_pb2.BYTES, "int": schema_pb2.INT, "float": schema_pb2.FLOAT}


class TfdvComparators:
    """Alarms if TFDV finds an anomaly with its drift comparators.

    The schema holds nothing but names, types and comparators, and that a feature
    has values where every accepted span has some: what it would say of domains is
    another kind of test. Features of times get no comparator, because theirs would
    alarm on every span. The score is the greatest distance that TFDV measured; a
    feature that is gone or of another type is certain to be off.

    Args:
        threshold: Of every comparator.
        spans: Holds the serialized statistics of tables, for several peers.
    """

    def __init__(self, threshold: float, spans: SpanStatistics | None = None) -> None:
        self.name = f"TFDV comparators, {threshold:g}"
        self._threshold = threshold
        self._spans = spans or SpanStatistics()
        self._filled = PerTable(_filled)
        self._schema = b""
        self._previous = b""

    def fit(self, history: Sequence[pa.Table], starts: Sequence[date]) -> None:
        """Takes the accepted spans, of which TFDV looks at the last."""
        filled = [self._filled.of(table) for table in history]
        always = frozenset.intersection(*filled)
        self._schema = comparing_schema(history[-1], self._threshold, always)
        self._previous = self._spans.of(history[-1])

    def judge(self, table: pa.Table) -> Judged:
        """What TFDV says of the span after the history."""
        found = anomalies_pb2.Anomalies.FromString(
            # In order: statistics, schema, environment, statistics of the
            # previous span, of serving and of the previous version, needed
            # features, validation options, diff regions.
            _native().validation.ValidateFeatureStatistics(
                self._spans.of(table),
                self._schema,
                *(b"", self._previous, b"", b"", b"", b"", False),
            )
        )
        return _judged(found)


def _judged(found: anomalies_pb2.Anomalies) -> Judged:
    suspicion: dict[str, float] = {}
    for info in found.drift_skew_info:
        values = [measure.value for measure in info.drift_measurements]
        # TFDV measures NaN where a span has no values at all.
        known = [value for value in values if math.isfinite(value)]
        suspicion["/".join(info.path.step)] = max(known, default=0.0)
    for key, anomaly in found.anomaly_info.items():
        kinds = {reason.type for reason in anomaly.reason}
        column = "/".join(anomaly.path.step) or key
        if kinds - _OF_COMPARATORS:
            suspicion[column] = CERTAIN
    score = max(suspicion.values(), default=0.0)
    return Judged(score, bool(found.anomaly_info), ranked(suspicion))


_REASON = anomalies_pb2.AnomalyInfo
_OF_COMPARATORS = {
    _REASON.COMPARATOR_L_INFTY_HIGH,
    _REASON.COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH,
}


def comparing_schema(
    table: pa.Table, threshold: float, always: frozenset[str] = frozenset()
) -> bytes:
    """The schema of a table's columns with a comparator on each.

    Args:
        table: Its columns.
        threshold: Of every comparator.
        always: Columns that must have values.
    """
    schema = schema_pb2.Schema()
    for name in table.column_names:
        kind = ColumnProfile.of(readable(table.column(name)[:0])).kind
        feature = schema.feature.add(name=name)
        if kind not in _TYPES:
            feature.lifecycle_stage = schema_pb2.DISABLED
            continue
        feature.type = _TYPES[kind]
        if name in always:
            feature.presence.min_count = 1
        if pa.types.is_temporal(table.column(name).type):
            continue
        comparator = feature.drift_comparator
        if kind == "text":
            comparator.infinity_norm.threshold = threshold
        else:
            comparator.jensen_shannon_divergence.threshold = threshold
    return bytes(schema.SerializeToString())


def _filled(table: pa.Table) -> frozenset[str]:
    """The columns that have values."""
    return frozenset(
        name
        for name in table.column_names
        if table.column(name).null_count < table.num_rows
    )


def readable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column in a type that a tf.Example has."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return readable(column.cast(kind.value_type))
    if pa.types.is_boolean(kind):
        return column.cast(pa.int64())
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    return column.cast(pa.string()) if pa.types.is_temporal(kind) else column


class SpanStatistics(PerTable[bytes]):
    """Serialized `DatasetFeatureStatistics` of tables."""

    def __init__(self) -> None:
        super().__init__(_described)


def _described(table: pa.Table) -> bytes:
    profiles = {
        name: ColumnProfile.of(readable(table.column(name)))
        for name in table.column_names
    }
    return bytes(dataset_statistics(profiles, table.num_rows).SerializeToString())
