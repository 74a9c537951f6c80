"""What all pictures are made of, in Vega-Lite's words: axes, marks, rules."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from tidegate.report import wording

Spec: TypeAlias = "dict[str, Any]"

WIDTH = 320
LONGEST_TITLE = 40
_WIDEST = 1e300
_PERCENT = "format(100 * datum.value, '~g') + ' %'"
# 0.2 and not 200m, 1,500 and not 1.5k, but 20k; the least as a power of ten.
_NUMBER = (
    "abs(datum.value) >= 1e4 ? format(datum.value, '~s') : "
    "abs(datum.value) >= 1e-3 || datum.value == 0 ? format(datum.value, ',~r') : "
    "format(datum.value, '~e')"
)

# The page's own variables.
# Bars are pale, for lines stand upon them; lines and dots by themselves are not.
NOW, TESTED = "var(--now)", "var(--tested)"
REFERENCE, BAD = "var(--reference)", "var(--bad)"
INK, SOFT = "var(--ink)", "var(--soft)"


def layer(rows: Sequence[Mapping[str, Any]], mark: Spec, encoding: Spec) -> Spec:
    """One kind of mark, drawn for each of the rows."""
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def line(dash: Sequence[int] = (), colour: str = REFERENCE) -> Spec:
    """The mark of a line, by default that of the reference."""
    mark: Spec = {"type": "line", "color": colour, "strokeWidth": 1.8}
    return mark | {"strokeDash": list(dash)} if dash else mark


def marked(usual: str = NOW) -> Spec:
    """The colour of a row: its own where it breaks the test."""
    return {"condition": {"test": "datum.bad", "value": BAD}, "value": usual}


def axis(
    field: str,
    low: float,
    high: float | None = None,
    *,
    title: str | None = None,
    share: bool = False,
) -> Spec:
    """A scale from `low` to `high` with few ticks.

    Args:
        field: "x" or "y".
        low: Where it begins.
        high: Where it ends; None leaves that to the data.
        title: What it shows.
        share: Whether numbers are shares, to be read in percent.
    """
    scale: Spec = {"nice": False, "zero": False, "domainMin": low}
    if high is not None and high > low:
        scale["domainMax"] = high
    return {
        "field": field,
        "type": "quantitative",
        "scale": scale,
        "title": wording.printable(title, LONGEST_TITLE) if title else None,
        "axis": {
            "labelExpr": _PERCENT if share else _NUMBER,
            "grid": field == "y",
            "tickCount": 3 if field == "y" else 5,
        },
    }


def rules(
    limits: Sequence[float], field: str, low: float, high: float
) -> Iterator[Spec]:
    """A dashed line at each limit that stands near the data."""
    shown = [{field: edge} for edge in limits if near(edge, low, high)]
    if shown:
        mark = {"type": "rule", "color": BAD, "strokeDash": [3, 3]}
        where = {"field": field, "type": "quantitative"}
        yield layer(shown, mark, {field: where})


def has_scale(low: float, high: float) -> bool:
    """Whether numbers from `low` to `high` can be told apart on paper.

    Not near the ends of what a float holds: arithmetic between them overflows.
    """
    return -_WIDEST < low <= high < _WIDEST


def span(limits: Sequence[float], low: float, high: float) -> tuple[float, float]:
    """The data's lowest and highest with the limits that stand near them."""
    shown = [edge for edge in limits if near(edge, low, high)]
    return min([low, *shown]), max([high, *shown])


def near(edge: float, low: float, high: float) -> bool:
    """Whether a limit can be shown without squeezing the data."""
    room = (high - low or abs(high) or 1) * 0.5
    return math.isfinite(edge) and low - room <= edge <= high + room
