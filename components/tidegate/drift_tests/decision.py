"""What the drift tests say of a span, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tidegate.drift_tests.settings import DriftSettings

if TYPE_CHECKING:
    from tidegate.drift_tests.history import History
    from tidegate.drift_tests.summary import SpanMeasures
    from tidegate.report.model import TestReport


@dataclass(frozen=True)
class Sign:
    """One feature that is not as it was.

    Attributes:
        column: The column; "" for the table as a whole.
        other: The other column of a relation, else "".
        measure: Name of the measure, see `measuring.names`.
        detail: The value whose share it is, else "".
        now: What it is now; the mean of the last spans for slow drift.
        usual: Its mean over the accepted spans.
        low: The least of the accepted spans.
        high: The greatest.
        distance: How far it is: 1 is as far as an accepted span ever was.
    """

    column: str
    other: str
    measure: str
    detail: str
    now: float
    usual: float
    low: float
    high: float
    distance: float


@dataclass(frozen=True)
class Channel:
    """What one channel says: sudden faults, or slow drift.

    Attributes:
        name: "sudden" or "slow".
        score: How far the span is.
        threshold: From where on that is an alarm.
        p_value: Share of accepted spans with such a score (conformal); 1 while
            there are none to compare with.
        promise: Share of good runs that may be above the threshold.
        compared: Number of accepted spans whose scores the threshold is made of;
            0 while a fixed one protects.
        signs: The features that are farthest, greatest first.
    """

    name: Literal["sudden", "slow"]
    score: float
    threshold: float
    p_value: float
    promise: float
    compared: int
    signs: tuple[Sign, ...] = ()

    @property
    def alarm(self) -> bool:
        """Whether the score is beyond the threshold."""
        return self.score > self.threshold

    @property
    def excess(self) -> float:
        """The score in thresholds: above 1 is an alarm."""
        return self.score / self.threshold if self.threshold > 0 else 0.0


@dataclass(frozen=True)
class Cause:
    """A column that a span's score comes from.

    Attributes:
        column: Its name; "" for the table as a whole.
        weight: Its part of what is unusual, 0 to 1.
        signs: What of it is unusual, greatest first.
        channel: The channel that shows it most.
    """

    column: str
    weight: float
    signs: tuple[Sign, ...]
    channel: Literal["sudden", "slow"] = "sudden"


@dataclass(frozen=True)
class ColdStart:
    """That there are too few accepted spans to keep the promise.

    Attributes:
        spans: How many there are.
        needed: How many there have to be.
        protection: What protects until then, in words.
    """

    spans: int
    needed: int
    protection: str


@dataclass(frozen=True, eq=False)
class DriftDecision:
    """What the drift tests say of a span.

    Attributes:
        measures: The span.
        history: The accepted spans it was held against.
        settings: What is promised.
        sudden: This span against the accepted ones; None without any.
        slow: The last spans together against those before; None with too few.
        ranking: The columns that it comes from, the worst first.
        cold_start: That there are too few spans; None where there are enough.
    """

    measures: SpanMeasures
    history: History
    settings: DriftSettings
    sudden: Channel | None = None
    slow: Channel | None = None
    ranking: tuple[Cause, ...] = field(default=())
    cold_start: ColdStart | None = None

    @property
    def channels(self) -> Sequence[Channel]:
        """The channels that say something."""
        return [one for one in (self.sudden, self.slow) if one is not None]

    @property
    def alarm(self) -> bool:
        """The one decision: whether a channel is beyond its threshold."""
        return any(channel.alarm for channel in self.channels)

    def as_report(self, dataset: str) -> TestReport:
        """The decision as the report that a gate reads.

        Args:
            dataset: Name of the data set.
        """
        from tidegate.drift_tests.reporting import report_of

        return report_of(self, dataset)
