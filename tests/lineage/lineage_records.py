"""Records of runs, and stores of metadata, for tests."""

from __future__ import annotations

import tempfile
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

from tidegate.ledger.events import EnvironmentRecord
from tidegate.lineage.file_digests import joined
from tidegate.lineage.run_record import (
    ChampionAt,
    Code,
    InputFile,
    Node,
    Output,
    RunRecord,
)

RUN = "2026-01-02T03:04:05.000006"


def a_file(role: str, path: str = "/data/a.csv", sha256: str = "a" * 64) -> InputFile:
    """An input file."""
    return InputFile(role=role, path=path, size=7, sha256=sha256)


def code(**files: str) -> Code:
    """Code of files, by name without `.py`, with texts for digests."""
    held = {f"{name}.py": text for name, text in files.items()} or {"p.py": "1"}
    return Code(
        tidegate="1.0", commit="c" * 40, digest=joined(held), files=held, package="p"
    )


def node(name: str, state: str = "done", **outputs: Output) -> Node:
    """A node and its outputs."""
    return Node(node=name, state=state, seconds=1.0, outputs=outputs)


def output(
    uri: str = "/a", content: dict[str, str] | None = None, **files: str
) -> Output:
    """An output with files by name, `__` for a dot."""
    held = {name.replace("__", "."): text for name, text in files.items()}
    return Output(uri=uri, files=held, content=content or {})


def record(**changed: Any) -> RunRecord:
    """A run of two nodes that is done."""
    given: dict[str, Any] = {
        "run": RUN,
        "pipeline": "toy",
        "folder": "/pipelines/toy",
        "output": "/runs/toy",
        "settings": {"epochs": 3, "splits": {"train": 4}, "output": "/runs/toy"},
        "inputs": (a_file("data"), a_file("schema_file", "/s/schema.pbtxt", "b" * 64)),
        "code": code(pipeline="1", model="2"),
        "environment": EnvironmentRecord(
            python="3.10.13", platform="Linux", packages={"numpy": "1.26"}
        ),
        "champion": ChampionAt(version=5, uri="/pushed/5", digest="d" * 64),
        "started": datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
        "state": "done",
        "exit_code": 0,
        "nodes": (
            node("ExampleGen", examples=output("/a/1", rows__gz="x")),
            node("Trainer", model=output("/a/2", saved_model__pb="y")),
        ),
    }
    return RunRecord(**{**given, **changed})


class Store:
    """A small metadata store, written as TFX writes one.

    Args:
        path: The SQLite file.
        run: Name of the run that executions belong to.
    """

    def __init__(self, path: Path, run: str = RUN) -> None:
        from ml_metadata import metadata_store
        from ml_metadata.proto import metadata_store_pb2 as protos

        self._protos = protos
        config = protos.ConnectionConfig()
        config.sqlite.filename_uri = str(path)
        config.sqlite.connection_mode = (
            protos.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
        )
        self.store = metadata_store.MetadataStore(config)
        self.run = run

    def context(self, kind: str, name: str) -> int:
        """Number of a context, made where it is not there."""
        there = self.store.get_context_by_type_and_name(kind, name)
        if there is not None:
            return int(there.id)
        type_id = self.store.put_context_type(self._protos.ContextType(name=kind))
        made = self._protos.Context(type_id=type_id, name=name)
        return int(self.store.put_contexts([made])[0])

    def artifact(self, kind: str, uri: str, **properties: str | int) -> int:
        """Number of a new artifact."""
        type_id = self.store.put_artifact_type(self._protos.ArtifactType(name=kind))
        made = self._protos.Artifact(
            type_id=type_id, uri=uri, state=self._protos.Artifact.LIVE
        )
        for name, value in properties.items():
            if isinstance(value, int):
                made.custom_properties[name].int_value = value
            else:
                made.custom_properties[name].string_value = value
        return int(self.store.put_artifacts([made])[0])

    def execution(
        self,
        node: str,
        *,
        takes: dict[str, int] | None = None,
        gives: dict[str, int] | None = None,
        state: str = "COMPLETE",
        run: str | None = None,
        **properties: str,
    ) -> int:
        """Number of a new execution of a node, with its events."""
        protos = self._protos
        type_id = self.store.put_execution_type(
            protos.ExecutionType(name=f"tidegate.{node}.component.{node}")
        )
        made = protos.Execution(
            type_id=type_id,
            last_known_state=protos.Execution.State.Value(state),
        )
        for name, value in properties.items():
            made.custom_properties[name].string_value = value
        number = int(self.store.put_executions([made])[0])
        named = {
            "pipeline": "toy",
            "pipeline_run": run or self.run,
            "node": f"toy.{node}",
        }
        self.store.put_attributions_and_associations(
            [],
            [
                protos.Association(
                    context_id=self.context(kind, name), execution_id=number
                )
                for kind, name in named.items()
            ],
        )
        ways = ((protos.Event.INPUT, takes), (protos.Event.OUTPUT, gives))
        for kind, listed in ways:
            for key, artifact in (listed or {}).items():
                event = protos.Event(
                    artifact_id=artifact, execution_id=number, type=kind
                )
                event.path.steps.add().key = key
                event.path.steps.add().index = 0
                self.store.put_events([event])
        return number


def trained(path: Path, pushed: str = "/pushed") -> None:
    """Writes a store with one run, from examples to model 7, pushed."""
    path.write_bytes(_trained(pushed))


@cache
def _trained(pushed: str) -> bytes:
    """The store as bytes: making one takes a second, for it syncs each step."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "metadata.sqlite"
        _train(Store(path), pushed)
        return path.read_bytes()


def _train(store: Store, pushed: str) -> None:
    examples = store.artifact(
        "Examples", "/a/ExampleGen/1", span=9, split_names='["train", "eval"]'
    )
    store.execution(
        "ExampleGen",
        gives={"examples": examples},
        data='["/data/a.csv"]',
        fingerprint="f",
    )
    schema = store.artifact("Schema", "/a/SchemaGen/2")
    store.execution(
        "SchemaGen", gives={"schema": schema}, schema_file="/s/schema.pbtxt"
    )
    report = store.artifact(
        "tidegate.TestReport", "/a/DataTests/3", passed=1, warned=2, failed=0
    )
    store.execution(
        "DataTests",
        takes={"schema": schema, "examples": examples},
        gives={"report": report},
    )
    model = store.artifact("Model", "/a/Trainer/4")
    store.execution(
        "Trainer",
        takes={"schema": schema, "examples": examples},
        gives={"model": model},
        custom_config='{"epochs": 3}',
    )
    blessing = store.artifact("ModelBlessing", "/a/Evaluator/5", blessed=1)
    store.execution(
        "Evaluator",
        takes={"examples": examples, "model": model},
        gives={"blessing": blessing},
    )
    push = store.artifact(
        "PushedModel",
        "/a/Pusher/6",
        pushed_version="7",
        pushed_destination=f"{pushed}/7",
    )
    store.execution("Pusher", takes={"model": model}, gives={"pushed_model": push})
