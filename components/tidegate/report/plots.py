"""A picture as SVG text that stands within a page: no script, no network.

Colours are the page's own variables, so a picture follows its dark mode and its
print style. Shapes and scales are Vega-Lite's.
"""

from __future__ import annotations

import re
from typing import Any

from tidegate.report import plot_curves, plot_intervals, plot_layers, plot_parts
from tidegate.report.model import Curves, Intervals, Picture
from tidegate.report.plot_descriptions import described as described
from tidegate.report.plot_keys import Key as Key
from tidegate.report.plot_keys import key_of as key_of

_STEP = 22
_NOWHERE = re.compile(r'="[^"]*\b(?:NaN|Infinity)\b')
_FONT = 12
_SOFT, _LINE = "var(--soft)", "var(--line)"


def svg(picture: Picture) -> str | None:
    """The picture as one `<svg>` element; None where there is nothing to draw.

    Numbers that are not finite have no place on paper and are left out.
    """
    drawn = _layers(picture)
    if not drawn:
        return None
    import vl_convert

    try:
        framed = _framed(drawn, *_size(picture))
        text = vl_convert.vegalite_to_svg(framed, allowed_base_urls=[])
    except ValueError:
        # Heights at the ends of what a float holds have no scale between them.
        return None
    # Nor have some whose spread is all but that: they are drawn nowhere.
    return None if _NOWHERE.search(text) else _inline(text)


def hidden(picture: Picture) -> int:
    """How many things of a picture there was no room for, and that it must say."""
    return plot_intervals.hidden(picture) if isinstance(picture, Intervals) else 0


def _layers(picture: Picture) -> list[plot_parts.Spec]:
    if isinstance(picture, Curves):
        return plot_curves.layers(picture)
    if isinstance(picture, Intervals):
        return plot_intervals.layers(picture)
    return plot_layers.layers(picture)


def _size(picture: Picture) -> tuple[int, int | dict[str, int]]:
    """Width of the picture without its names, and its height."""
    if isinstance(picture, Curves):
        return plot_curves.size(picture)
    if isinstance(picture, Intervals):
        return plot_intervals.width(), {"step": _STEP}
    if picture.kind == "values":
        return plot_parts.WIDTH - plot_layers.NAMES, {"step": _STEP}
    return plot_parts.WIDTH, plot_layers.HEIGHT


def _framed(
    layers: list[dict[str, Any]], width: int, height: int | dict[str, int]
) -> dict[str, Any]:
    """The layers as one picture, in the page's font size and colours."""
    text = {"labelColor": _SOFT, "titleColor": _SOFT, "titleFontWeight": "normal"}
    axis = {"labelFontSize": _FONT, "titleFontSize": _FONT, "gridColor": _LINE}
    axis |= {"domainColor": _LINE, "tickColor": _LINE, "labelOverlap": True}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "padding": {"left": 4, "right": 8, "top": 6, "bottom": 4},
        "background": None,
        "layer": layers,
        "config": {
            "aria": False,
            "font": "system-ui, sans-serif",
            "view": {"stroke": None},
            "axis": axis | text,
            "text": {"fontSize": _FONT},
        },
    }


def _inline(text: str) -> str:
    """The element without its fixed size and the names that only files need."""
    opening, rest = text.split(">", 1)
    opening = re.sub(r'\s(?:xmlns(?::\w+)?|version|class)="[^"]*"', "", opening)
    return f"{opening}>{rest}".replace("<svg", '<svg aria-hidden="true"', 1)
