"""The layers of a picture with intervals: a dot with its whisker for each thing."""

from __future__ import annotations

import math
from typing import Any

from tidegate.report import wording
from tidegate.report.evidence import Intervals
from tidegate.report.plot_parts import (
    INK,
    REFERENCE,
    SOFT,
    TESTED,
    WIDTH,
    Spec,
    axis,
    has_scale,
    layer,
    marked,
    rules,
    span,
)

NAMES = 124  # pixels for the names of the things
_FIGURES = 44  # pixels for their values
_LONGEST_LABEL = 17  # as wide as the room for names
MOST = 30  # things; a person looks at no more


def layers(intervals: Intervals) -> list[Spec]:
    """The picture's layers, from back to front; none where no value is finite."""
    rows = _rows(intervals)
    if not rows:
        return []
    held = [row[name] for row in rows for name in ("x", "low", "high", "before")]
    finite = [number for number in held if number is not None]
    lowest, highest = min(finite), max(finite)
    if not has_scale(lowest, highest):
        return []
    low, high = _roomy(*span(intervals.limits, lowest, highest))
    x = axis("x", low, high)
    x["axis"]["tickCount"] = 3
    y: Spec = {"field": "i", "type": "ordinal", "axis": None}
    name = {"type": "text", "align": "right", "limit": NAMES - 8, "color": INK}
    figure = {"type": "text", "align": "left", "color": SOFT}
    beside = {"x": {"value": width() + 8}, "y": y, "text": {"field": "figure"}}
    dot: Spec = {"type": "point", "filled": True, "opacity": 1, "size": 60}
    drawn = [
        *_whiskers(rows, x, y, (low, high)),
        layer(rows, dot, {"x": x, "y": y, "color": marked(TESTED)}),
        layer(rows, name, {"x": {"value": -8}, "y": y, "text": {"field": "name"}}),
        layer(rows, figure, beside),
    ]
    if befores := [row for row in rows if row["before"] is not None]:
        tick: Spec = {"type": "tick", "thickness": 2, "color": REFERENCE}
        tick["height"] = {"band": 0.7}
        drawn.insert(0, layer(befores, tick, {"x": {**x, "field": "before"}, "y": y}))
    return [*drawn, *rules(intervals.limits, "x", lowest, highest)]


def width() -> int:
    """Pixels between the names and the values."""
    return WIDTH - NAMES + 20 - _FIGURES


def shown(intervals: Intervals) -> list[int]:
    """The things to show, the worst first: those that break the test, then those
    that come nearest to a limit, then as they were given."""
    bad = set(intervals.marked)
    finite = [i for i, value in enumerate(intervals.now) if math.isfinite(value)]
    order = sorted(finite, key=lambda i: (i not in bad, _room(intervals, i)))
    return order[:MOST]


def hidden(intervals: Intervals) -> int:
    """How many things have a value that is not shown."""
    return max(sum(map(math.isfinite, intervals.now)) - MOST, 0)


def _room(intervals: Intervals, thing: int) -> float:
    """How far a value is within its limits; below 0 outside, infinite without."""
    if not intervals.limits:
        return math.inf
    low, high = intervals.limits
    value = intervals.now[thing]
    room = min(value - low, high - value)
    return math.inf if math.isnan(room) else room


def _rows(intervals: Intervals) -> list[dict[str, Any]]:
    bad = set(intervals.marked)
    reference = intervals.reference or (math.nan,) * len(intervals.now)
    return [
        {
            "i": place,
            "x": intervals.now[i],
            "low": _finite(intervals.low[i]),
            "high": _finite(intervals.high[i]),
            # An end that is not known has no whisker; an endless one the whole axis.
            "open": (math.isinf(intervals.low[i]), math.isinf(intervals.high[i])),
            "before": _finite(reference[i]),
            "name": _cut(intervals.labels[i]),
            "figure": number(intervals.now[i]),
            "bad": i in bad,
        }
        for place, i in enumerate(shown(intervals))
    ]


def _whiskers(
    rows: list[dict[str, Any]], x: Spec, y: Spec, ends: tuple[float, float]
) -> list[Spec]:
    """A line from the lower to the upper end of each interval that is known."""
    lines = []
    for row in rows:
        low = ends[0] if row["open"][0] else row["low"]
        high = ends[1] if row["open"][1] else row["high"]
        if low is not None and high is not None:
            lines.append({"i": row["i"], "x": low, "x2": high, "bad": row["bad"]})
    if not lines:
        return []
    rule: Spec = {"type": "rule", "strokeWidth": 2, "strokeCap": "round"}
    where: Spec = {"x": x, "x2": {"field": "x2"}, "y": y, "color": marked(TESTED)}
    return [layer(lines, rule, where)]


def _roomy(low: float, high: float) -> tuple[float, float]:
    """A range with a little room at both ends, so that no dot stands on an edge."""
    room = (high - low) * 0.04 or abs(high) * 0.05 or 0.5
    return low - room, high + room


def _cut(label: str) -> str:
    """A label with its end, for slices of one feature begin alike."""
    if len(label) <= _LONGEST_LABEL:
        return wording.printable(label)
    end = _LONGEST_LABEL // 2
    start = _LONGEST_LABEL - end - 1
    return wording.printable(f"{label[:start]}…{label[-end:]}")


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def number(value: float) -> str:
    """A value in figures: three that count."""
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.2e}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.4g}"
