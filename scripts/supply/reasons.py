"""Who holds a locked version back: read from what is installed of that lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from supply.findings import Finding

MOST = 4
# The image's lock is the part of that stack that a cluster needs.
ENVIRONMENTS = {
    "image": "tfx-1.21",
    "tfx-1.21": "tfx-1.21",
    "tfx-1.16": "tfx-1.16",
    "tools": "tools",
    "security": "security",
}


def installed(home: Path, lock: str) -> tuple[Distribution, ...]:
    """What the environment of a lock has installed; nothing where it is not made."""
    folders = (home / ENVIRONMENTS[lock]).glob("lib/python3.*/site-packages")
    return tuple(distributions(path=[str(folder) for folder in folders]))


def why(finding: Finding, environment: Iterable[Distribution]) -> str:
    """Which requirements forbid a fixed version, in one line."""
    asking = sorted(set(_asking(finding.package, environment)))
    if not asking:
        return "not known here: nothing of this lock that asks for it is installed"
    holding = [
        f"{who} asks for {line}"
        for who, line, wants in asking
        if _forbids(wants, finding)
    ]
    if holding:
        more = f"; and {len(holding) - MOST} more" if len(holding) > MOST else ""
        return "; ".join(holding[:MOST]) + more
    names = ", ".join(sorted({who for who, *_ in asking})[:4])
    if not finding.fixed:
        return f"there is no fixed version; it is asked for by {names}"
    return f"no requirement, perhaps the lock's Python (it is asked for by {names})"


def _asking(
    package: str, environment: Iterable[Distribution]
) -> Iterator[tuple[str, str, Requirement]]:
    for distribution in environment:
        for line in distribution.requires or ():
            try:
                wants = Requirement(line)
            except InvalidRequirement:
                continue
            if canonicalize_name(wants.name) == package and "extra" not in str(
                wants.marker or ""
            ):
                who = f"{distribution.metadata['Name']} {distribution.version}"
                yield who, f"{wants.name}{wants.specifier}", wants


def _forbids(wants: Requirement, finding: Finding) -> bool:
    return bool(finding.fixed) and not any(
        wants.specifier.contains(version, prereleases=True) for version in finding.fixed
    )
