"""Asks ledger, metadata and records where a version comes from."""

from __future__ import annotations

import shlex
from pathlib import Path

from tidegate.errors import TidegateError, UsageError
from tidegate.ledger.destination import LEDGER
from tidegate.ledger.events import Event, Provenance
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.state import State
from tidegate.lineage.artifact_facts import facts_of
from tidegate.lineage.ledger_items import code_and_environment, of_ledger, pushes
from tidegate.lineage.lineage import Item, Lineage
from tidegate.lineage.metadata_graph import METADATA, Artifact, MetadataGraph
from tidegate.lineage.metadata_reading import read_graph
from tidegate.lineage.run_record import RUNS, RunRecord, read_records
from tidegate.lineage.tracing import Tracer

_SHOWN = 8
CHAMPION = "champion"


def lineage_of(version: int | None, root: Path, pushed: str) -> Lineage:
    """The lineage of a version.

    Args:
        version: The version; None for the champion.
        root: Output folder of the pipeline, with its metadata.
        pushed: The destination that it was pushed to.

    Raises:
        UsageError: Neither the ledger nor the metadata know the version.
        ComponentError: Either of them is damaged.
    """
    ledger = Ledger(pushed)
    events = ledger.events()
    state = State.after(events)
    file = root / METADATA
    graph = read_graph(file) if file.is_file() else None
    number = _demand_version(version, state, graph, pushed)
    push = state.versions.get(number)
    held = push.model.provenance if push and push.model else Provenance()
    artifact = None if graph is None else _model(graph, number, pushed, held)
    run = _run(push, held, graph, artifact)
    records = {one.run: one for one in _records(root)}
    tree = _tree(number, push, state, artifact, facts=held)
    about = list(pushes(number, events))
    if graph is not None and artifact is not None:
        tracer = Tracer(graph, records, run)
        about += tracer.push(number, pushed) if push is None else ()
        about += tracer.origin(artifact)
        about += tracer.judgement(artifact)
        about += tracer.uses(artifact, number, pushed)
    else:
        about += of_ledger(held)
    about += code_and_environment(
        held, records.get(_trained(graph, artifact) or run or "")
    )
    return Lineage(
        version=number,
        pushed=pushed,
        champion=None if not state.last else state.champion == number,
        run=run,
        root=str(root),
        sources={
            "ledger": _said_of(
                push is not None, bool(state.last), f"{pushed.rstrip('/')}/{LEDGER}"
            ),
            "metadata": _said_of(artifact is not None, graph is not None, file),
            "record": f"{root / RUNS}"
            if run in records
            else "none: the run left no record",
        },
        tree=tree.model_copy(update={"items": tuple(about)}),
    )


def _tree(
    version: int,
    push: Event | None,
    state: State,
    artifact: Artifact | None,
    facts: Provenance,
) -> Item:
    told: dict[str, str] = {}
    if state.last:
        roles = {state.champion: CHAMPION}
        if state.canary is not None:
            roles[state.canary.version] = f"canary, {state.canary.percent} %"
        told["role"] = roles.get(version, "not the champion")
    if push is not None and push.model is not None:
        told["digest"] = push.model.digest
        told["size"] = f"{push.model.size:,} bytes"
        told["signature"] = push.model.signature or "none"
    elif artifact is not None:
        told |= facts_of(artifact)
    metrics = {name: f"{value:.6g}" for name, value in facts.metrics.items()}
    return Item(
        kind="model",
        name=f"model {version}",
        facts={**told, **metrics},
        uri=artifact.uri if artifact is not None else facts.source,
        key=f"version {version}",
    )


def _model(
    graph: MetadataGraph, version: int, pushed: str, held: Provenance
) -> Artifact | None:
    """The Model artifact that was pushed as a version."""
    if held.source is not None:
        found = graph.by_uri(held.source, "Model")
        if found is not None:
            return found
    push = graph.pushed_model(version, pushed)
    made = None if push is None else graph.producer(push.id)
    if made is None:
        return None
    models = [graph.artifacts[one] for one in made.taken if one in graph.artifacts]
    return next((one for one in models if one.type == "Model"), None)


def _run(
    push: Event | None,
    held: Provenance,
    graph: MetadataGraph | None,
    artifact: Artifact | None,
) -> str | None:
    told = (push.run if push is not None else None) or held.run
    return told if told is not None else _trained(graph, artifact)


def _trained(graph: MetadataGraph | None, artifact: Artifact | None) -> str | None:
    """The run that made the model, where it was only pushed by another one."""
    if graph is None or artifact is None:
        return None
    made = graph.producer(artifact.id)
    return None if made is None else made.run


def _records(root: Path) -> tuple[RunRecord, ...]:
    try:
        return read_records(root)
    except TidegateError:
        # One damaged record does not hide what all else says.
        return ()


def _demand_version(
    version: int | None, state: State, graph: MetadataGraph | None, pushed: str
) -> int:
    known = sorted({*state.versions, *_pushed_versions(graph)})
    wanted = version if version is not None else state.champion
    if wanted is None and version is None:
        wanted = known[-1] if known else None
    if wanted is not None and wanted in known:
        return wanted
    listed = ", ".join(map(str, known[-_SHOWN:])) or "none"
    raise UsageError(
        "no such version is known",
        where=pushed,
        expected="a version that was pushed there",
        got=f"{version if version is not None else CHAMPION}; there are {listed}",
        fix="name one of these; `tidegate models list --pushed "
        f"{shlex.quote(pushed)}` shows them"
        if known
        else "name the pipeline, or where models are pushed to: --pushed FOLDER",
    )


def _pushed_versions(graph: MetadataGraph | None) -> set[int]:
    found = {
        str(one.properties.get("pushed_version", ""))
        for one in (graph.artifacts.values() if graph is not None else ())
        if one.type == "PushedModel"
    }
    return {int(one) for one in found if one.isdecimal()}


def _said_of(knows: bool, there: bool, where: object) -> str:
    if not there:
        return f"none at {where}"
    return f"{where}" if knows else f"{where}, which does not know the version"
