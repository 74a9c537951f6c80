"""Writes the record of a run while it goes on.

What takes time is done beside the run, on threads of its own: input files are
hashed while TFX is imported, outputs of a node while the next ones run.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tidegate.config import PipelineConfig
from tidegate.errors import ExitCode, GateShut
from tidegate.lineage.champion_then import champion_of
from tidegate.lineage.code import code_of, imported_below
from tidegate.lineage.content import NOT_COMPARED, content_of, output_files
from tidegate.lineage.inputs import (
    data_files,
    digested,
    named_files,
    store_states,
)
from tidegate.lineage.run_record import (
    HIDDEN,
    InputFile,
    Node,
    Output,
    RunRecord,
    State,
    write_record,
)
from tidegate.pipeline_folder import PipelineFolder
from tidegate.pusher.environment import environment_record
from tidegate.runners import events

_LOG = logging.getLogger("tidegate.lineage")
_SECRET = re.compile(r"secret|token|passw|credential|api_?key|private_?key", re.I)
_MODULE_FILE = "module_file"
_WORKERS = 2


class Recorder:
    """The record of one run.

    Args:
        folder: The pipeline.
        config: Its settings, the overrides in them.
        overrides: The settings that were given beside the config file.
        cache: Whether unchanged nodes are served from the cache.
        beam_args: Arguments for Beam.
        reproduces: The run that this one is to repeat; None for a run of its own.
    """

    def __init__(
        self,
        folder: PipelineFolder,
        config: PipelineConfig,
        overrides: Mapping[str, Any],
        *,
        cache: bool,
        beam_args: Sequence[str] = (),
        reproduces: str | None = None,
    ) -> None:
        self._folder, self._config = folder, config
        self._record: RunRecord | None = None
        self._nodes: list[events.NodeEnded] = []
        self._outputs: dict[str, Future[Output]] = {}
        self._error: events.RunFailed | None = None
        self._properties: dict[str, dict[str, Any]] = {}
        self._pool = ThreadPoolExecutor(_WORKERS)
        self._data = self._pool.submit(data_files, config)
        self._champion = self._pool.submit(champion_of, config.push_to)
        self._known: dict[str, Any] = {
            "pipeline": config.name,
            "folder": str(folder.path),
            "output": str(config.root),
            "reproduces": reproduces,
            "settings": without_secrets(config.model_dump(mode="json")),
            "overrides": without_secrets(dict(overrides)),
            "cache": cache,
            "beam_args": tuple(beam_args),
            "started": datetime.now(timezone.utc),
        }

    def built(self, nodes: Iterable[Any], left_out: Sequence[str] = ()) -> None:
        """Notes what the nodes of the pipeline name, before anything of it runs.

        Args:
            nodes: Components of the TFX pipeline.
            left_out: Names of those that were taken out of it.
        """
        self._known["left_out"] = tuple(left_out)
        self._properties = {
            node.id: dict(getattr(node, "exec_properties", None) or {})
            for node in nodes
        }

    def event(self, event: events.Event) -> None:
        """Takes what the run tells; begins the record when it is planned.

        Raises:
            OSError: The record cannot be written, as on a full disk.
        """
        if isinstance(event, events.Planned):
            self._begin(event.run_id)
        elif isinstance(event, events.NodeEnded):
            self._ended(event)
        elif isinstance(event, events.RunFailed):
            self._error = event

    def end(self, exit_code: int) -> None:
        """Writes how the run ended; nothing for a run that never began."""
        if self._record is None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            return
        try:
            ended = self._record.model_copy(
                update={
                    "ended": datetime.now(timezone.utc),
                    "state": _state(exit_code, self._error),
                    "exit_code": exit_code,
                    "error": _said(self._error),
                    "nodes": tuple(map(self._node, self._nodes)),
                }
            )
            write_record(ended, self._config.root)
        except OSError:
            # The run has an ending of its own, which is to be told.
            _LOG.exception("the record of the run could not be written")
        finally:
            # The process waits for its threads before it ends.
            self._pool.shutdown()

    def _begin(self, run: str) -> None:
        modules = imported_below(self._folder.root)
        named = [*named_files(self._properties)]
        user = [path for role, path in named if role == _MODULE_FILE]
        beside = [one for path in user for one in path.parent.glob("*.py")]
        files = [one for one in named if one[0] != _MODULE_FILE]
        self._record = RunRecord(
            run=run,
            code=code_of(self._folder.path, self._folder.root, [*modules, *beside]),
            environment=environment_record(os.environ),
            inputs=(*self._data_now(), *digested(files)),
            stores=store_states(self._properties),
            champion=self._champion.result(),
            **self._known,
        )
        write_record(self._record, self._config.root)

    def _data_now(self) -> tuple[InputFile, ...]:
        """The input files, hashed again where one changed since it was hashed."""
        since = self._known["started"].timestamp()
        files = self._data.result()
        changed = [one for one in files if _changed_since(one, since)]
        again = digested((one.role, Path(one.path)) for one in changed)
        return (*(one for one in files if one not in changed), *again)

    def _ended(self, event: events.NodeEnded) -> None:
        self._nodes.append(event)
        roots = (str(self._config.root), self._config.push_to)
        for key, uri in event.outputs.items():
            self._outputs[f"{event.node}.{key}"] = self._pool.submit(
                _output, key, uri, roots
            )

    def _node(self, event: events.NodeEnded) -> Node:
        return Node(
            node=event.node,
            state=event.state,
            seconds=event.seconds,
            outputs={
                key: self._outputs[f"{event.node}.{key}"].result()
                for key in event.outputs
            },
        )


def without_secrets(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with `HIDDEN` in the place of what is called like a secret."""
    return {
        name: HIDDEN
        if _SECRET.search(name)
        else without_secrets(value)
        if isinstance(value, Mapping)
        else value
        for name, value in settings.items()
    }


def _output(key: str, uri: str, roots: Sequence[str]) -> Output:
    """An output with its digests; without them where it cannot be read."""
    folder = Path(uri)
    try:
        files = output_files(folder)
        if files is None or key in NOT_COMPARED:
            return Output(uri=uri, files=files)
        content = content_of(folder, files, roots, deep=False)
        return Output(uri=uri, files=files, content=content)
    except Exception:  # The record is not to break a run that went well.
        _LOG.exception("the digests of %s could not be taken", uri)
        return Output(uri=uri)


def _changed_since(file: InputFile, since: float) -> bool:
    try:
        found = Path(file.path).stat()
    except OSError:
        return True
    return found.st_size != file.size or found.st_mtime >= since


def _state(exit_code: int, error: events.RunFailed | None) -> State:
    if exit_code == ExitCode.OK:
        return "done"
    if exit_code == ExitCode.INTERRUPTED:
        return "interrupted"
    shut = error is not None and error.error.get("kind") == GateShut.__name__
    return "shut" if shut else "failed"


def _said(error: events.RunFailed | None) -> str | None:
    return None if error is None else " ".join(error.text[:1])[:500]
