"""Columns that say when or from where a span is, such as `month` or `batch_id`.

They hold one value in each span and another one in a later span. That it is
another one is no news, and would drown what is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidegate.drift_tests.history.aligned import History
from tidegate.drift_tests.measuring import names
from tidegate.drift_tests.summary import FloatArray, SpanMeasures

# In so many of the spans the column has one value only.
_MOSTLY = 0.9
# What is judged of a stamp, none of which depends on its value.
_OPEN = frozenset(
    (
        *names.OF_ROWS,
        names.APART,
        "nan",
        "infinite",
        "top_share",
        "alone",
        "empty",
        "padded",
        "not_ascii",
        "log_distinct",
        "log_shapes",
        "entropy",
        "shape_entropy",
        "deviation",
        "trimmed_deviation",
    )
)


def stamps_of(history: History) -> NDArray[np.bool_]:
    """Which columns are stamps: one value a span, and not always the same."""
    there = np.maximum(history.present.sum(axis=0), 1)
    constant = _constant(history).sum(axis=0) / there >= _MOSTLY
    return np.asarray(constant & _changes(history))


def is_open(measure: str) -> bool:
    """Whether a measure is judged of a stamp too."""
    return measure in _OPEN


def _constant(history: History) -> FloatArray:
    """(spans, columns): 1 where a column has one value, else 0."""
    place = history.measures.index("log_distinct")
    return np.asarray(history.values[:, :, place] == 0, np.float64)


def _changes(history: History) -> NDArray[np.bool_]:
    """Whether a column's most frequent value is not the same in all spans."""
    first: dict[int, str] = {}
    changed = np.zeros(len(history.columns), np.bool_)
    candidates = np.flatnonzero(_constant(history).mean(axis=0) >= _MOSTLY / 2)
    for span, places in zip(history.spans, history.places, strict=True):
        local = {int(place): row for row, place in enumerate(places)}
        for column in candidates[~changed[candidates]].tolist():
            row = local.get(column)
            texts = () if row is None else span.frequent[row].texts
            if texts and first.setdefault(column, texts[0]) != texts[0]:
                changed[column] = True
    return changed


def stepped_on(history: History, now: SpanMeasures) -> tuple[str, ...]:
    """Columns that went one step on from the newest accepted span, as a year does.

    They hold one whole number in each span, and now the next one in every row.
    """
    newest = history.spans[-1] if history.spans else now
    found = []
    for place, name in enumerate(now.columns):
        was = newest.place(name)
        if was is None or {now.kinds[place], newest.kinds[was]} != {"int"}:
            continue
        one, other = newest.frequent[was].texts, now.frequent[place].texts
        if len(one) == len(other) == 1 and int(other[0]) == int(one[0]) + 1:
            found.append(name)
    return tuple(found)


def lost_columns(
    history: History, now: SpanMeasures, *, retyped: bool = True
) -> tuple[str, ...]:
    """Columns of the newest accepted span that are gone.

    Args:
        history: The accepted spans.
        now: The span that is judged.
        retyped: Count those too whose numbers turned to text, or the other way.
    """
    if not history.spans:
        return ()
    newest = history.spans[-1]
    present = dict(zip(now.columns, now.kinds, strict=True))
    numbers = {"int", "float", "none"}

    def lost(name: str, kind: str) -> bool:
        if name not in present:
            return True
        turned = (kind in numbers) != (present[name] in numbers)
        return retyped and turned and "none" not in (kind, present[name])

    pairs = zip(newest.columns, newest.kinds, strict=True)
    return tuple(name for name, kind in pairs if lost(name, kind))
