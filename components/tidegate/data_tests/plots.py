"""The distribution of a column as a plot, with what breaks a test marked."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tidegate.data_tests.catalogue.cells import canonical
from tidegate.report.model import Plot
from tidegate.report.wording import printable

if TYPE_CHECKING:
    from tidegate.columnar.statistics.profile import ColumnProfile
    from tidegate.data_tests.reference import ColumnSummary
    from tidegate.data_tests.whole import Whole

BINS = 20
VALUES = 12
# Among the values shown, room for so many that break the test, though rare.
_BAD_VALUES = 4
_LONGEST = 40
# By how much limits may widen the axis before they are left outside.
_WIDEST = 2.0

Floats: TypeAlias = "npt.NDArray[np.float64]"


def distribution(
    column: str,
    whole: Whole,
    where: str | None = None,
    *,
    limits: tuple[float, float] | None = None,
    bad_values: Collection[Any] = (),
    is_bad: Callable[[Any], bool] | None = None,
    as_values: bool = False,
) -> Plot | None:
    """How the values of a column are distributed, now and in the newest reference.

    Args:
        column: The column.
        whole: What is known of the data set.
        where: The slice that the test is about.
        limits: Least and greatest allowed number; bins beyond are marked.
        bad_values: Frequent values to mark.
        is_bad: Says of a frequent value whether to mark it.
        as_values: Show the frequent values even of a column of numbers.

    Returns:
        The plot; None for a private column, and where there is nothing to show.
    """
    if column in whole.pii:
        return None
    profile, before = whole.profile(column, where), _reference(column, whole)
    if profile.numbers is not None and not as_values and not bad_values:
        return _numbers(column, profile, before, limits)
    return _values(
        column, profile, before, lambda v: v in bad_values or bool(is_bad and is_bad(v))
    )


def _reference(column: str, whole: Whole) -> ColumnSummary | None:
    newest = whole.reference.newest if whole.reference else None
    found = newest.columns.get(column) if newest else None
    return None if found is None or found.private else found


def _numbers(
    column: str,
    profile: ColumnProfile,
    before: ColumnSummary | None,
    limits: tuple[float, float] | None,
) -> Plot | None:
    assert profile.numbers is not None
    points, ranks = profile.numbers.points()
    values = np.asarray(points, np.float64)
    weights = np.diff(np.concatenate([[0], ranks])).astype(np.float64)
    finite = np.isfinite(values)
    values, weights = values[finite], weights[finite]
    if not len(values):
        return None
    edges = _edges(values, weights, limits)
    places = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, BINS - 1)
    heights = np.bincount(places, weights, minlength=BINS) / weights.sum()
    marked: set[int] = set()
    if limits is not None:
        outside = (values < limits[0]) | (values > limits[1])
        marked = set(places[outside].tolist())
    return Plot(
        kind="numbers",
        title=f"{printable(column, _LONGEST)}, share of values",
        labels=_labels(edges, float(values[0]), float(values[-1])),
        now=tuple(heights.tolist()),
        reference=_on(edges, before),
        edges=tuple(edges.tolist()),
        marked=tuple(sorted(marked)),
        limits=limits or (),
    )


def _edges(
    values: Floats, weights: Floats, limits: tuple[float, float] | None
) -> Floats:
    """Edges of equal width between robust ends, and the limits if they are near."""
    ranks = np.cumsum(weights) / weights.sum()
    low, high = (
        float(values[min(int(np.searchsorted(ranks, q)), len(values) - 1)])
        for q in (0.005, 0.995)
    )
    width = (high - low) * _WIDEST or abs(high) * 0.1 or 1.0
    for limit in limits or ():
        if math.isfinite(limit) and low - width <= limit <= high + width:
            low, high = min(low, limit), max(high, limit)
    if not math.isfinite(high - low):
        low, high = low / 2, high / 2
    edges = np.linspace(low, high, BINS + 1)
    if not (np.diff(edges) > 0).all():
        # One value, or values so great that nothing fits between them.
        around = max(abs(low), 1.0) * 0.1
        edges = np.linspace(low - around, low + around, BINS + 1)
    return edges


def _labels(edges: Floats, least: float, most: float) -> tuple[str, ...]:
    labels = [f"{edges[i]:,.4g} to {edges[i + 1]:,.4g}" for i in range(BINS)]
    if least < edges[0]:
        labels[0] = f"up to {edges[1]:,.4g}"
    if most > edges[-1]:
        labels[-1] = f"over {edges[-2]:,.4g}"
    return tuple(labels)


def _on(edges: Floats, before: ColumnSummary | None) -> tuple[float, ...] | None:
    """Share of the reference in each bin, by its own histogram."""
    if before is None or not before.edges or not before.quantiles:
        return None
    upto = np.cumsum(before.heights)[:-1]
    known = [
        (before.quantiles[0], 0.0),
        (before.edges[0], 0.01),
        *zip(before.edges[1:-1], upto.tolist(), strict=True),
        (before.edges[-1], 0.99),
        (before.quantiles[-1], 1.0),
    ]
    kept = sorted(point for point in known if math.isfinite(point[0]))
    x, y = np.array(kept).T
    shares = np.interp(edges, x, np.maximum.accumulate(y))
    shares[0], shares[-1] = 0.0, 1.0
    return tuple(np.diff(shares).tolist())


def _values(
    column: str,
    profile: ColumnProfile,
    before: ColumnSummary | None,
    is_bad: Callable[[Any], bool],
) -> Plot | None:
    frequent = profile.frequent(1000)
    if not frequent or not profile.values:
        return None
    shown = frequent[:VALUES]
    rare = [pair for pair in frequent[VALUES:] if is_bad(pair[0])][:_BAD_VALUES]
    if rare:
        shown = shown[: VALUES - len(rare)] + rare
    single = profile.kind == "float"
    words = [canonical(value, single) for value, _ in shown]
    known = dict(before.top) if before is not None else {}
    return Plot(
        kind="values",
        title=f"{printable(column, _LONGEST)}, share of values",
        labels=tuple(printable(word, _LONGEST) for word in words),
        now=tuple(count / profile.values for _, count in shown),
        reference=tuple(known.get(word, 0.0) for word in words) if known else None,
        marked=tuple(i for i, (value, _) in enumerate(shown) if is_bad(value)),
        unit="share",
    )
