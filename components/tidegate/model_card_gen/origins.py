"""Where a model comes from, as a chapter of its card: what the ledger knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tidegate.ledger.events import CodeRecord, EnvironmentRecord, Event
from tidegate.model_card_gen.card import Fact, Section, Table
from tidegate.model_card_gen.known import Known
from tidegate.model_card_gen.words import bytes_of, moment

TITLE = "Model details"
# What a setting is called that no card may show.
_SECRET = re.compile(r"passw|secret|token|credential|api_?key|private_?key", re.I)
_HIDDEN = "(not shown)"


def details(known: Known) -> Section:
    """Who made the model, when, of which code, with which settings."""
    event = known.event
    facts = [*_people(known), *_place(known)]
    tables: list[Table] = []
    lacking = [] if known.about else ["who owns the model: no `about` file was given"]
    if event is None or event.model is None:
        lacking.append("how it was made: no ledger has it")
    else:
        facts += _push(event)
        origin = event.model.provenance
        facts += _code(origin.code) + _environment(origin.environment)
        if origin.parameters:
            rows = [(name, _shown(name, v)) for name, v in origin.parameters.items()]
            tables.append(Table.of("Settings of the run", ("setting", "value"), rows))
        else:
            lacking.append("settings of the run: the Pusher was given none")
        if origin.environment and origin.environment.packages:
            packages = sorted(origin.environment.packages.items())
            tables.append(Table.of("Packages", ("package", "version"), packages))
    return Section(
        TITLE, facts=tuple(facts), tables=tuple(tables), lacking=tuple(lacking)
    )


def _people(known: Known) -> Iterator[Fact]:
    if known.about is not None:
        yield Fact("owner", known.about.owner)
        if known.about.contact:
            yield Fact("contact", known.about.contact)


def _place(known: Known) -> Iterator[Fact]:
    if known.version is not None:
        yield Fact("version", str(known.version))
    if known.uri:
        yield Fact("where", known.uri, code=True)
    if known.facts is not None:
        yield Fact("size", bytes_of(known.facts.model.size))


def _push(event: Event) -> list[Fact]:
    model = event.model
    assert model is not None  # the caller asked
    origin = model.provenance
    became = "none"
    if event.champion == event.version:
        became = "champion"
    elif event.canary is not None and event.canary.version == event.version:
        became = f"canary with {event.canary.percent} % of the requests"
    return [
        Fact("pushed", f"{moment(event.at)} by {event.by}"),
        Fact("why", event.reason),
        Fact("became", became),
        Fact("files", f"{len(model.files)} with {bytes_of(model.size)}"),
        Fact("SHA-256", model.digest, code=True),
        Fact("signed", "yes" if model.signature else "no"),
        *(
            Fact(label, text, code=True)
            for label, text in (("pipeline", origin.pipeline), ("run", origin.run))
            if text
        ),
    ]


def _code(code: CodeRecord | None) -> list[Fact]:
    if code is None:
        return []
    facts = [Fact("Tidegate", code.tidegate)]
    if code.commit:
        changed = " with changes" if code.dirty else ""
        facts.append(Fact("commit", code.commit + changed, code=True))
    if code.digest:
        facts.append(Fact("code, SHA-256", code.digest, code=True))
    return facts


def _environment(environment: EnvironmentRecord | None) -> list[Fact]:
    if environment is None:
        return []
    facts = [Fact("made on", f"Python {environment.python}, {environment.platform}")]
    if environment.image:
        facts.append(Fact("image", environment.image, code=True))
    return facts


def _shown(name: str, value: Any) -> str:
    """A setting as text; what is called a secret is not shown."""
    shown = _without_secrets({name: value})[name]
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)


def _without_secrets(value: Any) -> Any:
    """The value, with a word in the place of what is called a secret."""
    if isinstance(value, dict):
        return {
            key: _HIDDEN if _SECRET.search(str(key)) else _without_secrets(inner)
            for key, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_without_secrets(inner) for inner in value]
    return value
