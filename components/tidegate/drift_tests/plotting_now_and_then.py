"""The values of a column now, beside those of the accepted spans."""

from __future__ import annotations

import numpy as np

from tidegate.drift_tests import wording
from tidegate.drift_tests.decision import DriftDecision, Sign
from tidegate.drift_tests.judging.vector import SHARE
from tidegate.drift_tests.measuring import names
from tidegate.drift_tests.phrases import number_text
from tidegate.drift_tests.summary import FloatArray, SpanMeasures
from tidegate.report.model import Plot

_NEWEST = 60
_MOST_VALUES = 12
_BINS = 24
_LONGEST = 40


def values_of(decision: DriftDecision, column: str, sign: Sign) -> Plot | None:
    """Shares of the frequent values now, and on average then; None without any.

    Args:
        decision: What the drift tests say.
        column: The column; it must not be private.
        sign: What changed; the value that it is about is marked.
    """
    now = _shares(decision.measures, column)
    past = [
        _shares(span, column)
        for span in decision.history.spans[-_NEWEST:]
        if span.place(column) is not None
    ]
    if not now or not past:
        return None
    then: dict[str, float] = {}
    for shares in past:
        for text, share in shares.items():
            then[text] = then.get(text, 0.0) + share / len(past)
    changed = {text: abs(now.get(text, 0) - then.get(text, 0)) for text in now}
    about = (
        sign.detail if sign.measure == SHARE else max(changed, key=changed.__getitem__)
    )
    texts = sorted(
        dict.fromkeys([*now, *then]),
        key=lambda text: (text != about, -max(now.get(text, 0), then.get(text, 0))),
    )[:_MOST_VALUES]
    return Plot(
        kind="values",
        title=f"{wording.short(column)}, share of values",
        labels=tuple(text[:_LONGEST] if text else "(empty)" for text in texts),
        now=tuple(float(now.get(text, 0.0)) for text in texts),
        reference=tuple(float(then.get(text, 0.0)) for text in texts),
        marked=(0,),
    )


def distribution(decision: DriftDecision, column: str) -> Plot | None:
    """A histogram of numbers made from their quantiles, now and then.

    Args:
        decision: What the drift tests say.
        column: The column; it must not be private.
    """
    now = _quantiles(decision.measures, column)
    past = [_quantiles(span, column) for span in decision.history.spans[-_NEWEST:]]
    then = np.array([one for one in past if np.isfinite(one).all()])
    if not len(then) or not np.isfinite(now).all():
        return None
    # From the 1 % to the 99 % quantile: extremes would squeeze all else.
    low = min(float(now[1]), float(np.median(then[:, 1])))
    high = max(float(now[-2]), float(np.median(then[:, -2])))
    if not high > low:
        return None
    edges = np.linspace(low, high, _BINS + 1)
    reference = np.mean([_heights(one, edges) for one in then], axis=0)
    return Plot(
        kind="numbers",
        title=f"{wording.short(column)}, share of values",
        labels=tuple(
            f"{number_text(a)} to {number_text(b)}"
            for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        ),
        now=tuple(_heights(now, edges).tolist()),
        reference=tuple(reference.tolist()),
        edges=tuple(edges.tolist()),
    )


def _heights(quantiles: FloatArray, edges: FloatArray) -> FloatArray:
    """Shares of the values between edges, as evenly spread between quantiles."""
    # Equal quantiles are a step of the distribution, which begins at its value: it
    # belongs to the bin that begins there, the last bin has its end too.
    little = float(edges[-1] - edges[0]) * 1e-9
    at = np.maximum.accumulate(quantiles + np.arange(len(quantiles)) * little)
    ends = np.append(edges[:-1], edges[-1] + len(quantiles) * little)
    return np.asarray(np.diff(np.interp(ends, at, np.array(names.LEVELS))))


def _quantiles(span: SpanMeasures, column: str) -> FloatArray:
    return np.array([span.value(column, name) for name in names.QUANTILES])


def _shares(span: SpanMeasures, column: str) -> dict[str, float]:
    place = span.place(column)
    if place is None:
        return {}
    frequent = span.frequent[place]
    return dict(zip(frequent.texts, frequent.shares.tolist(), strict=True))
