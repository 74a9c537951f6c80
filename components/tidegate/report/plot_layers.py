"""The layers of a plot in Vega-Lite's words: bars, lines, limits, names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tidegate.report import wording
from tidegate.report.model import Plot
from tidegate.report.plot_parts import (
    INK,
    NOW,
    REFERENCE,
    SOFT,
    Spec,
    axis,
    has_scale,
    layer,
    line,
    marked,
    rules,
    span,
)

NAMES = 100  # of the width, for the names of categories
HEIGHT = 130
_MOST_CATEGORIES = 14
_LONGEST_LABEL = 20


def layers(plot: Plot) -> list[Spec]:
    """The plot's layers, from back to front; none where no number is finite."""
    return {"numbers": _numbers, "values": _values, "series": _series}[plot.kind](plot)


def _numbers(plot: Plot) -> list[Spec]:
    """Bars as wide as their bins, and the reference as the outline of such."""
    bins = [
        (i, plot.edges[i], plot.edges[i + 1], height)
        for i, height in enumerate(plot.now)
        if all(map(math.isfinite, (*plot.edges[i : i + 2], height)))
    ]
    before = filter(math.isfinite, plot.reference or ())
    tall = [*(height for _, _, _, height in bins), *before]
    if not bins or not (has_scale(bins[0][1], bins[-1][2]) and _all_fit(tall)):
        return []
    bad = set(plot.marked)
    lowest, highest = bins[0][1], bins[-1][2]
    x = axis("x", *span(plot.limits, lowest, highest), title=plot.unit)
    y = axis("y", 0, title=None, share=True)
    bars = [
        {"x": low, "x2": high, "y": height, "bad": i in bad}
        for i, low, high, height in bins
    ]
    drawn = [
        layer(
            bars,
            {"type": "bar", "binSpacing": 0.5},
            {"x": x | {"bin": "binned"}, "x2": {"field": "x2"}, "y": y}
            | {"color": marked()},
        )
    ]
    if plot.reference is not None:
        steps = [
            {"x": edge, "y": plot.reference[i]}
            for i, low, high, _ in bins
            if math.isfinite(plot.reference[i])
            for edge in (low, high)
        ]
        drawn.append(layer(steps, line(), {"x": x, "y": y}))
    return [*drawn, *rules(plot.limits, "x", lowest, highest)]


def _values(plot: Plot) -> list[Spec]:
    """A bar a category with its name and height, a tick where it should end."""
    rows = _categories(plot)
    if not rows or not _all_fit([row[end] for row in rows for end in ("x", "before")]):
        return []
    widest = max(row["end"] for row in rows)
    lowest = min(0.0, *(min(row["x"], row["before"]) for row in rows))
    # Room at the right for the height in figures.
    low, high = span(plot.limits, lowest, widest)
    x = axis("x", low, low + (high - low) * 1.22 or 1) | {"axis": None}
    y: Spec = {"field": "i", "type": "ordinal", "axis": None}
    bar = {"type": "bar", "height": {"band": 0.68}}
    tick = {"type": "tick", "thickness": 2, "color": REFERENCE}
    name = {"type": "text", "align": "right", "limit": NAMES - 8, "color": INK}
    figure = {"type": "text", "align": "left", "dx": 6, "color": SOFT}
    ends, befores = ({**x, "field": field} for field in ("end", "before"))
    drawn = [
        layer(rows, bar, {"x": x, "y": y, "color": marked()}),
        layer(rows, name, {"x": {"value": -6}, "y": y, "text": {"field": "name"}}),
        layer(rows, figure, {"x": ends, "y": y, "text": {"field": "height"}}),
    ]
    if plot.reference is not None:
        tick |= {"height": {"band": 0.9}}
        drawn.append(layer(rows, tick, {"x": befores, "y": y}))
    return [*drawn, *rules(plot.limits, "x", lowest, widest)]


def _categories(plot: Plot) -> list[Spec]:
    """The categories to show, in order; those that break the test are kept."""
    bad = set(plot.marked)
    finite = [i for i, height in enumerate(plot.now) if math.isfinite(height)]
    chosen = sorted(finite, key=lambda i: i not in bad)[:_MOST_CATEGORIES]
    rows: list[Spec] = []
    for i in sorted(chosen):
        now = plot.now[i]
        before = now if plot.reference is None else plot.reference[i]
        before = before if math.isfinite(before) else now
        rows.append(
            {
                "i": i,
                "x": now,
                "before": before,
                "end": max(now, before, 0),
                "name": wording.printable(plot.labels[i], _LONGEST_LABEL),
                "height": height_of(plot, now),
                "bad": i in bad,
            }
        )
    return rows


def _series(plot: Plot) -> list[Spec]:
    """A line with its points, the reference dashed, first and last point named."""
    points = _points(plot, plot.now)
    before = _points(plot, plot.reference or ())
    heights = [point["y"] for point in (*points, *before)]
    if not points or not _all_fit(heights):
        return []
    low, high = min(heights), max(heights)
    share = plot.unit == "share"
    y = axis("y", *span(plot.limits, low, high), share=share)
    y["title"] = None if share or not plot.unit else wording.printable(plot.unit, 24)
    x: Spec = {"field": "x", "type": "quantitative", "axis": None}
    x["scale"] = {"domain": [0, max(len(plot.now) - 1, 1)], "nice": False}
    dots = {"type": "point", "filled": True, "opacity": 1}
    size: Spec = {"condition": {"test": "datum.bad", "value": 60}}
    size["value"] = 16 if len(points) <= 60 else 0
    drawn = [
        layer(points, line(colour=NOW), {"x": x, "y": y}),
        layer(points, dots, {"x": x, "y": y, "color": marked(), "size": size}),
        *_ends(plot, x),
    ]
    if before:
        drawn.insert(0, layer(before, line([4, 3]), {"x": x, "y": y}))
    return [*drawn, *rules(plot.limits, "y", low, high)]


def _all_fit(heights: Sequence[float]) -> bool:
    """Whether heights can be told apart on paper."""
    return has_scale(min(heights), max(heights))


def _points(plot: Plot, heights: Sequence[float]) -> list[Spec]:
    bad = set(plot.marked)
    return [
        {"x": i, "y": height, "bad": i in bad}
        for i, height in enumerate(heights)
        if math.isfinite(height)
    ]


def _ends(plot: Plot, x: Spec) -> Iterator[Spec]:
    """The names of the first and the last point, under the line."""
    last = len(plot.labels) - 1
    for i, align in ((0, "left"), (last, "right"))[: 1 + (last > 0)]:
        label = wording.printable(plot.labels[i], _LONGEST_LABEL)
        mark = {"type": "text", "align": align, "baseline": "top", "color": SOFT}
        yield layer(
            [{"x": i, "label": label}],
            mark,
            {"x": x, "y": {"value": HEIGHT + 6}, "text": {"field": "label"}},
        )


def height_of(plot: Plot, height: float) -> str:
    """A height in figures: a share in percent, or a value."""
    share = plot.kind == "numbers" or plot.unit == "share"
    if share or (plot.kind == "values" and plot.unit is None):
        return wording.percent(height, 1)
    return f"{height:,.4g}" if abs(height) < 1e4 else f"{height:,.0f}"
