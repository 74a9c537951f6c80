"""What a machine and its environment have and lack, each with a fix.

Versions are read from the metadata of installed packages: nothing is imported,
so that the answer comes at once, and comes even where TensorFlow would crash.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from tidegate import stack

GIBIBYTE = 2**30
# The flights pipeline peaks near 3 GiB; an environment takes 3 and runs the rest.
MEMORY = 4 * GIBIBYTE
DISK = 6 * GIBIBYTE
REINSTALL = "make setup, or: python -m pip install --force-reinstall tidegate"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What was looked at.
        ok: True where it is as it must be.
        found: What is there, in words.
        fix: What to do where it is not; None where nothing is to do.
        needed: False where work goes on without it.
    """

    name: str
    ok: bool
    found: str
    fix: str | None = None
    needed: bool = True

    def as_dict(self) -> dict[str, object]:
        """The check for `--json`."""
        return asdict(self)


def examine() -> list[Check]:
    """Every check of this machine and environment, in reading order."""
    return [check for look in LOOKS for check in look()]


def healthy(checks: list[Check]) -> bool:
    """True if nothing that is needed is missing."""
    return all(check.ok for check in checks if check.needed)


def python() -> Iterator[Check]:
    """Whether TFX runs on this Python."""
    version = sys.version_info[:2]
    fits = stack.for_python(version) is not None
    found = f"{platform.python_version()} at {sys.executable}"
    yield Check("python", fits, found, None if fits else "use Python 3.10 to 3.13")


def machine() -> Iterator[Check]:
    """Whether the stack of this Python has wheels that run here."""
    here = stack.this_machine()
    wanted = stack.for_python(sys.version_info[:2]) or stack.STACKS[-1]
    obstacles = stack.obstacles(wanted, here)
    fix = f"{obstacles[0]}: use Python 3.10, or a newer system" if obstacles else None
    yield Check("machine", not obstacles, str(here), fix)


def versions() -> Iterator[Check]:
    """The stack, and each pinned package against its pin."""
    name = stack.current()
    yield Check(
        "stack",
        name is not None,
        name.name if name else "unknown TFX",
        None if name else REINSTALL,
    )
    try:
        declared = metadata.requires("tidegate") or []
    except metadata.PackageNotFoundError:
        yield Check("tidegate", False, "not installed", "python -m pip install .")
        return
    for line in declared:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield package(requirement)


def package(requirement: Requirement) -> Check:
    """Whether a package is there at a version that setup.py allows."""
    wanted = str(requirement.specifier)
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        fix = f"python -m pip install '{requirement.name}{wanted}'"
        return Check(requirement.name, False, "missing", fix)
    if requirement.specifier.contains(version, prereleases=True):
        return Check(requirement.name, True, version)
    fix = f"python -m pip install '{requirement.name}{wanted}'"
    return Check(requirement.name, False, f"{version}, not {wanted}", fix)


def user_code() -> Iterator[Check]:
    """Whether TFX can build wheels of user code: it runs `python -m pip`."""
    there = importlib.util.find_spec("pip") is not None
    fix = None if there else "python -m ensurepip, or: uv pip install pip"
    found = "there" if there else "missing: TFX cannot ship user code"
    yield Check("pip for user code", there, found, fix)


def compiler() -> Iterator[Check]:
    """Whether pyfarmhash could be built again; only set-up asks for it."""
    path = next(filter(None, map(shutil.which, ("g++", "c++", "clang++"))), None)
    fix = None if path else "apt-get install g++, dnf install gcc-c++ or Xcode's tools"
    yield Check("C++ compiler", bool(path), path or "missing", fix, needed=False)


def memory() -> Iterator[Check]:
    """Whether a pipeline fits into memory."""
    available = available_memory()
    if available is None:
        return
    enough = available >= MEMORY
    fix = None if enough else "close other programs, or run on fewer rows"
    yield Check("memory", enough, f"{size(available)} available", fix, needed=False)


def disk() -> Iterator[Check]:
    """Whether runs fit on the disk of this folder."""
    free = shutil.disk_usage(Path.cwd()).free
    enough = free >= DISK
    fix = None if enough else "free some space, or run from another disk"
    yield Check("disk", enough, f"{size(free)} free here", fix, needed=False)


def beam_runner() -> Iterator[Check]:
    """Which Beam runner a laptop run uses: one that reaches nothing outside.

    Beam's DirectRunner may try Prism first, a binary that it fetches.
    """
    try:
        version = metadata.version("apache-beam")
    except metadata.PackageNotFoundError:
        return
    yield Check("Beam runner", True, f"FnApiRunner of Beam {version}, in process")


def temporary_folder() -> Iterator[Check]:
    """Whether temporary files can be written: Beam and TFX write many."""
    folder = os.environ.get("TMPDIR", "/tmp")
    there = os.access(folder, os.W_OK)
    fix = None if there else "set TMPDIR to a folder that can be written"
    found = folder if there else f"{folder} cannot be written"
    yield Check("temporary folder", there, found, fix)


def available_memory(meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Bytes of memory that a new program can have; None where unknown."""
    try:
        text = meminfo.read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found.group(1)) * 1024 if found else None


def size(count: int) -> str:
    """Bytes in the unit that people read: "3.5 GiB"."""
    return f"{count / GIBIBYTE:.1f} GiB"


LOOKS: tuple[Callable[[], Iterator[Check]], ...] = (
    python,
    machine,
    versions,
    user_code,
    compiler,
    beam_runner,
    memory,
    disk,
    temporary_folder,
)
