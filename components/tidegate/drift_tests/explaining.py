"""Why a span alarms, or how near it is: each of its columns now and then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tidegate.documents import near_miss
from tidegate.drift_tests.accepting import summary_in
from tidegate.drift_tests.history import History, read_history, read_span
from tidegate.drift_tests.history.root import Root
from tidegate.drift_tests.measured import measure
from tidegate.drift_tests.summary import FloatArray, SpanMeasures
from tidegate.errors import UsageError

if TYPE_CHECKING:
    from tidegate.drift_tests.check import Wanted
    from tidegate.drift_tests.decision import Cause, DriftDecision
    from tidegate.drift_tests.settings import DriftSettings

# Of what was usual: the middle nine tenths of the accepted spans.
_USUAL = (0.05, 0.95)
_NORMAL = 1.4826  # median absolute deviations in a standard deviation
_NEWEST = 30
_SIGNS = 3
_ALL = 1 - 1e-9  # of the values; then a list of frequent ones is complete


@dataclass(frozen=True)
class Then:
    """One figure of a column, now and in the accepted spans.

    Attributes:
        measure: What was measured.
        now: Its value in this span.
        middle: Its median in the spans before.
        low: What nine of ten spans were above or below, at the lower end.
        high: The same at the upper end.
        deviations: How many robust deviations it is from the median.
        spans: How many of them have it.
    """

    measure: str
    now: float
    middle: float
    low: float
    high: float
    deviations: float
    spans: int

    @property
    def unusual(self) -> bool:
        """Whether it is outside of what was usual."""
        return not self.low <= self.now <= self.high


@dataclass(frozen=True)
class ValueThen:
    """A frequent value of a column, now and then.

    Attributes:
        text: The value.
        now: Its share now; None where it is not among the frequent ones.
        then: Its mean share in the newest accepted spans; None where it was among
            the frequent ones of none.
        least: The share under which a value was not listed.
    """

    text: str
    now: float | None
    then: float | None
    least: float = 0.0

    @property
    def change(self) -> float:
        """By how much its share differs, at least."""
        now = self.least if self.now is None else self.now
        then = self.least if self.then is None else self.then
        if self.now is None or self.then is None:
            return max(now, then) - self.least
        return abs(now - then)


@dataclass(frozen=True)
class ColumnThen:
    """Everything about one column.

    Attributes:
        column: Its name.
        figures: Its measures, the most unusual first.
        values: Its frequent values, the most changed first; none if private.
    """

    column: str
    figures: tuple[Then, ...]
    values: tuple[ValueThen, ...] = ()


@dataclass(frozen=True)
class Reason:
    """What of one column is farthest from usual.

    Attributes:
        column: The column; "" for the table as a whole.
        weight: Its part of what is unusual, 0 to 1.
        told: What changed, in words, the most telling first.
    """

    column: str
    weight: float
    told: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Explained:
    """Why a span alarms, or does not.

    Attributes:
        measures: The span.
        history: The spans before it.
        decision: What the drift tests say.
        reasons: The columns that it comes from, the worst first.
        columns: The columns that were asked for.
    """

    measures: SpanMeasures
    history: History
    decision: DriftDecision
    reasons: tuple[Reason, ...] = ()
    columns: tuple[ColumnThen, ...] = ()


def explain(
    data: Sequence[str],
    history: str | Path | Root,
    wanted: Callable[[], Wanted],
    settings: DriftSettings,
    columns: Sequence[str] = (),
) -> Explained:
    """Why a span alarms, or does not.

    Args:
        data: Name of an accepted span, a summary, or data.
        history: The history's folder, or a URL that fsspec knows.
        wanted: Says how data are read, if it is data.
        settings: What is promised.
        columns: Columns to tell everything about.

    Raises:
        UsageError: There is no such span or column, or the history is damaged.
        DataError: The data cannot be read whole.
    """
    from tidegate.drift_tests.decide import decide

    held = read_history(history)
    measures = _found(data, held, wanted)
    before = held.before(measures)
    _demand(columns, measures)
    decision = decide(before, measures, settings)
    return Explained(
        measures,
        before,
        decision,
        tuple(_reason(decision, cause) for cause in decision.ranking),
        tuple(column_then(before, measures, name) for name in columns),
    )


def column_then(history: History, now: SpanMeasures, column: str) -> ColumnThen:
    """One column now, and what it was in the accepted spans."""
    figures = []
    then = _of_column(history, column)
    for place, measure_name in enumerate(history.measures):
        value = now.value(column, measure_name)
        past = then[:, place]
        past = past[~np.isnan(past)]
        if np.isnan(value) or not past.size:
            continue
        figures.append(_then(measure_name, value, past))
    figures.sort(key=lambda one: -one.deviations)
    return ColumnThen(column, tuple(figures), _values(history, now, column))


def _found(
    data: Sequence[str], held: History, wanted: Callable[[], Wanted]
) -> SpanMeasures:
    if len(data) == 1:
        known = held.find(data[0])
        if known is not None:
            return known
        if (file := summary_in(data)) is not None:
            return read_span(file).measures
        if not any(sign in data[0] for sign in "./*?[{"):
            raise _no_span(data[0], held)
    asked = wanted()
    return measure(
        asked.data,
        asked.name,
        span=asked.span,
        start=asked.start,
        dates=asked.dates,
        schema=asked.schema,
        partners=held,
    ).measures


def _reason(decision: DriftDecision, cause: Cause) -> Reason:
    """What of a column is not as it was, in words."""
    from tidegate.drift_tests import plotting, wording
    from tidegate.drift_tests.judging.slow import WINDOW

    hours = plotting.holds_times(decision.measures, cause.column)
    lines = [
        wording.told(
            sign,
            cause.column,
            len(decision.history),
            hours=hours,
            over=WINDOW if plotting.is_slow(decision, sign) else 1,
        )
        for sign in wording.most_telling(cause.signs, cause.column)[:_SIGNS]
    ]
    return Reason(cause.column, cause.weight, tuple(dict.fromkeys(lines)))


def _then(name: str, now: float, past: FloatArray) -> Then:
    middle = float(np.median(past))
    low, high = (float(np.quantile(past, level)) for level in _USUAL)
    spread = _NORMAL * float(np.median(np.abs(past - middle)))
    # What never varied may vary a little: a hundredth of itself.
    scale = max(spread, 0.01 * abs(middle), 1e-9)
    away = abs(now - middle) / scale
    return Then(name, now, middle, low, high, float(away), int(past.size))


def _of_column(history: History, column: str) -> FloatArray:
    if column not in history.columns:
        return np.full((len(history), len(history.measures)), np.nan)
    return history.values[:, history.columns.index(column)]


def _values(history: History, now: SpanMeasures, column: str) -> tuple[ValueThen, ...]:
    """The frequent values of now and then, the most changed first."""
    here = _shares(now, column)
    past = [
        _shares(span, column)
        for span in history.spans[-_NEWEST:]
        if span.place(column) is not None
    ]
    past = [one for one in past if one]
    if not past or not here:
        return ()
    least = max(_least(one) for one in (here, *past))
    texts = dict.fromkeys([*here, *(text for one in past for text in one)])
    found = []
    for text in texts:
        then = [one[text] for one in past if text in one]
        # Where a list leaves it out it had less than the list's last one.
        mean = sum(then) / len(past) if then else None
        if mean is None or mean >= least or text in here:
            found.append(ValueThen(text, here.get(text), mean, least))
    return tuple(sorted(found, key=lambda one: -one.change))


def _least(shares: dict[str, float]) -> float:
    """The share under which a value is not listed; 0 where all values are."""
    return 0.0 if sum(shares.values()) > _ALL else min(shares.values())


def _shares(span: SpanMeasures, column: str) -> dict[str, float]:
    place = span.place(column)
    if place is None or column in span.private:
        return {}
    top = span.frequent[place]
    return dict(zip(top.texts, map(float, top.shares), strict=True))


def _demand(columns: Sequence[str], measures: SpanMeasures) -> None:
    for name in columns:
        if name in measures.columns:
            continue
        near = near_miss(name, measures.columns)
        raise UsageError(
            f"the span has no column {name!r}{_or(near)}",
            where=f"span {measures.name}",
            expected=", ".join(measures.columns[:20]),
            got=name,
            fix=f"--column {near or measures.columns[0]}",
        )


def _no_span(name: str, held: History) -> UsageError:
    near = near_miss(name, held.names)
    return UsageError(
        f"there is no accepted span {name!r}"
        + (f", did you mean {near}?" if near else ""),
        expected="the name of an accepted span, a summary, or data",
        got=name,
        fix="tidegate drift history list shows the spans",
    )


def _or(near: str | None) -> str:
    return f", did you mean {near}?" if near else ""
