"""Reads a metadata store: through ml_metadata (0.25 s), never through TFX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tidegate.errors import ComponentError, InfrastructureError
from tidegate.lineage.metadata_graph import (
    Artifact,
    Execution,
    MetadataGraph,
    Value,
)


def read_graph(path: Path) -> MetadataGraph:
    """All that the SQLite store in a file has. Nothing is written to it.

    Raises:
        InfrastructureError: A run writes to it just now.
        ComponentError: It is not a metadata store.
    """
    from ml_metadata import errors, metadata_store
    from ml_metadata.proto import metadata_store_pb2 as protos

    config = protos.ConnectionConfig()
    config.sqlite.filename_uri = str(path)
    config.sqlite.connection_mode = protos.SqliteMetadataSourceConfig.READONLY
    try:
        return _graph(metadata_store.MetadataStore(config), protos)
    except (errors.StatusError, RuntimeError) as error:  # It raises either.
        text = str(error).splitlines()[0][:200]
        if "locked" in text or isinstance(error, errors.AbortedError):
            raise InfrastructureError(
                "the metadata are being written to",
                where=str(path),
                got=text,
                fix="wait for the run to end, and try again",
            ) from error
        raise ComponentError(
            "the metadata cannot be read",
            where=str(path),
            expected="a store that TFX wrote",
            got=text,
            fix="restore the file, or name another output folder: --root FOLDER",
        ) from error


def _graph(store: Any, protos: Any) -> MetadataGraph:
    contexts = {one.id: one for one in store.get_contexts()}
    kinds = {one.id: one.name for one in store.get_context_types()}
    about = _contexts_of(store, contexts, kinds)
    executions = store.get_executions()
    types = {one.id: one.name for one in store.get_execution_types()}
    events = _events_of(store, [one.id for one in executions], protos)
    artifact_types = {one.id: one.name for one in store.get_artifact_types()}
    return MetadataGraph(
        artifacts={
            one.id: Artifact(
                id=one.id,
                type=artifact_types.get(one.type_id, one.type),
                uri=one.uri,
                state=protos.Artifact.State.Name(one.state),
                properties=_properties(one),
            )
            for one in store.get_artifacts()
        },
        executions={
            one.id: _execution(one, types, about, events, protos) for one in executions
        },
    )


def _execution(
    one: Any,
    types: Mapping[int, str],
    about: Mapping[int, Mapping[str, str]],
    events: Mapping[tuple[int, bool], Mapping[str, tuple[int, ...]]],
    protos: Any,
) -> Execution:
    named = about.get(one.id, {})
    pipeline = named.get("pipeline")
    node = named.get("node", "")
    return Execution(
        id=one.id,
        type=types.get(one.type_id, one.type),
        node=node.removeprefix(f"{pipeline}.") or types.get(one.type_id, "?"),
        run=named.get("pipeline_run"),
        pipeline=pipeline,
        state=protos.Execution.State.Name(one.last_known_state),
        properties=_properties(one),
        inputs=events.get((one.id, False), {}),
        outputs=events.get((one.id, True), {}),
        started=one.create_time_since_epoch / 1000,
        ended=one.last_update_time_since_epoch / 1000,
    )


def _contexts_of(
    store: Any, contexts: Mapping[int, Any], kinds: Mapping[int, str]
) -> dict[int, dict[str, str]]:
    """For each execution, the names of its contexts by their types."""
    found: dict[int, dict[str, str]] = {}
    for one in contexts.values():
        kind = kinds.get(one.type_id, "")
        if kind not in ("pipeline", "pipeline_run", "node"):
            continue
        for execution in store.get_executions_by_context(one.id):
            found.setdefault(execution.id, {})[kind] = one.name
    return found


def _events_of(
    store: Any, ids: Iterable[int], protos: Any
) -> dict[tuple[int, bool], dict[str, tuple[int, ...]]]:
    """Artifacts by key, for each execution and whether they are its outputs."""
    kinds = protos.Event
    gives = {kinds.OUTPUT, kinds.DECLARED_OUTPUT}
    takes = {kinds.INPUT, kinds.DECLARED_INPUT}
    found: dict[tuple[int, bool], dict[str, tuple[int, ...]]] = {}
    listed = list(ids)
    for event in store.get_events_by_execution_ids(listed) if listed else ():
        if event.type not in gives | takes:
            continue  # Internal events, and outputs that were never finished.
        steps = event.path.steps
        key = steps[0].key if steps else str(event.artifact_id)
        held = found.setdefault((event.execution_id, event.type in gives), {})
        held[key] = (*held.get(key, ()), event.artifact_id)
    # Events have no order of their own.
    return {
        place: {key: tuple(sorted(ids)) for key, ids in sorted(held.items())}
        for place, held in found.items()
    }


def _properties(one: Any) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for held in (one.properties, one.custom_properties):
        for name, value in sorted(held.items()):
            kind = value.WhichOneof("value")
            if kind in ("string_value", "int_value", "double_value", "bool_value"):
                found[name] = getattr(value, kind)
    return found
