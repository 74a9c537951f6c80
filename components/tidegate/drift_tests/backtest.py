"""What the drift tests would have said of each accepted span, in turn.

Every span is held against those before it alone, as it would have been on its
day. All of them were accepted, so an alarm is a false one, unless somebody let
the span in although it was bad.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.drift_tests.history import Acceptance, History
from tidegate.drift_tests.summary import SpanMeasures

if TYPE_CHECKING:
    from tidegate.drift_tests.decision import DriftDecision
    from tidegate.drift_tests.settings import DriftSettings

# Promises whose cost is told beside that of the settings.
PROMISES = (0.01, 0.02, 0.05, 0.1, 0.2)
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Replayed:
    """What would have been said of one span.

    Attributes:
        measures: The span.
        acceptance: Why it is in the history.
        decision: What would have been said.
    """

    measures: SpanMeasures
    acceptance: Acceptance | None
    decision: DriftDecision


@dataclass(frozen=True)
class Rate:
    """How often there was an alarm.

    Attributes:
        alarms: Number of spans with an alarm.
        spans: Number of spans that were judged.
        promised: What the settings promise.
    """

    alarms: int
    spans: int
    promised: float

    @property
    def share(self) -> float:
        """Share of the spans with an alarm."""
        return self.alarms / self.spans if self.spans else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the rate lies with 95 % confidence (Wilson, 1927)."""
        return wilson(self.alarms, self.spans)

    @property
    def kept(self) -> bool:
        """Whether the promise is within what was seen, or above it."""
        return self.promised >= self.interval[0]


@dataclass(frozen=True, eq=False)
class Backtest:
    """What the drift tests would have done over a history.

    Attributes:
        replayed: Every span that could be judged, oldest first.
        waiting: The spans before, too few to judge by.
        rate: How often there was an alarm.
        promises: The same for other promises.
    """

    replayed: tuple[Replayed, ...]
    waiting: int
    rate: Rate
    promises: tuple[Rate, ...] = ()

    @property
    def alarms(self) -> tuple[Replayed, ...]:
        """The spans with an alarm."""
        return tuple(one for one in self.replayed if one.decision.alarm)


def backtest(
    history: History,
    settings: DriftSettings,
    *,
    promises: Sequence[float] = PROMISES,
    progress: Callable[[int, int], None] | None = None,
) -> Backtest:
    """What would have been said of each span of a history.

    Args:
        history: The accepted spans.
        settings: What is promised.
        promises: Other shares of false alarms to tell the cost of.
        progress: Called with the number of spans judged and of all.
    """
    others = [one for one in promises if one != settings.false_alarms]
    steps, done = len(history) * (1 + len(others)), 0

    def counted(replayed: Iterator[Replayed]) -> tuple[Replayed, ...]:
        nonlocal done
        kept = []
        for one in replayed:
            kept.append(one)
            done += 1
            if progress is not None:
                progress(done, steps)
        return tuple(kept)

    everything = counted(replay(history, settings))
    judged = tuple(one for one in everything if not one.decision.cold_start)
    costs = [_rate(judged, settings.false_alarms)]
    for promise in others:
        found = counted(replay(history, _promising(settings, promise)))
        judged_then = [one for one in found if not one.decision.cold_start]
        costs.append(_rate(judged_then, promise))
    return Backtest(
        judged,
        len(everything) - len(judged),
        costs[0],
        tuple(sorted(costs, key=lambda one: one.promised)),
    )


def replay(history: History, settings: DriftSettings) -> Iterator[Replayed]:
    """Each span of a history, held against those before it."""
    from tidegate.drift_tests.decide import decide

    for place, measures in enumerate(history.spans):
        decision = decide(history.part(0, place), measures, settings)
        yield Replayed(measures, history.acceptances[place], decision)


def _promising(settings: DriftSettings, promise: float) -> DriftSettings:
    """The settings with another promise; what slow drift may take goes with it."""
    return settings.model_copy(update={"false_alarms": promise, "slow_every": None})


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Where a share lies with 95 % confidence (Wilson, 1927)."""
    if not trials:
        return 0.0, 1.0
    share, square = hits / trials, _NORMAL_95**2
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    spread = math.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    spread *= _NORMAL_95 / (1 + square / trials)
    # Rounding must not leave the share itself outside.
    low, high = min(middle - spread, share), max(middle + spread, share)
    return max(low, 0.0), min(high, 1.0)


def _rate(judged: Sequence[Replayed], promised: float) -> Rate:
    alarms = sum(one.decision.alarm for one in judged)
    return Rate(alarms, len(judged), promised)
