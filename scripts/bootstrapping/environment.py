"""Makes the virtual environment of a stack: whole and stamped, or not at all.

The stamp is written last. A folder without one was cut short and is made anew,
so set-up may be killed at any moment. A file lock lets one set-up work at a time.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bootstrapping import toolchain
from bootstrapping.choice import Choice
from bootstrapping.console import BROKEN, Progress, SetUpError
from bootstrapping.metadata import digest
from tidegate.stack import Stack

STAMP = "tidegate-stamp.json"
# What builds the few packages that come as sources; installed before them, from
# the lock, so that nothing without a hash takes part in a build.
BUILDERS = ("pip", "setuptools", "wheel", "packaging")
_BLOCK = re.compile(r"^([a-z0-9][a-z0-9._-]*)==.*(?:\n {4}.*)*\n", re.MULTILINE)


class Environments:
    """The environments of one checkout, a folder each stack.

    Args:
        root: The checkout.
        home: Where the environments lie.
    """

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        self.home = home

    def python(self, stack: Stack) -> Path:
        """The Python of the stack's environment, there or not."""
        return self.home / stack.name / "bin" / "python"

    def ready(self, stack: Stack) -> bool:
        """True if the environment is whole and of today's lock and metadata."""
        return self._stamp(stack) == self._stamps(stack) and self._runs(stack)

    def make(self, choice: Choice, variables: Mapping[str, str]) -> Path:
        """Makes or completes the environment; returns its Python."""
        stack = choice.stack
        stamps, old = self._stamps(stack), self._stamp(stack)
        uv = toolchain.uv(self.root, self.home, variables)
        settings = toolchain.for_uv(variables, self.home)
        if old.get("packages") != stamps["packages"] or not self._runs(stack):
            self._install(choice, uv, settings)
        command = [uv, "pip", "install", "--quiet", "--offline", "--no-deps"]
        command += ["--no-build-isolation", "--python", str(self.python(stack))]
        self._run([*command, "--editable", str(self.root)], settings)
        self._write_stamp(stack, stamps)
        return self.python(stack)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Waits until no other set-up works on these environments."""
        self.home.mkdir(parents=True, exist_ok=True)
        with open(self.home / "lock", "w", encoding="utf-8") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                print("… another set-up is at work; waiting", file=sys.stderr)
                fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def _install(self, choice: Choice, uv: str, settings: Mapping[str, str]) -> None:
        stack = choice.stack
        folder = self.home / stack.name
        lock = self.root / "requirements" / stack.lock
        text = lock.read_text(encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        base = choice.python.path if choice.python else toolchain.managed(uv, stack)
        self._run([uv, "venv", "--quiet", "--python", base, str(folder)], settings)
        into = [uv, "pip", "install", "--require-hashes", "--no-deps"]
        # As pip does: without bytecode, importing TFX takes 25 s instead of 9.
        into.append("--compile-bytecode")
        into += ["--python", str(self.python(stack)), "--no-build-isolation"]
        into += [] if sys.stderr.isatty() else ["--quiet"]
        count = len(_BLOCK.findall(text))
        usual = "2 to 8 minutes the first time, 3 GB; then under one"
        with Progress(f"{stack.name}: {count} locked packages", usual):
            with tempfile.NamedTemporaryFile("w", suffix=".txt") as builders:
                builders.write(only(text, BUILDERS))
                builders.flush()
                self._run([*into, "-r", builders.name], settings)
            self._run([*into, "-r", str(lock)], settings)

    def _run(self, command: list[str], settings: Mapping[str, str]) -> None:
        try:
            subprocess.run(command, env=dict(settings), cwd=self.root, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SetUpError(
                "a step of set-up failed; its own words are above",
                (
                    f"step: {' '.join(command[:3])} …",
                    "fix: if the package index could not be reached, try again: what"
                    " was downloaded is kept",
                ),
            ) from error

    def _stamps(self, stack: Stack) -> dict[str, str]:
        lock = self.root / "requirements" / stack.lock
        if not lock.exists():
            raise SetUpError(f"{lock} is missing", ("fix: make lock",), BROKEN)
        project = [self.root / "setup.py", self.root / "pyproject.toml"]
        return {
            "packages": digest(stack.name, packages(lock.read_text(encoding="utf-8"))),
            "project": digest(
                str(self.root), *(path.read_text(encoding="utf-8") for path in project)
            ),
        }

    def _stamp(self, stack: Stack) -> dict[str, str]:
        try:
            text = (self.home / stack.name / STAMP).read_text(encoding="utf-8")
            return dict(json.loads(text))
        except (OSError, ValueError):
            return {}

    def _write_stamp(self, stack: Stack, stamps: dict[str, str]) -> None:
        path = self.home / stack.name / STAMP
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(stamps), encoding="utf-8")
        os.replace(temporary, path)

    def _runs(self, stack: Stack) -> bool:
        # A Python that was removed or moved leaves a link to nowhere.
        return self.python(stack).exists()


def packages(lock: str) -> str:
    """The lock without its comments, which change nothing that is installed."""
    return "".join(match.group(0) for match in _BLOCK.finditer(lock))


def only(lock: str, names: tuple[str, ...]) -> str:
    """The part of a lock that holds these packages, hashes and all."""
    return "".join(m.group(0) for m in _BLOCK.finditer(lock) if m.group(1) in names)
