"""What an audit found: an advisory, in a package, in a lock. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name

from supply.locks import Pin


@dataclass(frozen=True, order=True)
class Finding:
    """One advisory against one locked version.

    Attributes:
        lock: Lock that pins the version.
        package: Normalised name.
        version: Locked version.
        ids: All identifiers of the advisory, the best known kind first.
        fixed: Versions that no longer have it, oldest first.
        about: What it is, in the words of the advisory, one line.
    """

    lock: str
    package: str
    version: str
    ids: tuple[str, ...]
    fixed: tuple[str, ...] = ()
    about: str = ""

    @property
    def id(self) -> str:
        """The identifier to write into the file of reviewed advisories."""
        return self.ids[0]


class Incomplete(Exception):
    """The audit's answer does not speak of every pin."""


def findings(
    answer: Mapping[str, Any], locked: Mapping[str, Sequence[Pin]]
) -> tuple[Finding, ...]:
    """The findings of pip-audit's JSON, for each lock that has the version.

    Records of one advisory in several databases, which name each other as aliases,
    are one finding.

    Raises:
        Incomplete: A pin was passed over: nothing is known of it.
    """
    asked = {(pin.name, pin.version) for pinned in locked.values() for pin in pinned}
    answered = {
        (str(canonicalize_name(each["name"])), str(each.get("version", ""))): each
        for each in answer["dependencies"]
        if "skip_reason" not in each
    }
    missing = sorted(asked - set(answered))
    if missing:
        names = ", ".join(f"{name} {version}" for name, version in missing[:5])
        raise Incomplete(f"{len(missing)} pins were passed over: {names}")
    return tuple(
        sorted(
            Finding(lock, pin.name, pin.version, *_record(group))
            for lock, pinned in locked.items()
            for pin in sorted(set(pinned))
            for group in _advisories(answered[pin.name, pin.version].get("vulns", ()))
        )
    )


def _advisories(
    records: Iterable[Mapping[str, Any]],
) -> Iterator[list[Mapping[str, Any]]]:
    left = list(records)
    while left:
        group, ids = [left.pop(0)], set[str]()
        while True:
            ids.update(one for record in group for one in _ids(record))
            more = [record for record in left if not ids.isdisjoint(_ids(record))]
            if not more:
                break
            group += more
            left = [record for record in left if record not in more]
        yield group


def _ids(record: Mapping[str, Any]) -> tuple[str, ...]:
    return (record["id"], *record.get("aliases", ()))


def _record(
    group: list[Mapping[str, Any]],
) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    ids = sorted({one for record in group for one in _ids(record)}, key=_rank)
    fixed = next((tuple(one["fix_versions"]) for one in group if _fixes(one)), ())
    words = next((record.get("description") or "" for record in group), "")
    return tuple(ids), fixed, " ".join(words.split())[:160]


def _fixes(record: Mapping[str, Any]) -> bool:
    return bool(record.get("fix_versions"))


def _rank(one: str) -> tuple[int, str]:
    kinds = ("CVE-", "GHSA-", "PYSEC-")
    return next((at for at, kind in enumerate(kinds) if one.startswith(kind)), 9), one
