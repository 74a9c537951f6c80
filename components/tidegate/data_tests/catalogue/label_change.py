"""A test of how often a label comes, held against the accepted spans."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.catalogue.base import Evidence
from tidegate.data_tests.catalogue.label import (
    LabelShareTest,
    each,
    observed,
    shares_plot,
)
from tidegate.data_tests.label.counts import LabelCounts, Tally
from tidegate.data_tests.reference import Spread
from tidegate.data_tests.share import Share, told

if TYPE_CHECKING:
    from tidegate.data_tests.whole import Whole

_FEWEST_SPANS = 3


class LabelChange(LabelShareTest):
    """Share of one label no further off than it was among the accepted spans."""

    name: ClassVar[str] = "label_change"
    why: ClassVar[str] = "a label that was inverted, filtered or poisoned, in a slice"
    default: ClassVar[str] = (
        "beyond the lowest and the highest share of the accepted spans (at least 3) "
        "by more than `at_most: 5%` or a quarter of what lies between them; `value: "
        "true`, which is also 1; slices of `by` need 200 rows, are held against all "
        "rows of their own delivery too, and fail only if they are beyond but for one "
        "chance in a thousand"
    )
    example: ClassVar[str] = 'label_change: {is: "arr_delay > 15", by: [carrier]}'

    at_most: Share = Field(
        default=0.05, description="how far beyond the accepted spans, in points"
    )

    @property
    @override
    def expectation(self) -> str:
        return (
            f"as the accepted spans, give or take {told(self.at_most)}{each(self.by)}"
        )

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        counts: LabelCounts = seen or LabelCounts()
        columns = (*self.telling(whole), *self.by)
        if not counts.total.rows:
            return Evidence(False, "no row has a label", columns=self.telling(whole))
        parts = self.parts(counts)
        private = bool(whole.pii & set(self.by))
        total = counts.total
        figures: dict[str, float] = {}
        for name, tally in parts[:1] if private else parts:
            figures[self._figure(name)] = tally.share
            figures[self._apart(name)] = tally.log_odds - total.log_odds
        spreads = [self._spread(self._figure(name), whole) for name, _ in parts]
        apart = [self._spread(self._apart(name), whole) for name, _ in parts]
        whole_spread = spreads[0]
        if whole_spread is None:
            return Evidence(
                None,
                f"fewer than {_FEWEST_SPANS} accepted spans tell how often it came",
                columns=columns,
                fix="accept more spans, or bound the share with `label_share`",
                figures=figures,
            )
        marked = [
            n
            for n, (_, tally) in enumerate(parts)
            if self._off(tally, spreads[n], self._bounds(apart[n], total), parts)
        ]
        before = {n: known.middle for n, known in enumerate(spreads) if known}
        reach = f"{100 * whole_spread.low:.1f} to {100 * whole_spread.high:.1f} %"
        first, *others = observed(parts, marked, counts)
        return Evidence(
            not marked,
            "; ".join([f"{first}, before {reach}", *others]),
            columns=columns,
            fix=f"find out why {self.called()} comes more or less often than before, "
            "or accept the change",
            plot=shares_plot(f"share of {self.called()}", parts, marked, before=before),
            figures=figures,
        )

    def _figure(self, part: str) -> str:
        return f"label_change | {self.subject} = {self.value} | {part}"

    def _apart(self, part: str) -> str:
        return f"{self._figure(part)} | log-odds to all rows"

    def _spread(self, figure: str, whole: Whole) -> Spread | None:
        """What a figure was before; None if too few spans have it."""
        if whole.reference is None:
            return None
        known = whole.reference.figures(figure)
        return Spread.of(known) if len(known) >= _FEWEST_SPANS else None

    def _bounds(self, apart: Spread | None, total: Tally) -> tuple[float, float]:
        """Least and most that the share of a slice may be, given that of all rows.

        How far the odds of a slice and of all rows are apart hardly changes with
        the season, as the shares themselves do.
        """
        if apart is None:
            return 0.0, 1.0
        low = _shifted(total, apart.low - apart.range / 4)
        high = _shifted(total, apart.high + apart.range / 4)
        return low - self.at_most, high + self.at_most

    def _off(
        self,
        tally: Tally,
        known: Spread | None,
        bounds: tuple[float, float],
        parts: list[tuple[str, Tally]],
    ) -> bool:
        """Whether all rows, or a slice, are off: a slice also beyond its own past.

        Else a slice that is as ever would be off where another one moves the whole.
        """
        if known is None:
            return False
        low, high = tally.interval(len(parts))
        if tally is parts[0][1]:
            margin = max(self.at_most, known.range / 4)
            return high < known.low - margin or low > known.high + margin
        return high < min(known.low, bounds[0]) or low > max(known.high, bounds[1])


def _shifted(total: Tally, by: float) -> float:
    """The share whose log-odds are so much above those of all rows."""
    return 1 / (1 + math.exp(-(total.log_odds + by)))
