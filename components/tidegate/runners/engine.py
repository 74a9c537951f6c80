"""Which engine suits the data and this machine, and why.

The columnar engine works in one process with bounded memory: its limits are
the disk, which holds the examples several times over, and a person's patience.
Beam has neither on a cluster, but costs many times more for each row.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tidegate.config import PipelineConfig
from tidegate.errors import TidegateError

Engine = Literal["columnar", "beam"]

# Text that a byte on disk stands for, by the end of a file's name.
_PACKED = ((".gz", 6.0), (".bz2", 8.0), (".parquet", 6.0), (".parq", 6.0), (".pq", 6.0))
# Flights take 1.4, in examples, transformed ones and their twins; models come on top.
DISK_A_BYTE = 4.0
# Flights go through at 1.2 million on two cores, training left out.
BYTES_A_SECOND_AND_CORE = 1_000_000
LEAST_MEMORY = 2 * 2**30
MOST_HOURS = 8.0


@dataclass(frozen=True)
class Machine:
    """What the choice depends on.

    Attributes:
        cores: Processors that this process may use.
        memory: Bytes of memory that are free, None where that is not known.
        disk: Bytes of disk that are free where the run writes.
    """

    cores: int
    memory: int | None
    disk: int


@dataclass(frozen=True)
class Choice:
    """An engine and the reason for it, for people."""

    engine: Engine
    reason: str


def choose(config: PipelineConfig) -> Choice:
    """The engine of a run: the one that was asked for, else the one that fits.

    Raises:
        UsageError: The data are not there.
    """
    if config.engine != "auto":
        return Choice(config.engine, "asked for")
    try:
        files = config.files()
    except TidegateError:
        raise
    except OSError:
        files = None
    if files is None:
        return Choice("columnar", "the size of the data is not known here")
    return fitting(text_bytes(files), this_machine(config.root))


def fitting(size: int, machine: Machine) -> Choice:
    """The engine for `size` bytes of text on a machine."""
    hours = size / (BYTES_A_SECOND_AND_CORE * machine.cores) / 3600
    disk = int(size * DISK_A_BYTE)
    if machine.memory is not None and machine.memory < LEAST_MEMORY:
        needs = f"{shown(LEAST_MEMORY)} of memory, {shown(machine.memory)} are free"
        return Choice("beam", f"the columnar engine needs {needs}")
    if disk > machine.disk:
        needs = f"about {shown(disk)} of disk, {shown(machine.disk)} are free"
        return Choice("beam", f"the columnar engine needs {needs}")
    if hours > MOST_HOURS:
        takes = f"about {hours:,.0f} hours on {machine.cores} cores"
        return Choice("beam", f"the columnar engine would take {takes}")
    return Choice("columnar", f"{shown(size)} of data fit this machine")


def text_bytes(files: Sequence[Path]) -> int:
    """About how many bytes the files would be as plain CSV."""
    total = 0.0
    for path in files:
        factor = next((f for end, f in _PACKED if path.name.lower().endswith(end)), 1.0)
        total += path.stat().st_size * factor
    return int(total)


def this_machine(folder: Path) -> Machine:
    """What this machine has free, with the disk of `folder`."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    return Machine(
        cores=cores or os.cpu_count() or 1,
        memory=_free_memory(),
        disk=shutil.disk_usage(there).free,
    )


def shown(size: int) -> str:
    """A size for people, such as `35 MB`."""
    for unit, one in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if size >= one:
            return f"{size / one:,.0f} {unit}"
    return f"{size / 1000:,.0f} kB"


def _free_memory() -> int | None:
    """What Linux says can be had without swapping; None on other systems."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    kilobytes = next(found, None)
    return int(kilobytes) * 1024 if kilobytes else None
