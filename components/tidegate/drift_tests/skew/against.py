"""What a serving log is held against: blocks of training data, or accepted spans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tidegate.data_tests.private_columns import pii_columns
from tidegate.drift_tests.history import History
from tidegate.drift_tests.skew.blocks import Cut, measured_blocks
from tidegate.drift_tests.skew.columns import Columns, columns_of
from tidegate.drift_tests.skew.division import needed_blocks
from tidegate.drift_tests.skew.order import Ordered, order_of
from tidegate.drift_tests.skew.wanted import SkewWanted
from tidegate.errors import UsageError
from tidegate.schema_life.seen_data import SeenData


@dataclass(frozen=True, eq=False)
class Against:
    """What a serving log is held against.

    Attributes:
        history: Blocks of the training data, or accepted spans.
        columns: What columns they have in common.
        rows: Rows of the log that are measured.
        name: What it is, in words.
        what: What the spans are called: "training blocks" or "accepted spans".
        ordered: How training rows were put in order; None of accepted spans.
        private: Columns whose values are not kept.
    """

    history: History
    columns: Columns
    rows: int
    name: str
    what: str
    ordered: Ordered | None = None
    private: frozenset[str] = frozenset()


def against_training(
    wanted: SkewWanted, serving: SeenData, training: SeenData
) -> Against:
    """Blocks of the training data, of about as many rows as the log has."""
    columns = columns_of(
        _kinds(training), _kinds(serving), wanted.lacking, wanted.serving_only
    )
    _demand_common(columns, serving)
    private = training.whole.pii | serving.whole.pii | pii_columns(wanted.schema)
    promise = wanted.settings.false_alarms
    ordered = order_of(training.sample(), serving.sample(), wanted.order)
    if wanted.order != "rows":
        ordered = ordered.cut(training, serving, needed_blocks(promise))
    files = tuple(training.rows_of_files.values())
    cut = Cut(training.dataset, training.rows, columns.compared, private, files)
    history = measured_blocks(cut, serving.rows, promise, ordered)
    rows = int(np.median(history.rows)) if len(history) else 0
    return Against(
        history,
        columns,
        int(history.rows.max(initial=0)),
        f"{len(history)} blocks of the training data, about {rows:,} rows each: "
        f"{ordered.why}",
        "training blocks",
        ordered,
        frozenset(private),
    )


def accepted_spans(wanted: SkewWanted, serving: SeenData, history: History) -> Against:
    """The accepted spans, of which the columns are taken that the log has too.

    Raises:
        UsageError: There is none, or none of their columns is in the log.
    """
    if not len(history):
        raise UsageError(
            "there is no accepted span to hold the log against",
            where=str(wanted.history),
            expected="a history with accepted spans",
            got="none",
            fix="--training with the training data needs no history",
        )
    kinds = {
        name: next((k for k in reversed(history.kinds(name)) if k), "none")
        for name in history.columns
    }
    columns = columns_of(kinds, _kinds(serving), wanted.lacking, wanted.serving_only)
    _demand_common(columns, serving)
    private = frozenset().union(*(span.private for span in history.spans))
    return Against(
        history,
        columns,
        serving.sample().num_rows,
        str(history),
        "accepted spans",
        private=private | serving.whole.pii | pii_columns(wanted.schema),
    )


def _kinds(seen: SeenData) -> Mapping[str, str]:
    return {name: seen.profile(name).kind for name in seen.columns}


def _demand_common(columns: Columns, serving: SeenData) -> None:
    if not columns.compared:
        raise UsageError(
            "the serving log and the training data have no column in common",
            expected=", ".join(columns.lacking[:10]) or "columns to compare",
            got=", ".join(serving.columns[:10]),
            fix="name the log of the same data set, with the names of its columns",
        )
