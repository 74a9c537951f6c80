"""A plot as SVG text that stands within a page: no script, no network.

Colours are the page's own variables, so a plot follows its dark mode and its
print style. Shapes and scales are Vega-Lite's.
"""

from __future__ import annotations

import math
import re
from typing import Any

from tidegate.report import plot_layers, wording
from tidegate.report.model import Plot

_STEP = 22
_FONT = 12
_SOFT, _LINE = "var(--soft)", "var(--line)"


def svg(plot: Plot) -> str | None:
    """The plot as one `<svg>` element; None where there is nothing to draw.

    Numbers that are not finite have no place on paper and are left out.
    """
    drawn = plot_layers.layers(plot)
    if not drawn:
        return None
    import vl_convert

    try:
        text = vl_convert.vegalite_to_svg(_framed(drawn, plot), allowed_base_urls=[])
    except ValueError:
        # Heights at the ends of what a float holds have no scale between them.
        return None
    return _inline(text)


def described(plot: Plot) -> str:
    """What the plot shows, for those who do not see it."""
    finite = [i for i, height in enumerate(plot.now) if math.isfinite(height)]
    parts = [plot.title]
    if finite:
        top = max(finite, key=lambda i: plot.now[i])
        height = plot_layers.height_of(plot, plot.now[top])
        parts.append(f"highest at {plot.labels[top]}: {height}")
        if plot.reference is not None and math.isfinite(plot.reference[top]):
            height = plot_layers.height_of(plot, plot.reference[top])
            parts[-1] += f", reference {height}"
    marked = [plot.labels[i] for i in plot.marked]
    if marked:
        more = f" and {len(marked) - 5} more" if len(marked) > 5 else ""
        parts.append(f"breaks the test: {', '.join(marked[:5])}{more}")
    return wording.printable("; ".join(parts))


def _framed(layers: list[dict[str, Any]], plot: Plot) -> dict[str, Any]:
    """The layers as one picture, in the page's font size and colours."""
    bars = plot.kind == "values"
    width = plot_layers.WIDTH - (plot_layers.NAMES if bars else 0)
    text = {"labelColor": _SOFT, "titleColor": _SOFT, "titleFontWeight": "normal"}
    axis = {"labelFontSize": _FONT, "titleFontSize": _FONT, "gridColor": _LINE}
    axis |= {"domainColor": _LINE, "tickColor": _LINE, "labelOverlap": True}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": {"step": _STEP} if bars else plot_layers.HEIGHT,
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
