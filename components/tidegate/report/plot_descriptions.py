"""What a picture shows, in words, for those who do not see it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tidegate.report import plot_curves, plot_intervals, wording
from tidegate.report.model import Curves, Intervals, Picture, Plot
from tidegate.report.plot_curves import Point
from tidegate.report.plot_layers import height_of

_MOST_NAMED = 5
_PLACES = (0.25, 0.5, 0.75)  # of a line's length, where its height is told


def described(picture: Picture, reference: str = "reference") -> str:
    """The picture in one line of printable text.

    Args:
        picture: The picture.
        reference: What it is compared with: "champion".
    """
    if isinstance(picture, Curves):
        parts = _curves(picture)
    elif isinstance(picture, Intervals):
        parts = [*_intervals(picture, reference), *_broken(picture)]
    else:
        parts = [*_plot(picture, reference), *_broken(picture)]
    return wording.printable("; ".join([picture.title, *parts]))


def _plot(plot: Plot, reference: str) -> list[str]:
    finite = [i for i, height in enumerate(plot.now) if math.isfinite(height)]
    if not finite:
        return []
    top = max(finite, key=lambda i: plot.now[i])
    told = f"highest at {plot.labels[top]}: {height_of(plot, plot.now[top])}"
    if plot.reference is not None and math.isfinite(plot.reference[top]):
        told += f", {reference} {height_of(plot, plot.reference[top])}"
    return [told]


def _curves(curves: Curves) -> list[str]:
    """Each line's height at a quarter, the half and three quarters of its way."""
    parts = []
    for one in curves.lines:
        points = plot_curves.points(one)
        if one.role == "guide" or not points:
            continue
        near = dict.fromkeys(_nearest(points, share) for share in _PLACES)
        told = ", ".join(f"{_number(p.y)} at {_number(p.x)}" for p in near)
        parts.append(f"{one.name}: {told}")
    return parts


def _nearest(points: Sequence[Point], share: float) -> Point:
    """The point that is nearest to a share of the way along."""
    # Halves, since the whole way may be longer than a float holds.
    left, right = min(p.x for p in points) / 2, max(p.x for p in points) / 2
    return min(points, key=lambda p: abs(p.x / 2 - left - (right - left) * share))


def _intervals(intervals: Intervals, reference: str) -> list[str]:
    finite = [i for i, value in enumerate(intervals.now) if math.isfinite(value)]
    if not finite:
        return []
    ends = {
        "lowest": min(finite, key=lambda i: intervals.now[i]),
        "highest": max(finite, key=lambda i: intervals.now[i]),
    }
    parts = []
    for word, i in ends.items():
        low, high = intervals.low[i], intervals.high[i]
        told = f"{word} {intervals.labels[i]}: {_number(intervals.now[i])}"
        if not (math.isnan(low) or math.isnan(high)):
            told += f" ({_number(low)} to {_number(high)})"
        if intervals.reference and math.isfinite(intervals.reference[i]):
            told += f", {reference} {_number(intervals.reference[i])}"
        parts.append(told)
    return parts if len(finite) > 1 else parts[:1]


def _broken(picture: Plot | Intervals) -> list[str]:
    names: Sequence[str] = [picture.labels[i] for i in picture.marked]
    if not names:
        return []
    more = len(names) - _MOST_NAMED
    return [
        f"breaks the test: {', '.join(names[:_MOST_NAMED])}"
        + (f" and {more} more" if more > 0 else "")
    ]


def _number(value: float) -> str:
    return plot_intervals.number(value) if math.isfinite(value) else f"{value}"
