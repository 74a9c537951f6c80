"""`tidegate models promote`, `rollback`, `canary`, `abandon`: which version serves."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tidegate.cli.models_options import (
    By,
    Json,
    Pipeline,
    Pushed,
    Reason,
    Words,
    demand_models,
    one_version,
    person,
    place_named,
    split,
)

if TYPE_CHECKING:
    from tidegate.ledger.events import Event
    from tidegate.ledger.state import State

_To = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[VERSION] [FOLDER]",
        help="A version that was the champion, by default the champion before; and "
        "the pipeline folder, or the folder of the models.",
    ),
]
_Percent = Annotated[
    int, typer.Option(help="Its share of the requests, 1 to 99; 0 replays only.")
]


def promote(
    words: Words,
    reason: Reason,
    by: By = None,
    pushed: Pushed = None,
    json_output: Json = False,
) -> None:
    """Make a version the champion.

    Examples:

        tidegate models promote 1763769600 --reason "as good, and half as slow"
    """
    from tidegate.ledger import moving

    version, where = one_version(words, pushed, "promote")
    before = _before(where)
    who = person(by)
    event = moving.promote(where, version, by=who, reason=reason)
    _told(event, before, where, json_output)


def rollback(
    reason: Reason,
    words: _To = None,
    by: By = None,
    pushed: Pushed = None,
    json_output: Json = False,
) -> None:
    """Go back to the champion before, or to an earlier one. Nothing is removed.

    Examples:

        tidegate models rollback --reason "late flights are not seen any more"

        tidegate models rollback pipelines/flights --reason "late flights are missed"

        tidegate models rollback 1763769600 --reason "…" --pushed s3://bucket/flights
    """
    from tidegate.ledger import moving

    versions, where = split(words, pushed)
    version = one_version(words, pushed, "rollback")[0] if versions else None
    before = _before(where)
    who = person(by)
    passed: dict[int, str] = {}
    event = moving.rollback(
        where, to=version, by=who, reason=reason, tell=passed.__setitem__
    )
    _told(event, before, where, json_output, passed)


def canary(
    words: Words,
    reason: Reason,
    percent: _Percent = 10,
    by: By = None,
    pushed: Pushed = None,
    json_output: Json = False,
) -> None:
    """Give a version a share of the requests, beside the champion.

    Examples:

        tidegate models canary 1763769600 --percent 5 --reason "first of the new net"
    """
    from tidegate.ledger import moving

    version, where = one_version(words, pushed, "canary")
    before = _before(where)
    who = person(by)
    event = moving.canary(where, version, percent, by=who, reason=reason)
    _told(event, before, where, json_output)


def abandon(
    reason: Reason,
    pipeline: Pipeline = None,
    by: By = None,
    pushed: Pushed = None,
    json_output: Json = False,
) -> None:
    """Take the canary out; the champion serves all again.

    Examples:

        tidegate models abandon --reason "slower than the champion"
    """
    from tidegate.ledger import moving

    where = place_named(pushed, pipeline)
    before = _before(where)
    event = moving.abandon(where, by=person(by), reason=reason)
    _told(event, before, where, json_output)


def _before(where: str) -> State:
    from tidegate.ledger.ledger import Ledger

    demand_models(where)
    return Ledger(where).state()


def _told(
    event: Event,
    before: State,
    where: str,
    as_json: bool,
    passed: Mapping[int, str] | None = None,
) -> None:
    if as_json:
        said = event.model_dump(mode="json")
        if passed is not None:
            said["passed_over"] = [
                {"version": version, "why": why} for version, why in passed.items()
            ]
        print(json.dumps(said, indent=2, ensure_ascii=False))
        return
    from tidegate.report.wording import printable

    console = Console(highlight=False, markup=False, emoji=False)
    for line in _lines(event, before, where, passed or {}):
        console.out(printable(line), highlight=False)


def _lines(
    event: Event, before: State, where: str, passed: Mapping[int, str]
) -> list[str]:
    """What serves now, what was passed over, and how to undo it."""
    from tidegate.ledger.destination import destination_of

    at = f" --pushed {shlex.quote(destination_of(where).shown)}"
    why = '--reason "…"'
    if event.champion != before.champion:
        was = "" if before.champion is None else f", no longer {before.champion}"
        lines = [f"✓ version {event.champion} serves{was} · event {event.number}"]
        lines += [f"  {one} was passed over: {why}" for one, why in passed.items()]
        if before.champion is not None:
            lines.append(f"  undo  tidegate models promote {before.champion} {why}{at}")
        return lines
    if event.canary is not None:
        share = event.canary
        lines = [
            f"✓ version {share.version} serves {share.percent} % of the requests, "
            f"version {event.champion} the rest · event {event.number}"
        ]
        return [*lines, f"  undo  tidegate models abandon {why}{at}"]
    lines = [
        f"✓ version {event.champion} serves all, the canary {event.version} is out "
        f"· event {event.number}"
    ]
    percent = before.canary.percent if before.canary else 10
    undo = f"tidegate models canary {event.version} --percent {percent} {why}{at}"
    return [*lines, f"  undo  {undo}"]
