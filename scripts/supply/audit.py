"""The audit of every lock against the known advisories: `make audit`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from supply import advisories, findings, locks, reasons
from supply.findings import Finding
from supply.locks import Pin
from tidegate.errors import ExitCode, InfrastructureError

Ask = Callable[[list[Pin]], Mapping[str, Any]]


@dataclass(frozen=True)
class Audit:
    """What an audit says.

    Attributes:
        pins: How many versions each lock holds.
        new: Findings that no entry covers, with who holds the version back.
        known: Findings that a reviewed entry covers, with the entry's identifier.
        faults: What is wrong with the entries themselves.
    """

    pins: Mapping[str, int]
    new: tuple[tuple[Finding, str], ...]
    known: tuple[tuple[Finding, str], ...]
    faults: tuple[str, ...]

    @property
    def exit_code(self) -> ExitCode:
        """A bad file of reviews comes before what it was to judge."""
        if self.faults:
            return ExitCode.USAGE
        return ExitCode.TESTS_FAILED if self.new else ExitCode.OK

    def as_json(self) -> str:
        """The audit for machines."""
        return json.dumps(
            {
                "pins": dict(self.pins),
                "new": [
                    {**asdict(each), "held_back_by": why} for each, why in self.new
                ],
                "known": [{**asdict(each), "entry": id} for each, id in self.known],
                "faults": list(self.faults),
                "exit_code": int(self.exit_code),
            },
            indent=2,
        )


def audit(root: Path, home: Path, today: date, ask: Ask) -> Audit:
    """Judges what the service says of every pin by the reviewed advisories.

    Args:
        root: The checkout.
        home: Folder of the environments, which tell who holds a version back.
        today: The day by which reviews are judged.
        ask: Gives pip-audit's JSON for pins.

    Raises:
        UsageError: The file of reviewed advisories cannot be read.
        InfrastructureError: The service gave no whole answer.
    """
    reviewed = advisories.read(root / advisories.PATH)
    locked = locks.read(root)
    stated = advisories.stated(reviewed, locked)
    try:
        found = findings.findings(
            ask([pin for pinned in locked.values() for pin in pinned]), locked
        )
    except findings.Incomplete as error:
        raise InfrastructureError(
            "the audit did not speak of every locked version",
            got=str(error),
            fix="see whether pip-audit can read these lines of the locks",
        ) from None
    told = {(each.lock, each.package, one) for each in found for one in each.ids}
    found += tuple(
        each for each in stated if (each.lock, each.package, each.id) not in told
    )
    faults = (
        *advisories.faults(reviewed, root, today),
        *advisories.stale(reviewed, found),
    )
    covered = [(each, _covering(each, reviewed.advisories)) for each in found]
    return Audit(
        {name: len(pinned) for name, pinned in locked.items()},
        tuple((each, _why(each, home)) for each, entry in covered if entry is None),
        tuple((each, entry.id) for each, entry in covered if entry is not None),
        faults,
    )


def _why(finding: Finding, home: Path) -> str:
    return reasons.why(finding, reasons.installed(home, finding.lock))


def _covering(
    finding: Finding, entries: Sequence[advisories.Entry]
) -> advisories.Entry | None:
    return next((entry for entry in entries if entry.covers(finding)), None)


def report(audit: Audit) -> str:
    """The audit for people: what is new first, each with what to do."""
    lines = [line for found, why in audit.new for line in _told(found, why)]
    for fault in audit.faults:
        lines.append(f"✗ {advisories.PATH}: {fault}")
    pins = ", ".join(f"{name} {count}" for name, count in audit.pins.items())
    sign = "✓" if audit.exit_code is ExitCode.OK else "✗"
    ids = len({entry for _, entry in audit.known})
    lines.append(
        f"{sign} {len(audit.new)} new advisories, {ids} reviewed ones,"
        f" {len(audit.faults)} faults in the reviews · pins: {pins}"
    )
    return "\n".join(lines)


def _told(found: Finding, why: str) -> list[str]:
    if found.fixed:
        fix = (
            f"make lock UPGRADE=1 where nothing forbids {found.fixed[-1]}; else review"
            f" it and add an entry to {advisories.PATH}"
        )
    else:
        fix = f"there is no fixed version: review it, add an entry to {advisories.PATH}"
    return [
        f"✗ {found.lock}: {found.package} {found.version} has {found.id}"
        f" (fixed in {', '.join(found.fixed) or 'no version'})",
        f"  also      {', '.join(found.ids[1:]) or '–'}",
        f"  what      {found.about or '–'}",
        f"  held by   {why}",
        f"  fix       {fix}",
    ]
