"""Starts a run of a compiled spec, and says how it ended.

State is under one folder for each pipeline: `store/` (artifacts), `cache/` (results
found again), `runs/<run>/` (run.json and logs). Several runs may go on at once: each
has its own folder, artifacts have URIs of their own, entries of the cache are
written once.
"""

from __future__ import annotations

import datetime
import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from tidegate.errors import ExitCode, InfrastructureError, raise_all
from tidegate.report.model import REPORT_FILE
from tidegate.runners.spec_run import parameters
from tidegate.runners.spec_run.cache import Cache
from tidegate.runners.spec_run.children import Children
from tidegate.runners.spec_run.engine import Engine, leaves
from tidegate.runners.spec_run.inputs import RunNames
from tidegate.runners.spec_run.kubernetes import IGNORED
from tidegate.runners.spec_run.leftovers import LOCK, SCRATCH, clear_all, sweep
from tidegate.runners.spec_run.refusals import refusals
from tidegate.runners.spec_run.results import SpecRun, TaskResult, Watcher, write_result
from tidegate.runners.spec_run.spec_file import CompiledSpec
from tidegate.runners.spec_run.state import DagRun
from tidegate.runners.spec_run.store import Store
from tidegate.runners.spec_run.values import Value

# Exit codes of our own containers that say what went wrong; others are 3.
_OURS = frozenset({1, 2, 4, 5})


@dataclass(frozen=True)
class Settings:
    """How to run.

    Attributes:
        output: Folder for store, cache and runs.
        project: Folder that stands for the one in the image.
        cache: Whether results of earlier runs are taken, and kept.
        jobs: How many containers may run at a time.
        longest_wait: Seconds after which a failed container is tried again at the
            latest; None waits as long as on a cluster.
    """

    output: Path
    project: Path
    cache: bool = True
    jobs: int = 2
    longest_wait: float | None = None


def run_spec(
    spec: CompiledSpec,
    given: Mapping[str, Value],
    settings: Settings,
    watcher: Watcher,
) -> SpecRun:
    """Runs a compiled pipeline on this machine.

    Args:
        spec: The pipeline.
        given: Values of its parameters.
        settings: How to run it.
        watcher: Is told what happens.

    Raises:
        UsageError: KFP would refuse it, or this runner does; nothing has run.
            `Problems` carries several.
        InfrastructureError: The output folder cannot be written.
    """
    raise_all(
        f"{spec.path} is refused",
        refusals(spec, given, os.environ),
    )
    names = _names(spec)
    folder = _new_folder(settings.output, names)
    sweep(settings.output / "runs")
    lock = FileLock(folder / LOCK)
    with lock:
        return _run(spec, given, settings, watcher, names, folder)


def _run(
    spec: CompiledSpec,
    given: Mapping[str, Value],
    settings: Settings,
    watcher: Watcher,
    names: RunNames,
    folder: Path,
) -> SpecRun:
    began, values = time.monotonic(), parameters.with_defaults(spec, given)
    root = DagRun(spec.spec.root, "", dict(values), {})
    cache = Cache(settings.output / "cache")
    children = Children()
    engine = Engine(
        spec=spec,
        names=names,
        folder=folder,
        store=Store(settings.output / "store"),
        cache=cache if settings.cache else None,
        imports=cache,
        children=children,
        watcher=watcher,
        project=settings.project,
        environment=os.environ,
        jobs=settings.jobs,
        longest_wait=settings.longest_wait,
    )
    base = SpecRun(
        pipeline=spec.name,
        run_id=names.id,
        spec=str(spec.path),
        state="running",
        exit_code=ExitCode.BROKEN,
        seconds=0.0,
        parameters=values,
        folder=str(folder),
        notes=_notes(spec),
    )
    write_result(folder, base)
    watcher.planned(leaves(spec, spec.spec.root, ""))
    interrupted = False
    try:
        with _terminated_as_interrupted():
            ok = engine.run(root)
    except KeyboardInterrupt:
        interrupted, ok = True, False
        children.stop()
    finally:
        children.close()
        clear_all(folder / SCRATCH)
    result = _ended(base, engine, ok, interrupted, time.monotonic() - began)
    write_result(folder, result)
    return result


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Lets SIGTERM, by which a CI system ends a job, do what Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _ended(
    base: SpecRun, engine: Engine, ok: bool, interrupted: bool, seconds: float
) -> SpecRun:
    results = tuple(engine.results)
    failed = next((r for r in results if r.state == "failed" and not r.exit_task), None)
    if interrupted:
        code, state = int(ExitCode.INTERRUPTED), "interrupted"
    elif ok:
        code, state = int(ExitCode.OK), "succeeded"
    else:
        code, state = exit_code(failed), "failed"
    return base.model_copy(
        update={
            "state": state,
            "exit_code": code,
            "seconds": round(seconds, 1),
            "tasks": results,
            "failed": None if failed is None else failed.task,
            "reports": _reports(results),
        }
    )


def exit_code(failed: TaskResult | None) -> int:
    """The failed container's own code where it is one of ours, else 3."""
    if failed is not None and failed.exit_code in _OURS:
        return int(failed.exit_code)
    return int(ExitCode.BROKEN)


def _reports(results: tuple[TaskResult, ...]) -> tuple[str, ...]:
    return tuple(
        folder
        for result in results
        for folder in result.outputs.values()
        if (Path(folder) / REPORT_FILE).is_file()
    )


def _names(spec: CompiledSpec) -> RunNames:
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    identity = str(uuid.uuid4())
    stamp = now.strftime("%Y-%m-%d %H-%M-%S")
    return RunNames(
        display_name=spec.display_name or f"{spec.name} {stamp}",
        resource_name=f"{spec.name}-{identity[:5]}",
        id=identity,
        created=now.isoformat().replace("+00:00", "Z"),
    )


def _new_folder(output: Path, names: RunNames) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    folder = output / "runs" / f"{stamp}-{names.id[:8]}"
    try:
        (folder / "logs").mkdir(parents=True)
    except OSError as error:
        raise InfrastructureError(
            f"the output folder cannot be written: {error.strerror}",
            where=str(output),
            fix="make it writable, or choose another: --output FOLDER",
        ) from error
    return folder


def _notes(spec: CompiledSpec) -> tuple[str, ...]:
    images = sorted(
        {
            executor.container.image
            for executor in spec.executors.values()
            if executor.WhichOneof("spec") == "container"
        }
    )
    passed_over = sorted(
        {field for config in spec.kubernetes.values() for field in config} & IGNORED
    )
    notes = []
    if images:
        listed = ", ".join(images)
        notes.append(f"commands run in this environment, not in their images: {listed}")
    if passed_over:
        notes.append(f"passed over, for a cluster only: {', '.join(passed_over)}")
    return tuple(notes)
