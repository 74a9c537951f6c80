"""The layers of a plot in Vega-Lite's words: bars, lines, limits, names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from tidegate.report import wording
from tidegate.report.model import Plot

Spec: TypeAlias = "dict[str, Any]"

WIDTH = 320
NAMES = 100  # of the width, for the names of categories
HEIGHT = 130
_MOST_CATEGORIES = 14
_LONGEST_LABEL = 20
_PERCENT = "format(100 * datum.value, '~g') + ' %'"

# The page's own variables.
_NOW, _REFERENCE, _BAD = "var(--now)", "var(--reference)", "var(--bad)"
_INK, _SOFT = "var(--ink)", "var(--soft)"


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
    if not bins:
        return []
    marked = set(plot.marked)
    lowest, highest = bins[0][1], bins[-1][2]
    x = _axis("x", *_span(plot, lowest, highest), title=plot.unit)
    y = _axis("y", 0, title=None, share=True)
    bars = [
        {"x": low, "x2": high, "y": height, "bad": i in marked}
        for i, low, high, height in bins
    ]
    drawn = [
        _layer(
            bars,
            {"type": "bar", "binSpacing": 0.5},
            {"x": x | {"bin": "binned"}, "x2": {"field": "x2"}, "y": y}
            | {"color": _marked()},
        )
    ]
    if plot.reference is not None:
        steps = [
            {"x": edge, "y": plot.reference[i]}
            for i, low, high, _ in bins
            if math.isfinite(plot.reference[i])
            for edge in (low, high)
        ]
        drawn.append(_layer(steps, _line(), {"x": x, "y": y}))
    return [*drawn, *_rules(plot, "x", lowest, highest)]


def _values(plot: Plot) -> list[Spec]:
    """A bar a category with its name and height, a tick where it should end."""
    rows = _categories(plot)
    if not rows:
        return []
    widest = max(row["end"] for row in rows)
    lowest = min(0.0, *(min(row["x"], row["before"]) for row in rows))
    # Room at the right for the height in figures.
    low, high = _span(plot, lowest, widest)
    x = _axis("x", low, low + (high - low) * 1.22 or 1) | {"axis": None}
    y: Spec = {"field": "i", "type": "ordinal", "axis": None}
    bar = {"type": "bar", "height": {"band": 0.68}}
    tick = {"type": "tick", "thickness": 2, "color": _REFERENCE}
    name = {"type": "text", "align": "right", "limit": NAMES - 8, "color": _INK}
    figure = {"type": "text", "align": "left", "dx": 6, "color": _SOFT}
    ends, befores = ({**x, "field": field} for field in ("end", "before"))
    drawn = [
        _layer(rows, bar, {"x": x, "y": y, "color": _marked()}),
        _layer(rows, name, {"x": {"value": -6}, "y": y, "text": {"field": "name"}}),
        _layer(rows, figure, {"x": ends, "y": y, "text": {"field": "height"}}),
    ]
    if plot.reference is not None:
        tick |= {"height": {"band": 0.9}}
        drawn.append(_layer(rows, tick, {"x": befores, "y": y}))
    return [*drawn, *_rules(plot, "x", lowest, widest)]


def _categories(plot: Plot) -> list[Spec]:
    """The categories to show, in order; those that break the test are kept."""
    marked = set(plot.marked)
    finite = [i for i, height in enumerate(plot.now) if math.isfinite(height)]
    chosen = sorted(finite, key=lambda i: i not in marked)[:_MOST_CATEGORIES]
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
                "bad": i in marked,
            }
        )
    return rows


def _series(plot: Plot) -> list[Spec]:
    """A line with its points, the reference dashed, first and last point named."""
    points = _points(plot, plot.now)
    if not points:
        return []
    before = _points(plot, plot.reference or ())
    heights = [point["y"] for point in (*points, *before)]
    low, high = min(heights), max(heights)
    share = plot.unit == "share"
    y = _axis("y", *_span(plot, low, high), share=share)
    y["title"] = None if share or not plot.unit else wording.printable(plot.unit, 24)
    x: Spec = {"field": "x", "type": "quantitative", "axis": None}
    x["scale"] = {"domain": [0, max(len(plot.now) - 1, 1)], "nice": False}
    line = {"type": "line", "color": _NOW, "strokeWidth": 1.8}
    dots = {"type": "point", "filled": True, "opacity": 1}
    size: Spec = {"condition": {"test": "datum.bad", "value": 60}}
    size["value"] = 16 if len(points) <= 60 else 0
    drawn = [
        _layer(points, line, {"x": x, "y": y}),
        _layer(points, dots, {"x": x, "y": y, "color": _marked(), "size": size}),
        *_ends(plot, x),
    ]
    if before:
        drawn.insert(0, _layer(before, _line([4, 3]), {"x": x, "y": y}))
    return [*drawn, *_rules(plot, "y", low, high)]


def _points(plot: Plot, heights: Sequence[float]) -> list[Spec]:
    marked = set(plot.marked)
    return [
        {"x": i, "y": height, "bad": i in marked}
        for i, height in enumerate(heights)
        if math.isfinite(height)
    ]


def _ends(plot: Plot, x: Spec) -> Iterator[Spec]:
    """The names of the first and the last point, under the line."""
    last = len(plot.labels) - 1
    for i, align in ((0, "left"), (last, "right"))[: 1 + (last > 0)]:
        label = wording.printable(plot.labels[i], _LONGEST_LABEL)
        mark = {"type": "text", "align": align, "baseline": "top", "color": _SOFT}
        yield _layer(
            [{"x": i, "label": label}],
            mark,
            {"x": x, "y": {"value": HEIGHT + 6}, "text": {"field": "label"}},
        )


def _rules(plot: Plot, axis: str, low: float, high: float) -> Iterator[Spec]:
    """A dashed line at each limit that stands near the data."""
    near = [{axis: edge} for edge in plot.limits if _near(edge, low, high)]
    if near:
        mark = {"type": "rule", "color": _BAD, "strokeDash": [3, 3]}
        where = {"field": axis, "type": "quantitative"}
        yield _layer(near, mark, {axis: where})


def _span(plot: Plot, low: float, high: float) -> tuple[float, float]:
    """The data's lowest and highest with the limits that stand near them."""
    near = [edge for edge in plot.limits if _near(edge, low, high)]
    return min([low, *near]), max([high, *near])


def _near(edge: float, low: float, high: float) -> bool:
    """Whether a limit can be shown without squeezing the data."""
    room = (high - low or abs(high) or 1) * 0.5
    return math.isfinite(edge) and low - room <= edge <= high + room


def _axis(
    field: str,
    low: float,
    high: float | None = None,
    *,
    title: str | None = None,
    share: bool = False,
) -> Spec:
    scale: Spec = {"nice": False, "zero": False, "domainMin": low}
    if high is not None and high > low:
        scale["domainMax"] = high
    return {
        "field": field,
        "type": "quantitative",
        "scale": scale,
        "title": wording.printable(title, 24) if title else None,
        "axis": {
            **({"labelExpr": _PERCENT} if share else {"format": "~s"}),
            "grid": field == "y",
            "tickCount": 3 if field == "y" else 5,
        },
    }


def _layer(rows: Sequence[Mapping[str, Any]], mark: Spec, encoding: Spec) -> Spec:
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def _line(dash: Sequence[int] = ()) -> Spec:
    mark: Spec = {"type": "line", "color": _REFERENCE, "strokeWidth": 1.8}
    return mark | {"strokeDash": list(dash)} if dash else mark


def _marked() -> Spec:
    return {"condition": {"test": "datum.bad", "value": _BAD}, "value": _NOW}


def height_of(plot: Plot, height: float) -> str:
    """A height in figures: a share in percent, or a value."""
    share = plot.kind == "numbers" or plot.unit == "share"
    if share or (plot.kind == "values" and plot.unit is None):
        return wording.percent(height, 1)
    return f"{height:,.4g}" if abs(height) < 1e4 else f"{height:,.0f}"
