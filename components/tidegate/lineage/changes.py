"""Which inputs of a run are others now: files, code, environment, settings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from tidegate.ledger.events import EnvironmentRecord, Record
from tidegate.lineage.code import changed_files
from tidegate.lineage.run_record import (
    ChampionAt,
    Code,
    InputFile,
    RunRecord,
    StoreState,
)

Kind = Literal[
    "data", "schema", "suite", "file", "store", "code", "environment", "setting",
    "champion",
]  # fmt: skip
_KINDS: Mapping[str, Kind] = {
    "data": "data",
    "schema_file": "schema",
    "suite_file": "suite",
    "suite": "suite",
    "beside suite_file": "suite",
}
_SHOWN_FILES = 6
GONE = "gone"


class Change(Record):
    """One input that is not what it was.

    Attributes:
        kind: What it is.
        name: The file, package or setting.
        then: What it was: a digest, a version, a value.
        now: What it is; "gone" where it is not there.
        matters: Whether the repeated run meets it. A setting of the config file
            does not: the one on record is used.
    """

    kind: Kind
    name: str
    then: str
    now: str
    matters: bool = True

    @property
    def text(self) -> str:
        """The change in a line."""
        return f"{self.kind} {self.name}: {self.then} → {self.now}"


def changes(then: RunRecord, now: RunRecord) -> tuple[Change, ...]:
    """What differs between what two runs start from, in the order of a pipeline.

    Args:
        then: The run.
        now: What a run with the same settings would start from.
    """
    return (
        *_of_files(then.inputs, now.inputs),
        *_of_stores(then.stores, now.stores),
        *_of_code(then.code, now.code),
        *_of_environment(then.environment, now.environment),
        *_of_champion(then.champion, now.champion),
        *_of_settings(then.settings, now.settings),
    )


def _of_files(
    then: tuple[InputFile, ...], now: tuple[InputFile, ...]
) -> Iterator[Change]:
    before = {(one.role, one.path): one for one in then}
    after = {(one.role, one.path): one for one in now}
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old is None or new is None or old.sha256 != new.sha256:
            role, path = key
            yield Change(
                kind=_KINDS.get(role, "file"), name=path, then=_file(old, "none"),
                now=_file(new, GONE),
            )  # fmt: skip


def _of_stores(
    then: tuple[StoreState, ...], now: tuple[StoreState, ...]
) -> Iterator[Change]:
    before = {one.node: one.fingerprint for one in then}
    after = {one.node: one.fingerprint for one in now}
    for node in sorted({*before} & {*after}):
        if before[node] != after[node]:
            yield Change(
                kind="store", name=f"input of {node}", then=short(before[node]),
                now=short(after[node]),
            )  # fmt: skip


def _of_code(then: Code, now: Code) -> Iterator[Change]:
    if then.digest != now.digest:
        named = changed_files(then.files, now.files)
        more = len(named) - _SHOWN_FILES
        listed = ", ".join(named[:_SHOWN_FILES]) + (f" and {more} more" * (more > 0))
        yield Change(
            kind="code", name=listed or "the pipeline's files",
            then=_code(then), now=_code(now),
        )  # fmt: skip
    if then.tidegate != now.tidegate or _differ(then.package, now.package):
        yield Change(
            kind="code", name="tidegate itself",
            then=f"{then.tidegate} ({short(then.package)})",
            now=f"{now.tidegate} ({short(now.package)})",
        )  # fmt: skip


def _of_environment(
    then: EnvironmentRecord, now: EnvironmentRecord
) -> Iterator[Change]:
    before = {"python": then.python, "platform": then.platform, **then.packages}
    after = {"python": now.python, "platform": now.platform, **now.packages}
    if then.image and now.image:
        before["image"], after["image"] = then.image, now.image
    yield from (
        Change(kind="environment", name=name, then=old, now=new)
        for name, old, new in _pairs(before, after)
    )


def _of_champion(then: ChampionAt | None, now: ChampionAt | None) -> Iterator[Change]:
    if then is None and now is None:
        return
    same = then is not None and now is not None and then.digest == now.digest
    if not same or then is None or then.digest is None:
        yield Change(
            kind="champion", name="the model to compare with",
            then=_champion(then), now=_champion(now),
        )  # fmt: skip


def _of_settings(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for name, old, new in _pairs(flat(then), flat(now)):
        yield Change(kind="setting", name=name, then=old, now=new, matters=False)


def flat(settings: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Settings by their dotted names, as text."""
    found: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            found |= flat(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = str(value)
    return found


def short(digest: str | None) -> str:
    """A digest as people compare it."""
    return "unknown" if digest is None else digest[:12]


def _pairs(
    before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    for name in sorted({*before, *after}):
        old, new = before.get(name, "none"), after.get(name, GONE)
        if old != new:
            yield name, old, new


def _differ(then: str | None, now: str | None) -> bool:
    return then is not None and now is not None and then != now


def _file(file: InputFile | None, missing: str) -> str:
    return missing if file is None else f"{short(file.sha256)} ({file.size:,} bytes)"


def _code(code: Code) -> str:
    at = f" at {code.commit[:10]}" if code.commit else ""
    return f"{short(code.digest)}{at}{', changed since' if code.dirty else ''}"


def _champion(champion: ChampionAt | None) -> str:
    if champion is None:
        return "none"
    return f"version {champion.version} ({short(champion.digest)})"
