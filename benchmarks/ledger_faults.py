"""What hundreds of kills leave of a push, a promotion or a rollback.

    python benchmarks/ledger_faults.py --write docs/benchmarks/ledger.md

A child process pushes, promotes or rolls back, and is killed by SIGKILL: at every
named point of the code, at random moments, and while others push at the same time.
Another process reads `champion.json` over and over. After each kill: the champion is
the old or the new one for every reader, no event is lost, whatever a server could
take for a version is whole byte for byte, and the next command heals all.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "components"), str(ROOT)]

from tests.ledger.killing import (  # noqa: E402
    Action,
    Seen,
    Trial,
    ended,
    forked,
    polling,
)

from tidegate.champion.champion import newest_version  # noqa: E402
from tidegate.errors import InfrastructureError  # noqa: E402
from tidegate.ledger import points  # noqa: E402
from tidegate.ledger.healing import heal  # noqa: E402
from tidegate.ledger.ledger import Ledger  # noqa: E402

KINDS: dict[str, Callable[[Trial], Action]] = {
    "push": Trial.push,
    "promote": Trial.promote,
    "rollback": Trial.rollback,
}
# Signing needs an extra; a kill at it is one before the version is published.
POINTS = {
    "push": [one for one in points.PUSH if one != "push.signed"],
    "promote": list(points.MOVE),
    "rollback": list(points.MOVE),
}
# The history of one destination grows with every trial: a new one after so many.
_PER_FOLDER = 15


@dataclass
class Count:
    """What became of the trials of one kind.

    Attributes:
        trials: How many there were.
        killed: Children that were killed before they were done.
        old: Trials after which the old champion served.
        new: Trials after which the new one served.
        reads: How often the pointer was read meanwhile.
        broken: Trials after which the promise did not hold.
    """

    trials: int = 0
    killed: int = 0
    old: int = 0
    new: int = 0
    reads: int = 0
    broken: int = 0

    def row(self, name: str) -> str:
        """A row of the page."""
        return (
            f"| {name} | {self.trials:,} | {self.killed:,} | {self.old:,} "
            f"| {self.new:,} | {self.reads:,} | {self.broken:,} |"
        )


def main() -> None:
    """Runs the benchmark and prints or writes its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--at-points", type=int, default=15, help="kills at each")
    parser.add_argument("--at-random", type=int, default=150, help="kills of each")
    parser.add_argument("--at-once", type=int, default=10, help="rounds of each")
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    started = time.monotonic()
    rows, broken = _rows(options)
    text = "\n".join(_page(rows, time.monotonic() - started)) + "\n"
    print(text)
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(text, encoding="utf-8")
    sys.exit(1 if broken else 0)


def _rows(options: argparse.Namespace) -> tuple[list[str], int]:
    dice = random.Random(options.seed)
    rows: list[str] = []
    broken = 0

    def told(name: str, count: Count) -> None:
        nonlocal broken
        broken += count.broken
        rows.append(count.row(name))
        print(rows[-1], file=sys.stderr, flush=True)

    for kind, names in POINTS.items():
        for point in names:
            told(f"{kind}, at `{point}`", _at_point(kind, point, options.at_points))
    for kind in KINDS:
        told(f"{kind}, at a random moment", _at_random(kind, dice, options.at_random))
    for pushers in (2, 8):
        count = _at_once(pushers, 0, dice, options.at_once)
        told(f"{pushers} pushes at once", count)
        count = _at_once(pushers, pushers // 2, dice, options.at_once)
        told(f"{pushers} pushes at once, half of them killed", count)
    told(f"push onto a full disk ({_disk_kind()})", _full_disk())
    told("champion's folder gone", _missing(options.at_points))
    return rows, broken


def _page(rows: list[str], seconds: float) -> list[str]:
    return [
        "# Kills while models are pushed, promoted and rolled back",
        "",
        f"Made by `python benchmarks/ledger_faults.py` in {seconds:.0f} s on "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{platform.system()}, a local disk.",
        "",
        "Children are killed by SIGKILL. Meanwhile a process reads `champion.json` "
        "over and over. Broken is a trial after which, for any reader, neither the old "
        "nor the new champion serves; an event is lost; a folder that a server could "
        "take for a version is not, byte for byte, a model that was pushed; the reader "
        "saw anything but the old and then the new champion; or the next command does "
        "not heal all of it.",
        "",
        "| what, and when it was killed | trials | killed | old champion serves "
        "| new one serves | reads | broken |",
        "|---|---|---|---|---|---|---|",
        *rows,
        "",
        "A child that is to be killed at a random moment may be done before. Of pushes "
        "at once the champion is the one whose event came last, and each that became "
        "champion since may be what `champion.json` still says; every push that was "
        "not killed has a version of its own.",
    ]


def _at_point(kind: str, point: str, trials: int) -> Count:
    count = Count()
    # Each heals first, and what servers read is then looked at, too.
    nth = 2 if point.startswith("pointer.") else 1
    for trial in _trials(trials):
        action = KINDS[kind](trial)
        with polling(trial.pushed) as seen:
            code = ended(forked(action, at=point, nth=nth))
        _judge(count, trial, seen, killed=code == -signal.SIGKILL)
        count.broken += code != -signal.SIGKILL
    return count


def _at_random(kind: str, dice: random.Random, trials: int) -> Count:
    count = Count()
    longest = _longest(kind)
    for trial in _trials(trials):
        action = KINDS[kind](trial)
        with polling(trial.pushed) as seen:
            code = ended(forked(action), after=dice.uniform(0, longest))
        _judge(count, trial, seen, killed=code == -signal.SIGKILL)
    return count


def _at_once(pushers: int, killed: int, dice: random.Random, rounds: int) -> Count:
    """Pushes of several processes at the same moment, some of which are killed."""
    count = Count()
    longest = _longest("push")
    for trial in _trials(rounds):
        before = len(Ledger(trial.pushed).state().versions)
        children = [forked(trial.push()) for _ in range(pushers)]
        gone = 0
        for child in children[:killed]:
            code = ended(child, after=dice.uniform(0, longest / max(killed, 1)))
            gone += code == -signal.SIGKILL
        codes = [ended(child) for child in children[killed:]]
        versions = len(Ledger(trial.pushed).state().versions) - before
        _judge(count, trial, None, killed=False)
        count.killed += gone
        count.broken += any(codes) or versions < pushers - gone
    return count


def _full_disk() -> Count:
    """Pushes onto a disk with room for a part of what a push writes."""
    count = Count()
    size = 200_000
    for free in (0, 1, 4, 20, 60, 120, 180, 204, 208, 212, 216, 220):
        with _small_disk() as folder:
            trial = Trial(folder, size=size)
            model = trial.push()
            room = shutil.disk_usage(folder).free - free * 1024
            filler = folder / "filler"
            if _disk_kind() == "tmpfs":
                filler.write_bytes(bytes(max(room, 0)))
            with polling(trial.pushed) as seen:
                code = ended(forked(_hindered(model, free * 1024)))
            filler.unlink(missing_ok=True)
            count.broken += code not in (0, 7)
            left = [one for one in trial.pushed.glob(".staging-*") if one.is_dir()]
            count.broken += bool(left)
            _judge(count, trial, seen, killed=False)
            trial.push()()
    return count


def _hindered(action: Action, limit: int) -> Action:
    """The action, of which exit code 7 says that there was no room for it."""

    def hindered() -> None:
        if _disk_kind() != "tmpfs":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            action()
        except InfrastructureError:
            os._exit(7)

    return hindered


def _missing(trials: int) -> Count:
    """A champion whose folder somebody has removed."""
    count = Count()
    for trial in _trials(trials):
        trial.push()()
        state = Ledger(trial.pushed).state()
        shutil.rmtree(trial.pushed / str(state.champion))
        found = newest_version(str(trial.pushed))
        before = state.former[-1] if state.former else None
        count.broken += found is None or found.number != before
        heal(trial.pushed)
        after = Ledger(trial.pushed).state()
        count.broken += after.champion != before
        count.trials += 1
        count.old += after.champion == before
        trial.remember()
    return count


def _judge(count: Count, trial: Trial, seen: Seen | None, *, killed: bool) -> None:
    count.trials += 1
    count.killed += killed
    count.reads += 0 if seen is None else seen.reads
    try:
        new = trial.demand(seen)
        trial.demand_healed()
    except Exception as error:
        count.broken += 1
        print(f"BROKEN: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    else:
        count.new += new
        count.old += not new
    trial.remember()


def _trials(number: int) -> Iterator[Trial]:
    """So many trials, of which some follow upon each other in one destination."""
    for start in range(0, number, _PER_FOLDER):
        with tempfile.TemporaryDirectory(prefix="tidegate-faults-") as folder:
            trial = Trial(Path(folder))
            for _ in range(min(_PER_FOLDER, number - start)):
                yield trial


def _longest(kind: str) -> float:
    """Seconds that one takes, but for the last of them."""
    with tempfile.TemporaryDirectory(prefix="tidegate-faults-") as folder:
        trial = Trial(Path(folder))
        action = KINDS[kind](trial)
        started = time.monotonic()
        ended(forked(action))
        return 0.9 * (time.monotonic() - started)


def _disk_kind() -> str:
    return "tmpfs" if os.geteuid() == 0 and shutil.which("mount") else "RLIMIT_FSIZE"


@contextmanager
def _small_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tidegate-faults-") as folder:
        if _disk_kind() != "tmpfs":
            yield Path(folder)
            return
        size = ["-o", "size=4m", "tmpfs", folder]
        subprocess.run(["mount", "-t", "tmpfs", *size], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


if __name__ == "__main__":
    main()
