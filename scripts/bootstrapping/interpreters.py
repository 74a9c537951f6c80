"""The Python interpreters of this machine: on PATH and among pyenv's versions."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

NAMES = re.compile(r"python3(\.\d+)?")
PROBE = (
    "import sys, sysconfig, os;"
    "print(sys.version_info[0], sys.version_info[1],"
    " sys.implementation.name, sys.maxsize > 2**32,"
    " os.path.exists(os.path.join(sysconfig.get_paths()['include'], 'Python.h')),"
    # Of an environment its base: set-up may be about to make that very one anew.
    " os.path.realpath(sys.executable))"
)
SECONDS = 20


@dataclass(frozen=True)
class Interpreter:
    """A Python that runs.

    Attributes:
        path: The executable itself, not a shim.
        version: Major and minor version.
        headers: True if C extensions can be built for it.
    """

    path: str
    version: tuple[int, int]
    headers: bool


def find(environment: Mapping[str, str]) -> list[Interpreter]:
    """Every CPython on PATH or under pyenv's versions that really runs."""
    found: dict[str, Interpreter] = {}
    for path in _candidates(environment):
        interpreter = probe(path)
        if interpreter:
            found.setdefault(os.path.realpath(interpreter.path), interpreter)
    return list(found.values())


def choose(
    pythons: list[Interpreter], wanted: tuple[tuple[int, int], ...]
) -> Interpreter | None:
    """The first interpreter of the most wanted version, with headers if any has."""
    for version in wanted:
        fitting = [python for python in pythons if python.version == version]
        if fitting:
            return max(fitting, key=lambda python: python.headers)
    return None


def probe(path: str) -> Interpreter | None:
    """What the executable says of itself; None if it does not run or fit.

    A pyenv shim exists for versions that are not switched on, and fails.
    """
    try:
        done = subprocess.run(
            [path, "-I", "-c", PROBE],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    words = done.stdout.decode(errors="replace").strip().split(" ", 5)
    if len(words) != 6 or words[2] != "cpython" or words[3] != "True":
        return None
    return Interpreter(words[5], (int(words[0]), int(words[1])), words[4] == "True")


def _candidates(environment: Mapping[str, str]) -> Iterator[str]:
    for folder in environment.get("PATH", "").split(os.pathsep):
        yield from _executables(Path(folder or "."))
    home = Path(environment.get("HOME", "~")).expanduser()
    pyenv = Path(environment.get("PYENV_ROOT") or home / ".pyenv")
    for version in sorted((pyenv / "versions").glob("3.*")):
        yield str(version / "bin" / "python3")


def _executables(folder: Path) -> Iterator[str]:
    try:
        names = sorted(name for name in os.listdir(folder) if NAMES.fullmatch(name))
    except OSError:
        return
    yield from (str(folder / name) for name in names)
