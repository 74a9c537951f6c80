"""A test of how often a label comes, held against the accepted spans."""

from __future__ import annotations

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
from tidegate.data_tests.label_counts import LabelCounts, Tally
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
        "by more than `at_most: 5%` or half of what lies between them; `value: true`, "
        "which is also 1; slices of `by` need 200 rows, and fail only if they are "
        "beyond but for one chance in a thousand"
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
        figures = {
            self._figure(name): tally.share
            for name, tally in (parts[:1] if private else parts)
        }
        spreads = [self._spread(name, whole) for name, _ in parts]
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
            if self._off(tally, spreads[n], len(parts))
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

    def _spread(self, part: str, whole: Whole) -> Spread | None:
        """What the share of a slice was before; None if too few spans know."""
        if whole.reference is None:
            return None
        known = whole.reference.figures(self._figure(part))
        return Spread.of(known) if len(known) >= _FEWEST_SPANS else None

    def _off(self, tally: Tally, known: Spread | None, parts: int) -> bool:
        if known is None:
            return False
        margin = max(self.at_most, known.range / 2)
        low, high = tally.interval(parts)
        return high < known.low - margin or low > known.high + margin
