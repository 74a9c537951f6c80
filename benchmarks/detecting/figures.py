"""From what every detector said to the figures of the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from detecting.sweep import SHARES, Run
from tidegate.drift_tests.backtest import wilson

PROMISE = 0.05
OURS = "tidegate"
HELPED = "tidegate, with the help that the others get"
AT = 0.2


@dataclass(frozen=True)
class Figures:
    """How one detector did on one data set.

    Attributes:
        detector: Its name.
        clean: Number of clean spans that it judged.
        alarms: On how many it alarmed: ours at its promise, others by themselves.
        matched: Share of clean spans above the threshold that recall is for.
        recall: Share of faulty spans above it, for each of `SHARES`.
        faults: Number of faulty spans for each of them.
        first: Share of faults at 20 % of the rows whose column it names first;
            None if it names none.
        third: The same for the first three.
        cpu: Median CPU seconds of judging one span.
    """

    detector: str
    clean: int
    alarms: int
    matched: float
    recall: tuple[float, ...]
    faults: tuple[int, ...]
    first: float | None
    third: float | None
    cpu: float

    @property
    def false_alarms(self) -> float:
        """Share of clean spans with an alarm."""
        return self.alarms / max(self.clean, 1)

    @property
    def interval(self) -> tuple[float, float]:
        """Where that share lies with 95 % confidence (Wilson, 1927)."""
        return wilson(self.alarms, self.clean)


def figures(runs: Iterable[Run]) -> list[Figures]:
    """How each detector did, ours first.

    Others get the threshold that would have given the promised share of false
    alarms, or the next share above it, chosen afterwards on the very spans that are
    counted: a help that ours, which sets its threshold before, does not get.
    """
    by_name: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if not run.kind.startswith(("ramp ", "lasting ")):
            by_name[run.detector].append(run)
    names = sorted(by_name, key=lambda name: (name != OURS, name))
    found = [_of(name, by_name[name], native=name == OURS) for name in names]
    if OURS in by_name:
        helped = _of(OURS, by_name[OURS], native=False)
        found.insert(1, replace(helped, detector=HELPED))
    return found


def _of(name: str, runs: Sequence[Run], *, native: bool) -> Figures:
    clean = [run for run in runs if not run.kind]
    faulty = [run for run in runs if run.kind]
    limit = float(
        np.quantile([run.score for run in clean], 1 - PROMISE, method="lower")
    )

    def seen(run: Run) -> bool:
        return run.alarm if native else run.score > limit

    recall, count = [], []
    for share in SHARES:
        those = [run for run in faulty if run.share == share]
        count.append(len(those))
        recall.append(_share([seen(run) for run in those]))
    named = [run for run in faulty if run.share == AT and run.place > -2]
    blames = any(run.place >= 0 for run in named)
    return Figures(
        name,
        len(clean),
        sum(run.alarm for run in clean),
        _share([seen(run) for run in clean]),
        tuple(recall),
        tuple(count),
        _share([run.place == 0 for run in named]) if blames else None,
        _share([0 <= run.place < 3 for run in named]) if blames else None,
        median([run.cpu for run in runs]),
    )


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else float("nan")


@dataclass(frozen=True)
class Delays:
    """How many spans pass until faults of a shape are seen.

    Attributes:
        shape: "ramp" or "lasting".
        count: Number of sequences.
        seen: How many were seen within the spans that were tried.
        middle: Median number of spans, the one with the alarm included; those
            that were not seen count as infinite.
        within: Share that was seen within 1, 3, 5 and 10 spans.
    """

    shape: str
    count: int
    seen: int
    middle: float
    within: tuple[float, ...]


WITHIN = (1, 3, 5, 10)


def delays(runs: Iterable[Run], shape: str, kind: str | None = None) -> Delays | None:
    """How long our detector takes; None where nothing was tried."""
    ends: dict[tuple[int, str], Run] = {}
    for run in runs:
        ours = run.detector == OURS and run.kind.startswith(f"{shape} ")
        if ours and kind in (None, run.kind.removeprefix(f"{shape} ")):
            ends[(run.day, run.kind)] = run
    if not ends:
        return None
    spans = [run.after + 1 if run.alarm else float("inf") for run in ends.values()]
    within = tuple(_share([one <= n for one in spans]) for n in WITHIN)
    return Delays(shape, len(spans), sum(np.isfinite(spans)), median(spans), within)


def by_kind(runs: Iterable[Run], detector: str = OURS) -> dict[str, list[float]]:
    """Recall of our detector for each kind of fault and share of rows."""
    found: dict[str, dict[float, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        single = run.kind and not run.kind.startswith(("ramp ", "lasting "))
        if single and run.detector == detector:
            found[run.kind][run.share].append(run.alarm)
    return {
        kind: [_share(shares[share]) for share in SHARES]
        for kind, shares in sorted(found.items())
    }
