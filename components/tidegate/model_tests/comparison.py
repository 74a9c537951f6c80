"""A metric of the candidate beside that of the champion, on the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.model_tests.measures.decisions import negated
from tidegate.model_tests.measures.estimate import (
    Interval,
    around,
    interval,
    paired_error,
)
from tidegate.model_tests.measures.metrics import METRICS
from tidegate.model_tests.uncomputable import Uncomputable
from tidegate.model_tests.wording import change, number, told, with_interval
from tidegate.report.model import Intervals

if TYPE_CHECKING:
    from tidegate.model_tests.case import Case


@dataclass(frozen=True)
class Compared:
    """A metric of both.

    Attributes:
        metric: Its name.
        now: The candidate's.
        before: The champion's.
        change: Candidate minus champion.
        confidence: Of the three intervals.
    """

    metric: str
    now: Interval
    before: Interval
    change: Interval
    confidence: float

    @property
    def better(self) -> Interval:
        """The change, positive where the candidate is better."""
        lower = METRICS[self.metric].higher_is_better is False
        return negated(self.change) if lower else self.change

    def __str__(self) -> str:
        return (
            f"{with_interval(self.now, self.confidence)}, champion "
            f"{number(self.before.value)}; change {change(self.change)}"
        )

    def plot(self) -> Intervals:
        """Both with their intervals."""
        return Intervals(
            title=f"{self.metric}, {told(self.confidence)} intervals",
            labels=("candidate", "champion"),
            now=(self.now.value, self.before.value),
            low=(self.now.low, self.before.low),
            high=(self.now.high, self.before.high),
        )


def compare(
    case: Case, metric: str, confidence: float, threshold: float = 0.5
) -> Compared:
    """A metric of candidate and champion.

    Raises:
        NothingToCompare: There is no champion.
        Uncomputable: The metric is not defined on the rows.
    """
    case.champion()
    now = case.measure(metric, threshold=threshold)
    before = case.measure(metric, of_champion=True, threshold=threshold)
    if now is None or before is None:
        raise undefined(metric)
    apart = around(now.value - before.value, paired_error(now, before), confidence)
    return Compared(
        metric,
        interval(now, confidence),
        interval(before, confidence),
        apart,
        confidence,
    )


def directed(metric: str) -> str:
    """The name of a metric that is better where it is higher, or where it is lower.

    Raises:
        ValueError: There is none such.
    """
    known = METRICS.get(metric)
    if known is None or known.higher_is_better is None:
        names = [m.name for m in METRICS.values() if m.higher_is_better is not None]
        raise ValueError(f"must be one of {', '.join(names)}")
    return metric


def undefined(metric: str) -> Uncomputable:
    """The error that a metric means nothing on these rows."""
    return Uncomputable(
        f"{metric} is not defined on these rows",
        "evaluate on rows of both labels and of both decisions",
    )
