"""One measure over the last accepted spans and now, as a line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tidegate.drift_tests import wording
from tidegate.drift_tests.decision import DriftDecision, Sign
from tidegate.drift_tests.judging.vector import SHARE
from tidegate.drift_tests.phrases import Phrase, phrase_of, share_text
from tidegate.drift_tests.summary import FloatArray, SpanMeasures
from tidegate.report.model import Plot

_MOST_SPANS = 60


def series_of(decision: DriftDecision, sign: Sign, over: int) -> Plot | None:
    """A measure over the last spans, now marked, its range as limits.

    Args:
        decision: What the drift tests say.
        sign: The measure.
        over: Number of spans whose mean each point is.

    Returns:
        The line; None with fewer than two points.
    """
    spans = decision.history.spans[-(_MOST_SPANS + over - 1) :]
    past = np.array([_figure(span, sign) for span in spans])
    points = _means(past, over)
    spans = spans[len(spans) - len(points) :]
    if len(points) < 1:
        return None
    phrase = phrase_of(sign.measure)
    heights = [_scaled(phrase, value) for value in (*points.tolist(), sign.now)]
    return Plot(
        kind="series",
        title=_title(phrase, sign, over),
        labels=(*(span.name for span in spans), f"{decision.measures.name}, now"),
        now=tuple(heights),
        marked=(len(heights) - 1,),
        limits=(phrase.scale(sign.low), phrase.scale(sign.high)),
        unit="share" if phrase.form is share_text else None,
    )


def _title(phrase: Phrase, sign: Sign, over: int) -> str:
    lead = wording.lead_of(sign, sign.column)
    of = phrase.of and f", in{phrase.of}"
    if phrase.form is share_text:
        of = f", share{phrase.of}"
    about = f"{wording.short(sign.column)}, " if sign.column and not sign.other else ""
    mean = f", mean of {over} spans" if over > 1 else ""
    return f"{about}{lead}{of}{mean}"


def _scaled(phrase: Phrase, value: float) -> float:
    return phrase.scale(value) if np.isfinite(value) else value


def _means(values: FloatArray, over: int) -> FloatArray:
    """Means of each value and those before it, where more than half are known."""
    if over == 1 or len(values) < over:
        return values if over == 1 else values[:0]
    windows = np.lib.stride_tricks.sliding_window_view(values, over)
    known = np.isfinite(windows).sum(axis=1)
    means = np.nansum(windows, axis=1) / np.maximum(known, 1)
    return np.asarray(np.where(known > over / 2, means, np.nan))


def _figure(span: SpanMeasures, sign: Sign) -> float:
    """The measure in one span; NaN where it has none."""
    if not sign.column:
        return float(np.log(max(span.rows, 1)))
    if sign.measure == SHARE:
        return _share(span, sign.column, sign.detail)
    if sign.other:
        return _relation(span, sign)
    return span.value(sign.column, sign.measure)


def _share(span: SpanMeasures, column: str, text: str) -> float:
    place = span.place(column)
    if place is None:
        return float("nan")
    frequent = span.frequent[place]
    shares = dict(zip(frequent.texts, frequent.shares.tolist(), strict=True))
    return float(shares.get(text, 0.0))


def _relation(span: SpanMeasures, sign: Sign) -> float:
    first, second = span.place(sign.column), span.place(sign.other)
    pairs = span.pairs
    if first is None or second is None or sign.measure not in pairs.measure:
        return float("nan")
    kind = pairs.measure.index(sign.measure)
    held: Sequence[int] = np.flatnonzero(
        (pairs.first == first) & (pairs.second == second) & (pairs.kind == kind)
    ).tolist()
    return float(pairs.values[held[0]]) if held else float("nan")
