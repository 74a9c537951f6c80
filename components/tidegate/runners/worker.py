"""The process that runs a pipeline: `python -m tidegate.runners.worker`.

It is started by `tidegate run` with a request on its standard input and the
number of a pipe for its events. Its own output is the log. It ends with its
parent: the end of standard input is the sign, even after a kill -9.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ConfigDict

from tidegate.errors import ExitCode, TidegateError
from tidegate.lineage.recorder import Recorder
from tidegate.lineage.rehearsal import within
from tidegate.pipeline_folder import PipelineFolder
from tidegate.runners import events, failures
from tidegate.runners.quick_start import end_process, quick_imports


class Request(BaseModel):
    """What to run.

    Attributes:
        folder: Absolute path of the pipeline folder.
        overrides: Settings laid over the folder's `config.yaml`.
        cache: Whether unchanged nodes are served from the cache.
        beam_args: Arguments for Beam, which overrule those of the local runner.
        reproduces: Id of the run that this one is to repeat, with everything
            that it would change outside of its own folder left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path
    overrides: dict[str, Any]
    cache: bool
    beam_args: tuple[str, ...] = ()
    reproduces: str | None = None


def main(events_fd: int) -> int:
    """Runs the request on standard input; returns the exit code."""
    request = Request.model_validate_json(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    logging.basicConfig(level=logging.INFO)
    with os.fdopen(events_fd, "wb") as stream:
        return _run(request, stream)


def _run(request: Request, stream: IO[bytes]) -> int:
    current: list[str] = []
    recorders: list[Recorder] = []
    one_at_a_time = threading.Lock()

    def tell(event: events.Event) -> None:
        if isinstance(event, events.NodeStarted):
            current[:] = [event.node]
        for recorder in recorders:
            recorder.event(event)
        # Progress comes from whatever thread does the work.
        with one_at_a_time:
            events.write(stream, event)

    code = _attempt(request, tell, current, recorders)
    for recorder in recorders:
        recorder.end(code)
    return code


def _attempt(
    request: Request, tell: Any, current: list[str], recorders: list[Recorder]
) -> int:
    try:
        _build_and_run(request, tell, recorders)
    except TidegateError as error:
        traceback.print_exc()
        tell(_failed(error, current))
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    except Exception as error:  # A component's own error, of whatever type.
        traceback.print_exc()
        broken = _broken(error, current)
        tell(broken)
        # Under what Beam wrapped, there may be an error with a code of its own.
        return int(str(broken.error["exit_code"]))
    return int(ExitCode.OK)


def _build_and_run(request: Request, tell: Any, recorders: list[Recorder]) -> None:
    folder = PipelineFolder.find(request.folder)
    config = folder.config(request.overrides)
    recorder = Recorder(
        folder,
        config,
        request.overrides,
        cache=request.cache,
        beam_args=request.beam_args,
        reproduces=request.reproduces,
    )
    recorders.append(recorder)
    # Heavy from here on: the parent already shows that it is loading.
    with quick_imports():
        from tidegate.runners import local

        create_components = folder.create_components()
    nodes = create_components(config)
    left_out: tuple[str, ...] = ()
    if request.reproduces is not None:
        nodes, left_out = within(nodes, config.root)
    pipeline = local.build(
        nodes,
        name=config.name,
        root=config.root,
        cache=request.cache,
        beam_args=request.beam_args,
    )
    recorder.built(pipeline.components, left_out)
    local.run(pipeline, tell)


def _failed(error: TidegateError, current: list[str]) -> events.RunFailed:
    return events.RunFailed(
        error=error.as_dict(),
        text=tuple(error.lines()),
        node=current[0] if current else None,
    )


def _broken(error: Exception, current: list[str]) -> events.RunFailed:
    cause = failures.cause_of(error)
    if cause is not None:
        return _failed(cause, current)
    node = current[0] if current else None
    return events.RunFailed(
        error={
            "kind": type(error).__name__,
            "message": failures.message_of(error)[:500],
            "exit_code": int(ExitCode.BROKEN),
        },
        text=failures.text_of(error, node or "the pipeline"),
        node=node,
    )


def _end_with_parent() -> None:
    # Past sys.stdin, whose lock would be held when the interpreter ends.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(int(ExitCode.INTERRUPTED))


if __name__ == "__main__":
    descriptor = int(sys.argv.pop())
    end_process(main(descriptor))
