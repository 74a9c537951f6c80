"""Times whole processes: seconds, CPU and peak memory, of two peers in turn."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One process, from its start to its end.

    Attributes:
        seconds: Wall-clock time.
        cpu: Processor time of the process and its children, in seconds.
        peak: Largest resident size of the process, in MB.
        code: Exit code.
    """

    seconds: float
    cpu: float
    peak: float
    code: int


def run(command: Sequence[str], *, expected: int = 0) -> Run:
    """Runs a command to its end.

    Raises:
        RuntimeError: It ended with another exit code; says the end of its output.
    """
    with tempfile.TemporaryFile() as log:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        code = process.returncode = os.waitstatus_to_exitcode(status)
        if code != expected:
            log.seek(0)
            told = log.read().decode("utf-8", "replace")[-2000:]
            raise RuntimeError(f"{' '.join(command)} ended with {code}:\n{told}")
    cpu = usage.ru_utime + usage.ru_stime
    return Run(seconds, cpu, usage.ru_maxrss / 1024, code)


def in_turn(peers: dict[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    """The runs of each peer, one after the other in every round."""
    found: dict[str, list[Run]] = {name: [] for name in peers}
    for number in range(1, rounds + 1):
        for name, once in peers.items():
            done = once()
            found[name].append(done)
            print(
                f"round {number}: {name} {done.seconds:.1f} s, "
                f"{done.peak:,.0f} MB, load {os.getloadavg()[0]:.1f}",
                file=sys.stderr,
                flush=True,
            )
    return found


def median(runs: Sequence[Run]) -> float:
    """The median of their seconds."""
    return statistics.median(one.seconds for one in runs)


def spread(runs: Sequence[Run]) -> str:
    """`1.7 (1.6–1.9)`: median, smallest and largest of their seconds."""
    held = [one.seconds for one in runs]
    return f"{median(runs):.1f} ({min(held):.1f}–{max(held):.1f})"


def peak(runs: Sequence[Run]) -> str:
    """The largest peak, in MB."""
    return f"{max(one.peak for one in runs):,.0f}"


def machine() -> str:
    """Processor count, memory, Python and the versions that matter."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    packages = ("tfx", "tensorflow-data-validation", "apache-beam", "pyarrow", "duckdb")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    return (
        f"{os.cpu_count()} cores, {pages / 1e9:.0f} GB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, {versions}"
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(path: Path, text: str) -> None:
    """Writes a result where it is committed, and prints it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(text)
