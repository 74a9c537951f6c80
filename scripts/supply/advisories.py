"""The reviewed advisories of requirements/advisories.yaml, and what is wrong there.

An entry says for one advisory why it is inherited and what contains it. It holds
for a time, and only while the advisory is really there: an entry that is past its
day, that matches nothing, or whose evidence is gone is a fault like a new advisory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from pydantic import BaseModel, ConfigDict, Field, field_validator

from supply import locks
from supply.findings import Finding
from supply.locks import Pin
from tidegate.documents import Document

PATH = Path("requirements", "advisories.yaml")
LONGEST = timedelta(days=200)
"""A review holds for half a year at most, and some days of grace to do it in."""

Sentence = Annotated[str, Field(min_length=20)]


class Entry(BaseModel):
    """One reviewed advisory.

    Attributes:
        id: Its identifier: PYSEC-…, GHSA-… or CVE-….
        aliases: Its other identifiers.
        packages: Packages that have it.
        locks: Locks in which they stand.
        affects: Versions that have it, where no database says so of the package; ""
            where the service knows.
        what: What can go wrong, in a sentence.
        inherited: Which requirement holds the version back.
        contained: The fact that keeps it from doing harm in Tidegate.
        evidence: That fact: files of the checkout, each with a text that stands in
            it.
        limit: What the containment does not cover.
        reviewed: The day of the review.
        review_by: The day from which it no longer holds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^(PYSEC|GHSA|CVE)-[\w-]+$")]
    aliases: tuple[str, ...] = ()
    packages: Annotated[tuple[str, ...], Field(min_length=1)]
    locks: Annotated[tuple[str, ...], Field(min_length=1)]
    affects: str = ""
    what: Sentence
    inherited: Sentence
    contained: Sentence
    evidence: Annotated[dict[str, str], Field(min_length=1)]
    limit: Sentence
    reviewed: date
    review_by: date

    @field_validator("packages")
    @classmethod
    def _normalised(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(canonicalize_name(name) for name in names)

    @field_validator("affects")
    @classmethod
    def _versions(cls, text: str) -> str:
        try:
            return str(SpecifierSet(text))
        except InvalidSpecifier:
            raise ValueError("say versions as in `<2.21.0`") from None

    @property
    def ids(self) -> frozenset[str]:
        """All its identifiers."""
        return frozenset((self.id, *self.aliases))

    def covers(self, finding: Finding) -> bool:
        """True if the finding is this advisory, in a package and lock named here."""
        return (
            finding.package in self.packages
            and finding.lock in self.locks
            and not self.ids.isdisjoint(finding.ids)
        )


class Reviewed(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    advisories: tuple[Entry, ...]


def read(path: Path) -> Reviewed:
    """The entries of a file.

    Raises:
        UsageError: There is no such file, or it is not of that form.
        Problems: It has several such faults.
    """
    return Document.read(path).validate(Reviewed)


def faults(reviewed: Reviewed, root: Path, today: date) -> Iterator[str]:
    """What is wrong with the entries, before anything is looked up."""
    seen: dict[str, str] = {}
    for entry in reviewed.advisories:
        for one in sorted(entry.ids):
            if one in seen:
                yield f"{entry.id}: {one} is also in the entry {seen[one]}; join them"
            seen[one] = entry.id
        yield from _of_time(entry, today)
        yield from _of_places(entry, root)


def stated(
    reviewed: Reviewed, locked: Mapping[str, Iterable[Pin]]
) -> Iterator[Finding]:
    """The findings that entries state themselves, by the versions that they name."""
    for entry in reviewed.advisories:
        versions = SpecifierSet(entry.affects)
        for lock, pinned in locked.items() if entry.affects else ():
            for pin in pinned:
                if pin.name in entry.packages and versions.contains(
                    pin.version, prereleases=True
                ):
                    yield Finding(
                        lock, pin.name, pin.version, (entry.id,), (), entry.what
                    )


def stale(reviewed: Reviewed, findings: Iterable[Finding]) -> Iterator[str]:
    """Entries, and parts of entries, that no finding bears out any more."""
    there = list(findings)
    for entry in reviewed.advisories:
        mine = [each for each in there if not entry.ids.isdisjoint(each.ids)]
        if not mine:
            yield (
                f"{entry.id}: no locked version has it any more; remove the entry"
                " (or the service does not know it: ask another by OSV_URL=…)"
            )
            continue
        for word, said, found in (
            ("lock", entry.locks, {each.lock for each in mine}),
            ("package", entry.packages, {each.package for each in mine}),
        ):
            for name in sorted(set(said) - found):
                yield f"{entry.id}: the {word} {name} no longer has it; remove the name"


def _of_time(entry: Entry, today: date) -> Iterator[str]:
    if entry.reviewed > today:
        yield f"{entry.id}: reviewed on {entry.reviewed}, which is still to come"
    if entry.review_by <= today:
        yield (
            f"{entry.id}: was to be reviewed again by {entry.review_by}; look whether"
            " it still cannot be left behind, then set both days anew"
        )
    if entry.review_by - entry.reviewed > LONGEST:
        yield (
            f"{entry.id}: review_by is more than {LONGEST.days} days after reviewed;"
            " name an earlier day"
        )


def _of_places(entry: Entry, root: Path) -> Iterator[str]:
    for name in sorted(set(entry.locks) - set(locks.LOCKS)):
        yield f"{entry.id}: there is no lock {name}; there are {', '.join(locks.LOCKS)}"
    for where, text in entry.evidence.items():
        path = (root / where).resolve()
        if not path.is_relative_to(root.resolve()) or not path.is_file():
            yield f"{entry.id}: there is no {where}; name another"
        elif text not in path.read_text(encoding="utf-8"):
            yield f"{entry.id}: {where} does not say {text!r} any more; is it so?"
