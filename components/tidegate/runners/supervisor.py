"""Starts the worker, follows its events, and says how the run ended.

The supervisor imports nothing heavy: a person sees the first line at once
while TensorFlow loads in the worker, and a worker that is killed or crashes in
native code is still reported in words.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field

from tidegate.config import PipelineConfig
from tidegate.errors import (
    ComponentError,
    ExitCode,
    GateShut,
    InfrastructureError,
    TidegateError,
)
from tidegate.pipeline_folder import PipelineFolder
from tidegate.pusher.keys import EVENT_FILE
from tidegate.report.model import REPORT_FILE, TestReport, read_report, write_whole
from tidegate.runners import events
from tidegate.runners.engine import Choice
from tidegate.runners.worker import Request

GRACE_SECONDS = 10.0


class Watcher(Protocol):
    """Whoever shows a run's progress."""

    def event(self, event: events.Event) -> None:
        """Called with each event of the run."""


class NodeResult(BaseModel):
    """How one node ended: its state, seconds, and URIs of its outputs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    node: str
    state: events.NodeState
    seconds: float
    outputs: dict[str, str] = Field(default_factory=dict)


class RunResult(BaseModel):
    """How a run ended; `--json` prints it.

    Attributes:
        pipeline: Name of the pipeline.
        run_id: TFX's id of the run, None if it ended before it had one.
        exit_code: As in `ExitCode`.
        seconds: From the start of the worker to its end.
        nodes: The nodes that ran, in order.
        reports: Folders of the test reports of this run.
        shut_by: Node whose gate is shut, None if none is.
        pushed: Folder of the model that this run pushed, if it did.
        error: What went wrong, as `TidegateError.as_dict` gives it.
        error_text: The same for people, line by line.
        log: File with everything that the components printed.
        engine: The engine and the reason for it, None where nobody chose.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pipeline: str
    run_id: str | None
    exit_code: int
    seconds: float
    nodes: tuple[NodeResult, ...] = ()
    reports: tuple[str, ...] = ()
    shut_by: str | None = None
    pushed: str | None = None
    error: dict[str, Any] | None = None
    error_text: tuple[str, ...] = ()
    log: str
    engine: dict[str, str] | None = None

    def read_reports(self) -> dict[str, TestReport]:
        """Every report of the run, by its folder."""
        return {folder: read_report(Path(folder)) for folder in self.reports}


def run(
    folder: PipelineFolder,
    config: PipelineConfig,
    overrides: Mapping[str, Any],
    watcher: Watcher,
    *,
    cache: bool = True,
    beam_args: Sequence[str] = (),
    engine: Choice | None = None,
    reproduces: str | None = None,
) -> RunResult:
    """Runs the pipeline of `folder` in a worker process and waits for its end.

    Args:
        folder: The pipeline.
        config: Its settings, with the overrides in them.
        overrides: The settings that were given beside the config file.
        watcher: Is told each event as it comes.
        cache: Whether unchanged nodes are served from the cache.
        beam_args: Arguments for Beam, which overrule those of the local runner.
        engine: The engine and why; None where the config says all of it.
        reproduces: Id of the run that is to be repeated, within its own folder.

    Raises:
        InfrastructureError: Another run of the same output folder goes on, or
            the folder cannot be written.
    """
    with _only_run(config.root):
        log = (
            config.root / "logs" / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
        )
        log.parent.mkdir(parents=True, exist_ok=True)
        request = Request(
            folder=folder.path,
            overrides=dict(overrides),
            cache=cache,
            beam_args=tuple(beam_args),
            reproduces=reproduces,
        )
        if engine is not None:
            log.write_text(f"engine {engine.engine}: {engine.reason}\n")
        result = _supervise(request, config, log, watcher).model_copy(
            update={"engine": dataclasses.asdict(engine) if engine else None}
        )
        write_whole(log.with_suffix(".json"), result.model_dump_json(indent=2).encode())
    return result


def _supervise(
    request: Request, config: PipelineConfig, log: Path, watcher: Watcher
) -> RunResult:
    started = time.monotonic()
    seen: list[events.Event] = []
    with _worker(request, log) as (process, stream):
        try:
            for event in events.read(stream):
                seen.append(event)
                watcher.event(event)
            code = process.wait()
        except KeyboardInterrupt:
            _end(process)
            code = int(ExitCode.INTERRUPTED)
    return _result(seen, config, log, code, time.monotonic() - started)


@contextmanager
def _only_run(root: Path) -> Iterator[None]:
    """Holds the output folder for this run alone."""
    lock = FileLock(root / ".lock", timeout=0)
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise InfrastructureError(
            "another run is writing to this folder",
            where=str(root),
            expected="one run at a time",
            got="a lock that is held",
            fix="wait for it to end, or give this run its own: --output FOLDER",
        ) from error
    except OSError as error:
        raise InfrastructureError(
            f"the output folder cannot be written: {error.strerror}",
            where=str(root),
            fix="make it writable, or choose another: --output FOLDER",
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _worker(request: Request, log: Path) -> Iterator[tuple[Any, Any]]:
    """The worker process and the stream of its events."""
    reader, writer = os.pipe()
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tidegate.runners.worker", str(writer)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(writer,),
            start_new_session=True,
            env=_environment(),
        )
    os.close(writer)
    if process.stdin is None:
        raise ComponentError("the worker has no standard input")
    with os.fdopen(reader, "rb") as stream:
        try:
            # A worker that is dead already shows by the end of its events.
            with suppress(BrokenPipeError):
                process.stdin.write(request.model_dump_json().encode() + b"\n")
                process.stdin.flush()
            yield process, stream
        finally:
            _end(process)
            with suppress(BrokenPipeError):
                process.stdin.close()


def _environment() -> dict[str, str]:
    """The environment, with this very package ahead and TensorFlow quieter."""
    source = str(Path(__file__).parents[2])
    paths = [source, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", "TF_ENABLE_ONEDNN_OPTS": "0"}
    return {**quiet, **os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the worker and its children; asks first."""
    for ask in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, ask)
            process.wait(GRACE_SECONDS)
        except (subprocess.TimeoutExpired, ProcessLookupError):
            continue


def _result(
    seen: list[events.Event],
    config: PipelineConfig,
    log: Path,
    code: int,
    seconds: float,
) -> RunResult:
    nodes = tuple(
        NodeResult.model_validate(event.model_dump(exclude={"event"}))
        for event in seen
        if isinstance(event, events.NodeEnded)
    )
    failure = next((e for e in seen if isinstance(e, events.RunFailed)), None)
    if failure is None and not any(isinstance(e, events.RunDone) for e in seen):
        failure = _died(code, nodes, seen, log)
        code = int(str(failure.error["exit_code"]))
    shut = failure is not None and failure.error.get("kind") == GateShut.__name__
    return RunResult(
        pipeline=config.name,
        run_id=next((e.run_id for e in seen if isinstance(e, events.Planned)), None),
        exit_code=code,
        seconds=round(seconds, 1),
        nodes=nodes,
        reports=tuple(
            uri
            for node in nodes
            for uri in node.outputs.values()
            if (Path(uri) / REPORT_FILE).is_file()
        ),
        shut_by=failure.node if failure is not None and shut else None,
        pushed=_pushed(nodes, config),
        error=failure.error if failure is not None else None,
        error_text=failure.text if failure is not None else (),
        log=str(log),
    )


def _died(
    code: int,
    nodes: tuple[NodeResult, ...],
    seen: list[events.Event],
    log: Path,
) -> events.RunFailed:
    """What to say of a worker that ended without a word."""
    started = [e.node for e in seen if isinstance(e, events.NodeStarted)]
    node = started[-1] if len(started) > len([n for n in nodes if n.state]) else None
    if code == ExitCode.INTERRUPTED:
        error: TidegateError = TidegateError(
            "interrupted", where=node, fix="run it again; finished nodes are cached"
        )
        error.exit_code = ExitCode.INTERRUPTED
    elif code == -signal.SIGKILL:
        error = InfrastructureError(
            "the run was killed, most likely for want of memory",
            where=node,
            fix="free some memory, or run on less data: --data FILE",
        )
    else:
        error = ComponentError(
            "the run broke without an error message",
            where=node,
            got=f"exit code {code}",
            fix=f"read the end of {log}",
        )
    return events.RunFailed(error=error.as_dict(), text=tuple(error.lines()), node=node)


def _pushed(nodes: tuple[NodeResult, ...], config: PipelineConfig) -> str | None:
    """Folder of the version that this run pushed, if a pusher ran in it."""
    ran = [
        n.outputs["pushed_model"]
        for n in nodes
        if "pushed_model" in n.outputs and n.state == "done"
    ]
    if not ran:
        return None
    told = Path(ran[-1]) / EVENT_FILE
    if told.is_file():
        version = json.loads(told.read_bytes())["version"]
        return f"{config.push_to}/{version}"
    from tidegate.champion.champion import newest_version

    try:
        newest = newest_version(config.push_to)
    except TidegateError:  # The run is over, and went well without this line.
        return None
    return newest.uri if newest is not None else None
