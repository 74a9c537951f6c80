"""What a lock pins: names, versions, hashes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

LOCKS = ("image", "tfx-1.21", "tfx-1.16", "tools", "security")
"""Every lock of the product and of what builds it, the most exposed one first."""

_BLOCK = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^\s;\\]+)(?P<rest>.*(?:\n {4}.*)*)",
    re.MULTILINE,
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, order=True)
class Pin:
    """One package at one version, as locked.

    Attributes:
        name: Normalised name.
        version: Exact version.
        hashes: SHA-256 of every file that may be installed.
    """

    name: str
    version: str
    hashes: tuple[str, ...] = ()

    def line(self) -> str:
        """The pin as a requirement with its hashes and without a marker."""
        hashes = "".join(f" \\\n    --hash=sha256:{each}" for each in self.hashes)
        return f"{self.name}=={self.version}{hashes}\n"


def pins(text: str) -> tuple[Pin, ...]:
    """Every pin of a lock, whatever Python or machine its marker asks for."""
    return tuple(
        Pin(
            canonicalize_name(found["name"]),
            found["version"],
            tuple(_HASH.findall(found["rest"])),
        )
        for found in _BLOCK.finditer(text)
    )


def read(root: Path, names: Iterable[str] = LOCKS) -> dict[str, tuple[Pin, ...]]:
    """The pins of every lock in requirements/, by its name."""
    folder = root / "requirements"
    return {
        name: pins((folder / f"{name}.lock").read_text(encoding="utf-8"))
        for name in names
    }


def rounds(wanted: Iterable[Pin]) -> Iterator[tuple[Pin, ...]]:
    """The pins in as few groups as it takes to have each name once in a group.

    A requirements file that names a package twice is refused; locks of several
    stacks and Pythons do name some twice.
    """
    left = sorted({(pin.name, pin.version): pin for pin in wanted}.values())
    while left:
        group = {pin.name: pin for pin in reversed(left)}
        yield tuple(sorted(group.values()))
        left = [pin for pin in left if group[pin.name] is not pin]
