"""The layers of a picture with curves, such as the ROC curves of two models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tidegate.report.evidence import Curves, Line
from tidegate.report.plot_parts import (
    REFERENCE,
    SOFT,
    TESTED,
    WIDTH,
    Spec,
    axis,
    has_scale,
    layer,
    line,
)

HEIGHT = 180
_SQUARE = 250  # both sides, where both axes show the same range
_MOST_POINTS = 240  # of a line; more than anyone sees
_FEW_POINTS = 30  # up to which each is shown as a dot
# Lines of one role are told apart by their dashes, those of a guide left out.
DASHES: tuple[tuple[int, ...], ...] = ((), (6, 3), (2, 2))
_GUIDE = (4, 4)
_BACK_TO_FRONT = ("guide", "reference", "now")


class Point(NamedTuple):
    """One place of a line."""

    x: float
    y: float


class Box(NamedTuple):
    """What the axes show."""

    left: float
    right: float
    low: float
    high: float

    @property
    def square(self) -> bool:
        """Whether both axes show the same, so that a diagonal is one."""
        return (self.left, self.right) == (self.low, self.high)


def layers(curves: Curves) -> list[Spec]:
    """The picture's layers, from back to front; none where no point is finite."""
    around = box(curves)
    if around is None:
        return []
    x = axis("x", around.left, around.right, title=curves.x_title)
    y = axis("y", around.low, around.high, title=curves.y_title)
    y["axis"]["tickCount"] = 5
    numbered = sorted(
        zip(curves.lines, dashes(curves), strict=True),
        key=lambda one: _BACK_TO_FRONT.index(one[0].role),
    )
    return [
        drawn for one, dash in numbered for drawn in _drawn(one, dash, {"x": x, "y": y})
    ]


def size(curves: Curves) -> tuple[int, int]:
    """Width and height: square where both axes show the same."""
    around = box(curves)
    square = around is not None and around.square
    return (_SQUARE, _SQUARE) if square else (WIDTH, HEIGHT)


def box(curves: Curves) -> Box | None:
    """Lowest and highest of all points; None where there is nothing to show."""
    found = [point for one in curves.lines for point in points(one)]
    if not found:
        return None
    along, up = [point.x for point in found], [point.y for point in found]
    around = Box(min(along), max(along), min(up), max(up))
    shown = has_scale(*around[:2]) and has_scale(*around[2:])
    return around if shown else None


def points(one: Line) -> list[Point]:
    """The finite points of a line, in order, no more than are seen."""
    finite = [
        Point(x, y)
        for x, y in zip(one.x, one.y, strict=True)
        if math.isfinite(x) and math.isfinite(y)
    ]
    if len(finite) <= _MOST_POINTS:
        return finite
    step = (len(finite) - 1) / (_MOST_POINTS - 1)
    return [finite[round(number * step)] for number in range(_MOST_POINTS)]


def dashes(curves: Curves) -> list[tuple[int, ...]]:
    """How each line is dashed, so that two of one role are told apart."""
    seen: dict[str, int] = {}
    found = []
    for one in curves.lines:
        number = seen.get(one.role, 0)
        seen[one.role] = number + 1
        found.append(_GUIDE if one.role == "guide" else DASHES[number % len(DASHES)])
    return found


def _drawn(one: Line, dash: Sequence[int], where: Spec) -> list[Spec]:
    """One line, with a dot at each place where there are few."""
    rows = [{"i": i, "x": p.x, "y": p.y} for i, p in enumerate(points(one))]
    if not rows:
        return []
    colour = {"now": TESTED, "reference": REFERENCE, "guide": SOFT}[one.role]
    mark = line(dash, colour)
    mark["strokeWidth"] = {"now": 2.4, "reference": 1.6, "guide": 1}[one.role]
    # By number, not by place: a curve of precision and recall goes to and fro.
    drawn = [layer(rows, mark, {**where, "order": {"field": "i"}})]
    if one.role != "guide" and len(rows) <= _FEW_POINTS:
        dot: Spec = {"type": "point", "filled": True, "opacity": 1, "size": 22}
        drawn.append(layer(rows, dot | {"color": colour}, where))
    return drawn
