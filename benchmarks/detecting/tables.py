"""The figures as tables, in Markdown that a terminal shows as well."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from detecting.data_sets import Recurring
from detecting.figures import (
    HELPED,
    OURS,
    WITHIN,
    Delays,
    Figures,
    by_kind,
    delays,
    figures,
)
from detecting.sweep import PERSISTENT, RAMP_STEP, SHARES, Run

_HEAD = (
    "| detector | clean spans | alarms on them | 95 % interval | faulty spans "
    "| recall at 5 %: 1 % of rows | 5 % | 20 % | 50 % "
    "| column named first | in three | CPU s a span |"
)


def section(data: Recurring, runs: Sequence[Run]) -> Iterator[str]:
    """All tables of one data set."""
    rows = sorted(table.num_rows for table in data.tables)
    synthetic = ", made by a program" if data.synthetic else ""
    yield f"## {data.name}"
    yield ""
    yield (
        f"{len(data.tables)} spans of {rows[0]} to {rows[-1]} rows, "
        f"{data.tables[0].num_columns} columns{synthetic}. {data.source}"
    )
    yield ""
    yield _HEAD
    yield "|" + "---|" * (_HEAD.count("|") - 1)
    found = figures(runs)
    for one in found:
        yield _row(one)
    yield ""
    for shape in ("ramp", "lasting"):
        if (told := delays(runs, shape)) is not None:
            yield _delays(told)
            yield ""


def _row(one: Figures) -> str:
    low, high = one.interval
    name = f"**{one.detector}**" if one.detector == OURS else one.detector
    cells = [
        name,
        str(one.clean),
        _percent(one.false_alarms),
        f"{_percent(low)} to {_percent(high)}",
        f"{sum(one.faults):,}",
        *(_decimal(share) for share in one.recall),
        "names none" if one.first is None else _decimal(one.first),
        "" if one.third is None else _decimal(one.third),
        f"{one.cpu:.3f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _delays(told: Delays) -> str:
    what = (
        f"Faults that grow by {RAMP_STEP:.0%} of the rows a span"
        if told.shape == "ramp"
        else f"Faults that stay at {PERSISTENT:.0%} of the rows"
    )
    middle = "not within" if math.isinf(told.middle) else f"{told.middle:g}"
    within = ", ".join(
        f"{n}: {_percent(share)}" for n, share in zip(WITHIN, told.within, strict=True)
    )
    return (
        f"{what} ({told.count} of them, kinds in turn): the median one is seen in its "
        f"span number {middle}; seen within so many spans: {within}."
    )


def kinds(runs: Sequence[Run]) -> Iterator[str]:
    """Recall of our detector by kind of fault."""
    yield "| kind of fault | 1 % of rows | 5 % | 20 % | 50 % | ramp: median span |"
    yield "|---|---|---|---|---|---|"
    for kind, shares in by_kind(runs).items():
        ramp = delays(runs, "ramp", kind)
        last = "" if ramp is None else f"{ramp.middle:g} (of {ramp.count})"
        yield f"| {kind} | " + " | ".join(map(_decimal, shares)) + f" | {last} |"


def summary(found: Sequence[tuple[str, list[Figures]]]) -> Iterator[str]:
    """One line a data set: ours beside the best of the others at each share."""
    heads = " | ".join(f"{share:.0%} of rows" for share in SHARES)
    yield f"| data | false alarms | interval | {heads} | ahead | ahead, with the help |"
    yield "|---|---|---|" + "---|" * (len(SHARES) + 2)
    for name, every in found:
        ours = next(one for one in every if one.detector == OURS)
        helped = next(one for one in every if one.detector == HELPED)
        rest = [one for one in every if one.detector not in (OURS, HELPED)]
        low, high = ours.interval
        best = [_best(rest, place) for place in range(len(SHARES))]
        cells = [
            f"{_decimal(ours.recall[place])} ({_decimal(one.recall[place])} "
            f"{one.detector})"
            for place, one in enumerate(best)
        ]
        yield (
            f"| {name} | {_percent(ours.false_alarms)} | {_percent(low)} to "
            f"{_percent(high)} | {' | '.join(cells)} | {_ahead(ours, best)} of "
            f"{len(best)} | {_ahead(helped, best)} of {len(best)} |"
        )


def _best(rest: Sequence[Figures], place: int) -> Figures:
    return max(rest, key=lambda one: _known(one.recall[place]))


def _ahead(ours: Figures, best: Sequence[Figures]) -> int:
    """At how many shares of rows ours sees at least as much as the best other."""
    return sum(
        ours.recall[place] >= _known(one.recall[place])
        for place, one in enumerate(best)
    )


def _known(share: float) -> float:
    return -1.0 if math.isnan(share) else share


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{share:.1%}"


def _decimal(share: float) -> str:
    return "" if math.isnan(share) else f"{share:.2f}"
