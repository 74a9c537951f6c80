"""The two TFX stacks: what each needs, and every difference between them.

A difference is one function here, with its reason, so that no other module asks
for a version. Only the standard library, and Python 3.8: set-up reads this file
with whatever Python a machine has, before anything is installed.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from typing import List, Optional, Tuple

Version = Tuple[int, ...]
PythonVersion = Tuple[int, int]
Maybe = Optional[Version]
Reasons = List[str]


@dataclass(frozen=True)
class Stack:
    """One set of versions that work together.

    Attributes:
        name: As in `make test-stack STACK=` and in the names of the locks.
        tfx: Version of TFX.
        pythons: Python versions with wheels, the preferred one first.
        glibc: Oldest GNU C library that its wheels run on.
        macos: True where Apple silicon has wheels too.
    """

    name: str
    tfx: str
    pythons: tuple[PythonVersion, ...]
    glibc: Version
    macos: bool

    @property
    def lock(self) -> str:
        """Name of its lock in requirements/."""
        return f"{self.name}.lock"


@dataclass(frozen=True)
class Machine:
    """What decides which stack can run: system, processor and C library.

    Attributes:
        system: "Linux", "Darwin" …
        processor: "x86_64", "arm64" …
        glibc: Version of the GNU C library; None where there is none.
    """

    system: str
    processor: str
    glibc: Maybe = None

    def __str__(self) -> str:
        library = f", glibc {dotted(self.glibc)}" if self.glibc else ""
        return f"{self.system} on {self.processor}{library}"


# TFDV 1.21 uses symbols of glibc 2.38, but its wheels are tagged
# manylinux_2_39, and pip goes by the tag: 2.38 itself is refused.
TFX_121 = Stack(
    name="tfx-1.21",
    tfx="1.21.0",
    pythons=((3, 13), (3, 12), (3, 11)),
    glibc=(2, 39),
    macos=True,
)
TFX_116 = Stack(
    name="tfx-1.16", tfx="1.16.0", pythons=((3, 10),), glibc=(2, 17), macos=False
)
STACKS = (TFX_121, TFX_116)
"""Newest first: set-up takes the first that a machine can run."""


def by_name(name: str) -> Stack | None:
    """The stack called `name`, None if there is none."""
    return next((stack for stack in STACKS if stack.name == name), None)


def for_python(version: PythonVersion) -> Stack | None:
    """The stack that runs on this Python, None if neither does."""
    return next((stack for stack in STACKS if version in stack.pythons), None)


def current() -> Stack | None:
    """The stack of this environment: by TFX where installed, else by Python."""
    try:
        installed = metadata.version("tfx")
    except metadata.PackageNotFoundError:
        return for_python(sys.version_info[:2])
    series = installed.split(".")[:2]
    return next((s for s in STACKS if s.tfx.split(".")[:2] == series), None)


def this_machine() -> Machine:
    """The machine that this process runs on."""
    kind, version = platform.libc_ver()
    glibc = parsed(version) if kind == "glibc" else None
    return Machine(platform.system(), platform.machine(), glibc)


def obstacles(stack: Stack, machine: Machine) -> Reasons:
    """Why `machine` cannot run `stack`, in words; empty where it can."""
    if machine.system == "Darwin":
        if stack.macos and machine.processor == "arm64":
            return []
        return [f"{stack.name} has no wheels for macOS on {machine.processor}"]
    if machine.system != "Linux" or machine.processor != "x86_64":
        return [f"{stack.name} has no wheels for {machine}"]
    if machine.glibc is None:
        return [f"{stack.name} needs the GNU C library; this system has another"]
    if machine.glibc < stack.glibc:
        needs, has = dotted(stack.glibc), dotted(machine.glibc)
        return [f"{stack.name} needs glibc {needs} or newer; this machine has {has}"]
    return []


def parsed(version: str) -> Version:
    """The leading numbers of a version: "2.39-0ubuntu8" gives (2, 39)."""
    numbers = []
    for part in version.replace("-", ".").split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def dotted(version: Version) -> str:
    """The version as people write it."""
    return ".".join(str(number) for number in version)


def arrow_needs_hotfix() -> bool:
    """True where reading Parquet or IPC can run code out of the file.

    TFX 1.16 holds pyarrow at 10; the hole was closed in 14.0.1.
    """
    try:
        return parsed(metadata.version("pyarrow")) < (14, 0, 1)
    except metadata.PackageNotFoundError:
        return False


def messages_come_from_a_factory() -> bool:
    """True where protobuf has no `GetMessageClass` yet: before 4.22.

    TFX 1.16 holds protobuf at 3.20; the factory is gone from 5 on.
    """
    try:
        return parsed(metadata.version("protobuf")) < (4, 22)
    except metadata.PackageNotFoundError:
        return False
