"""Mutants of honest seeds, given to a reader until the time is up.

A reader must take each or refuse it as a `TidegateError`; anything else that it
raises ends the run with the seed's number, by which it is made again. With
atheris installed, `--atheris` lets the coverage choose the mutants.
"""

from __future__ import annotations

import argparse
import atexit
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "components"))

from tidegate.errors import TidegateError

Read = Callable[[bytes], object]
_MOST_CHANGES = 6


def mutant(seeds: Sequence[bytes], number: int) -> bytes:
    """The mutant with this number: always the same bytes."""
    chance = random.Random(number)
    content = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, _MOST_CHANGES)):
        _change(content, chance, seeds)
    return bytes(content)


def run(read: Read, seeds: Sequence[bytes]) -> None:
    """Runs a fuzz target as its command line says."""
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--start", type=int, default=0, help="the first number")
    options.add_argument("--atheris", action="store_true", help="guided by coverage")
    chosen = options.parse_args()
    if chosen.atheris:
        _run_atheris(read)
    _run_mutants(read, seeds, chosen.start, chosen.seconds)


def scratch() -> Path:
    """A folder for the mutants of this run, gone with it."""
    folder = tempfile.mkdtemp(prefix="fuzz-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def taken(read: Read, content: bytes) -> bool:
    """True if the reader takes the bytes, False if it refuses them."""
    try:
        read(content)
    except TidegateError:
        return False
    return True


def _run_mutants(
    read: Read, seeds: Sequence[bytes], start: int, seconds: float
) -> None:
    for seed in seeds:
        if not taken(read, seed):
            raise SystemExit("a seed is refused, so its mutants would show nothing")
    end, number, took = time.monotonic() + seconds, start, 0
    while time.monotonic() < end:
        try:
            took += taken(read, mutant(seeds, number))
        except BaseException:
            print(f"mutant {number} escaped: --start {number}", file=sys.stderr)
            raise
        number += 1
    print(f"{number - start:,} mutants, {took:,} taken, the others refused")


def _run_atheris(read: Read) -> None:
    import atheris

    atheris.Setup(sys.argv[:1], lambda content: taken(read, content))
    atheris.Fuzz()


def _change(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    place = chance.randrange(len(content) + 1)
    kind = chance.randrange(7)
    if kind == 0 and content:
        content[place % len(content)] ^= 1 << chance.randrange(8)
    elif kind == 1 and content:
        content[place % len(content)] = chance.choice(b'\0\xff\x7f\x80",\n\r{}[]:&*')
    elif kind == 2:
        del content[place : place + chance.randint(1, 20)]
    elif kind == 3:
        content[place:place] = chance.randbytes(chance.randint(1, 8))
    elif kind == 4:
        content[place:place] = content[place : place + chance.randint(1, 40)]
    elif kind == 5:
        del content[place:]
    else:
        other = chance.choice(seeds)
        start = chance.randrange(len(other) + 1)
        content[place:] = other[start:]
