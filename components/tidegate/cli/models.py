"""`tidegate models`: what was pushed, what serves, and whether it is whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from tidegate.cli.models_card import card
from tidegate.cli.models_moves import abandon, canary, promote, rollback
from tidegate.cli.models_options import (
    Json,
    Pipeline,
    Pushed,
    Words,
    demand_models,
    one_version,
    place_named,
    split,
)
from tidegate.cli.models_serving import serving
from tidegate.errors import ExitCode

if TYPE_CHECKING:
    from tidegate.ledger.ledger import Ledger
    from tidegate.ledger.state import State

app = typer.Typer(
    name="models",
    help="Pushed models: list, show, promote, roll back, canary, verify, heal.",
    no_args_is_help=True,
)
_Versions = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[VERSION]... [FOLDER]",
        help="Versions to verify, all without any; and the pipeline folder, or the "
        "folder of the models.",
    ),
]
_Key = Annotated[
    Path | None, typer.Option(help="Public key of who signs, to check signatures.")
]


@app.command("list")
def list_(
    pipeline: Pipeline = None, pushed: Pushed = None, json_output: Json = False
) -> None:
    """List the versions: which one serves, who pushed each, from which data.

    Examples:

        tidegate models list

        tidegate models list pipelines/flights

        tidegate models list --pushed gs://bucket/flights/pushed --json
    """
    from tidegate.cli import models_text as text
    from tidegate.ledger.folders import versions_there
    from tidegate.report.wording import counted, printable

    ledger = _ledger(place_named(pushed, pipeline))
    state = ledger.state()
    there = versions_there(ledger.destination)
    if json_output:
        _print(_as_dict(ledger, state, there))
        return
    console = _console()
    console.print(text.versions_table(state, there, console.width))
    told = f"{counted(len(state.versions), 'versions')} in {ledger.destination.shown}"
    if state.since is not None:
        since = state.since
        told += (
            f" · {state.champion} serves since {text.moment(since.at)} UTC, "
            f"{since.kind} by {since.by}: {since.reason}"
        )
    console.print(printable(told), style="dim")
    for line in _warnings(ledger, state):
        # A command that is broken over two lines could not be pasted.
        console.print(printable(f"! {line}"), style="yellow", soft_wrap=True)


@app.command()
def show(words: Words, pushed: Pushed = None, json_output: Json = False) -> None:
    """Show all that the ledger knows of a version: data, tests, code, environment.

    Examples:

        tidegate models show 1763769600

        tidegate models show 1763769600 --pushed s3://bucket/flights --json
    """
    from tidegate.cli.models_text import facts
    from tidegate.ledger.refusals import unknown

    version, where = one_version(words, pushed, "show")
    ledger = _ledger(where)
    state = ledger.state()
    if version not in state.versions:
        raise unknown(ledger.destination, version, state)
    push = state.versions[version]
    others = [one for one in ledger.events() if one.version == version and one != push]
    if json_output:
        told = push.model_dump(mode="json")
        events = [one.model_dump(mode="json") for one in others]
        _print({**told, "role": _role(state, version), "events": events})
        return
    console = _console()
    for line in facts(push, state, others):
        console.out(line, highlight=False)


@app.command()
def log(
    pipeline: Pipeline = None, pushed: Pushed = None, json_output: Json = False
) -> None:
    """Show every event: who did what to which version, when and why.

    Examples:

        tidegate models log

        tidegate models log --pushed gs://bucket/flights/pushed --json
    """
    from tidegate.cli.models_text import events_table

    ledger = _ledger(place_named(pushed, pipeline))
    if json_output:
        _print([one.model_dump(mode="json") for one in ledger.events()])
        return
    console = _console()
    console.print(events_table(ledger.events(), console.width))


@app.command()
def verify(
    words: _Versions = None,
    pushed: Pushed = None,
    public_key: _Key = None,
    json_output: Json = False,
) -> None:
    """Hold models against the ledger, byte for byte. Exit code 5 if one differs.

    Examples:

        tidegate models verify

        tidegate models verify pipelines/flights

        tidegate models verify 1763769600 --public-key signer.pub
    """
    from dataclasses import asdict

    from tidegate.cli.models_text import verdict
    from tidegate.ledger.verifying import verify as verified
    from tidegate.report.wording import printable

    versions, where = split(words, pushed)
    ledger = _ledger(where)
    found = verified(ledger.destination.where, versions or None, public_key=public_key)
    if json_output:
        _print([{**asdict(one), "ok": one.ok} for one in found])
    else:
        console = _console()
        for one in found:
            for line in verdict(one):
                console.out(printable(line), highlight=False)
    if not all(one.ok for one in found):
        raise typer.Exit(int(ExitCode.SECURITY))


@app.command()
def heal(
    pipeline: Pipeline = None, pushed: Pushed = None, json_output: Json = False
) -> None:
    """Put right what a killed push left, or what went away since.

    Whatever pushes or moves a model does the same before. Exit code 3 if the
    champion cannot be served and no other may take its place by itself.

    Examples:

        tidegate models heal

        tidegate models heal --pushed gs://bucket/flights/pushed
    """
    from tidegate.ledger.healing import heal as healed
    from tidegate.ledger.healing import not_served
    from tidegate.ledger.ledger import Ledger
    from tidegate.report.wording import printable

    where = place_named(pushed, pipeline)
    said = healed(where)
    ledger = Ledger(where)
    fault = not_served(ledger, ledger.state())
    if json_output:
        _print({"healed": list(said), "not_served": fault})
    else:
        console = _console()
        for line in said:
            mark = "✗" if line == fault else "·"
            console.out(printable(f"{mark} {line}"), highlight=False)
        if not said:
            console.out("✓ nothing is to be put right", highlight=False)
    if fault is not None:
        raise typer.Exit(int(ExitCode.BROKEN))


for move in (promote, rollback, canary, abandon, serving, card):
    app.command()(move)


def _ledger(where: str) -> Ledger:
    from tidegate.ledger.ledger import Ledger

    demand_models(where)
    return Ledger(where)


def _console() -> Console:
    return Console(highlight=False, markup=False, emoji=False)


def _print(told: Any) -> None:
    print(json.dumps(told, indent=2, ensure_ascii=False))


def _as_dict(ledger: Ledger, state: State, there: tuple[int, ...]) -> dict[str, object]:
    return {
        "pushed": ledger.destination.where,
        "champion": state.champion,
        "canary": None if state.canary is None else state.canary.model_dump(),
        "versions": [
            {
                "version": version,
                "role": _role(state, version),
                "there": version in there,
                "push": push.model_dump(mode="json"),
            }
            for version, push in sorted(state.versions.items(), reverse=True)
        ],
        "not_on_the_ledger": [one for one in there if one not in state.versions],
        "warnings": _warnings(ledger, state),
    }


def _role(state: State, version: int) -> str | None:
    if version == state.champion:
        return "champion"
    canary = state.canary
    return "canary" if canary is not None and canary.version == version else None


def _warnings(ledger: Ledger, state: State) -> list[str]:
    """What `heal` would put right of that which serves."""
    from tidegate.ledger.healing import not_served
    from tidegate.ledger.pointer import behind
    from tidegate.ledger.refusals import command

    heal_it = f"put it right: {command(ledger.destination, 'heal')}"
    fault = not_served(ledger, state)
    said = [] if fault is None else [fault]
    files = behind(ledger)
    if files:
        said.append(f"{' and '.join(files)} are behind the ledger; {heal_it}")
    return said
