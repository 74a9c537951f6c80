"""Every detector on every clean span, and on planted faults, one day after another."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from detecting.data_sets import Recurring, load
from detecting.faults import KINDS, Kind, plant
from detecting.ours import Tidegate
from detecting.peers.line_up import fast_peers, slow_peers, worker_peers
from detecting.peers.peer import Judged, Peer
from detecting.peers.worker_peer import WorkerPeer

SHARES = (0.01, 0.05, 0.2, 0.5)
RAMP_STEP, RAMP_SPANS = 0.01, 20
PERSISTENT = 0.05


@dataclass(frozen=True)
class Plan:
    """What is tried on a data set.

    Attributes:
        data: Name of the data set.
        cache: Folder of the data.
        onsets: Days on which faults are planted.
        seeds: Faults of each kind and share on each of them.
        ramps: Kinds of fault that grow or stay, for each onset.
        slow: Tools that take seconds a span take part on every so many-th day, and
            in one kind of fault on each day with faults; 0 leaves them out.
        quick: Whether the others take part.
        jobs: Processes.
    """

    data: str
    cache: Path
    onsets: int = 40
    seeds: int = 5
    ramps: int = 6
    slow: int = 0
    quick: bool = True
    jobs: int = 2


@dataclass(frozen=True)
class Run:
    """What one detector said of one span.

    Attributes:
        detector: Its name.
        day: Place of the span.
        kind: The fault; "" for a clean span, and "ramp …" or "lasting …" for a
            sequence of spans.
        share: Share of the rows with the fault.
        score: How suspicious the span is.
        alarm: What the detector says with its own settings.
        place: Place of the guilty column in its ranking; -1 if it is not there,
            -2 where no column is guilty.
        cpu: CPU seconds of judging.
        after: For a sequence, spans from the onset on; else 0.
    """

    detector: str
    day: int
    kind: str
    share: float
    score: float
    alarm: bool
    place: int
    cpu: float
    after: int = 0


def first_judged(spans: int) -> int:
    """The first span that is judged: 60, or 40 where there are few."""
    return 60 if spans >= 120 else 40


def onsets_of(spans: int, count: int) -> list[int]:
    """Days on which faults begin, spread over all that are judged."""
    days = np.arange(first_judged(spans), spans)
    chosen = np.random.default_rng(20).permutation(days)[:count]
    return sorted(int(day) for day in chosen)


def run(plan: Plan) -> Iterator[list[Run]]:
    """What every detector said, day by day."""
    data = load(plan.data, plan.cache)
    days = list(range(first_judged(len(data.tables)), len(data.tables)))
    # Days in turn, so that the processes have the same histories to grow.
    parts = [(plan, days[job :: plan.jobs]) for job in range(plan.jobs)]
    if plan.jobs == 1:
        yield from _days(*parts[0])
        return
    with ProcessPoolExecutor(plan.jobs) as pool:
        for found in pool.map(_listed, parts):
            yield from found


def _listed(part: tuple[Plan, list[int]]) -> list[list[Run]]:
    return list(_days(*part))


def _days(plan: Plan, days: Sequence[int]) -> Iterator[list[Run]]:
    data = load(plan.data, plan.cache)
    onsets = set(onsets_of(len(data.tables), plan.onsets))
    quick: list[Peer] = [Tidegate(), *fast_peers()] if plan.quick else []
    slow: list[WorkerPeer] = [*worker_peers(), *slow_peers()] if plan.slow else []
    try:
        for number, day in enumerate(days):
            turn = plan.slow and (number % plan.slow == 0 or day in onsets)
            wanted = slow if turn else []
            found = list(_day(data, day, day in onsets, plan, quick, wanted))
            if day in onsets:
                found += _sequences(data, day, plan, quick)
            yield found
    finally:
        for peer in slow:
            peer.close()


def _day(
    data: Recurring,
    day: int,
    planted: bool,
    plan: Plan,
    quick: Sequence[Peer],
    slow: Sequence[Peer],
) -> Iterator[Run]:
    tables, starts = data.tables[:day], data.starts[:day]
    for peer in (*quick, *slow):
        peer.fit(tables, starts)
        yield _judged(peer, data.tables[day], day, "", 0.0, ())
    if not planted:
        return
    for seed in range(plan.seeds):
        for kind in KINDS:
            for share in SHARES:
                # The slow ones see a few of the faults, others on each day.
                few = slow if (seed, kind) == _turn(day) else ()
                if not quick and not few:
                    continue
                fault = plant(data.tables[day], kind, share, _seed(day, seed))
                if fault is None:
                    continue
                for peer in (*quick, *few):
                    yield _judged(
                        peer, fault.table, day, kind.name, share, fault.columns
                    )


def _turn(day: int) -> tuple[int, Kind]:
    return 0, KINDS[day % len(KINDS)]


def _seed(day: int, seed: int) -> int:
    return day * 100 + seed


def _judged(
    peer: Peer,
    table: pa.Table,
    day: int,
    kind: str,
    share: float,
    columns: tuple[str, ...],
    after: int = 0,
) -> Run:
    begun = time.process_time()
    said = peer.judge(table)
    cpu = time.process_time() - begun + (said.cpu or 0.0)
    place = _place(said, columns)
    return Run(peer.name, day, kind, share, said.score, said.alarm, place, cpu, after)


def _place(said: Judged, columns: tuple[str, ...]) -> int:
    if not columns:
        return -2
    places = [said.ranking.index(name) for name in columns if name in said.ranking]
    return min(places, default=-1)


def _sequences(
    data: Recurring, day: int, plan: Plan, peers: Sequence[Peer]
) -> Iterator[Run]:
    """Faults that grow by 1 % of the rows a span, and such that stay as they are.

    Spans without an alarm become part of the history, as they would have. Only
    detectors in this process take part: with their own alarms.
    """
    turn = [(day + n * 7) % len(KINDS) for n in range(plan.ramps)]
    last = min(day + RAMP_SPANS, len(data.tables))
    for number in turn:
        for shape in ("ramp", "lasting"):
            for peer in peers[:1]:
                yield from _sequence(data, day, last, KINDS[number], shape, peer)


def _sequence(
    data: Recurring, day: int, last: int, kind: Kind, shape: str, peer: Peer
) -> Iterator[Run]:
    tables, starts = list(data.tables[:day]), list(data.starts[:day])
    for after in range(last - day):
        share = RAMP_STEP * (after + 1) if shape == "ramp" else PERSISTENT
        # The same columns all the time.
        fault = plant(data.tables[day + after], kind, share, _seed(day, 0))
        table = data.tables[day + after] if fault is None else fault.table
        columns = () if fault is None else fault.columns
        peer.fit(tables, starts)
        said = _judged(peer, table, day, f"{shape} {kind.name}", share, columns, after)
        yield said
        if said.alarm:
            return
        tables.append(table)
        starts.append(data.starts[day + after])
