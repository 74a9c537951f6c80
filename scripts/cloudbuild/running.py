"""Executes the steps of a build here, by Cloud Build's rules.

Steps start when those that they wait for have ended well, side by side where the file
allows it. The first failure that is not allowed ends the build: what runs is killed
and CANCELLED, what has not started stays QUEUED. A step over its time is TIMEOUT and
the build FAILURE; a build over its own time is TIMEOUT.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cloudbuild.containers import container, secret_values
from cloudbuild.graph import Graph, Waiting, faults
from cloudbuild.logs import BuildLog, Mask
from cloudbuild.processes import Ending, Process
from cloudbuild.results import (
    CANCELLED,
    FAILURE,
    INTERNAL_ERROR,
    QUEUED,
    SUCCESS,
    TIMEOUT,
    WORKING,
    BuildResult,
    StepResult,
)
from cloudbuild.rooms import Rooms
from cloudbuild.substitutions import expand
from cloudbuild.surroundings import Surroundings
from tidegate.errors import UsageError

# Cloud Build's own, where the file gives none: "timeout" in the schema of build files.
USUAL_TIMEOUT = 3600.0

PushImages = Callable[[list[str]], list[tuple[str, str]]]
Tell = Callable[[StepResult], None]


class Build:
    """One build, on this machine.

    Args:
        build: The Build message.
        values: Its substitutions, resolved.
        workspace: The folder that is /workspace, with the source in it.
        folder: Where logs, outputs and the home of the steps go.
        surroundings: What the machine gives to the steps.
        push_images: Pushes what `images` names once all steps ended well; it
            returns each with its digest and raises LookupError for a missing one.
        tell: Is told of each step that starts or ends.
        listen: Is told each line of the log.

    Raises:
        UsageError: Cloud Build would refuse the build.
    """

    def __init__(
        self,
        build: Any,
        values: Mapping[str, str],
        *,
        workspace: Path,
        folder: Path,
        surroundings: Surroundings,
        push_images: PushImages | None = None,
        tell: Tell = lambda step: None,
        listen: Callable[[str], None] | None = None,
    ) -> None:
        self._build, self._values = build, dict(values)
        self._rooms = Rooms(build, self._values, workspace, folder, surroundings)
        self._push_images, self._tell = push_images, tell
        waiting = [Waiting(step.id, tuple(step.wait_for)) for step in build.steps]
        for fault in faults(waiting):
            raise UsageError(
                f"step #{fault.step}: {fault.message}",
                where=f"steps[{fault.step}].{fault.field}",
                fix=fault.fix,
            )
        self._graph = Graph.of(waiting)
        secrets = secret_values(build, self._values, surroundings.secrets)
        self._mask = Mask([*secrets.values(), *surroundings.secrets.values()])
        self._containers = [
            container(build, index, self._values, secrets)
            for index in range(len(build.steps))
        ]
        self._log = BuildLog(folder / "logs", self._mask, listen)
        self._changed = threading.Condition()
        self._processes: dict[int, Process] = {}
        self._threads: list[threading.Thread] = []
        self._ending: tuple[str, str] | None = None
        self._begin = 0.0
        self.steps = [
            StepResult(step.id or f"#{index}") for index, step in enumerate(build.steps)
        ]

    def run(self) -> BuildResult:
        """Runs it to its end; an interruption ends it as CANCELLED."""
        self._rooms.prepare(self._containers)
        self._begin = time.monotonic()
        try:
            self._go()
            images = self._images() if self._ending is None else []
        except KeyboardInterrupt:
            self._end(CANCELLED, "interrupted")
            images = []
        finally:
            self._stop()
        status, detail = self._ending or (SUCCESS, "")
        self._log.say(status)
        if detail:
            self._log.say(f"ERROR: {detail}")
        self._log.close()
        seconds = time.monotonic() - self._begin
        return BuildResult(status, self._mask(detail), seconds, self.steps, images)

    def cancel(self, why: str = "cancelled") -> None:
        """Ends the build as somebody's click on Cancel does."""
        self._end(CANCELLED, why)

    def _go(self) -> None:
        """Starts steps as they become ready, until all ended or one ended the build."""
        limit = self._build.timeout.ToTimedelta().total_seconds() or USUAL_TIMEOUT
        end = self._begin + limit
        with self._changed:
            while self._ending is None and not self._all_done():
                for index in self._graph.ready(self._done(), self._started()):
                    self._start(index)
                left = end - time.monotonic()
                if left <= 0:
                    self._ending = (TIMEOUT, f"the build took over {limit:g} s")
                else:
                    self._changed.wait(min(left, 1.0))

    def _done(self) -> set[int]:
        return {i for i in self._started() if self._is_done(i)}

    def _is_done(self, index: int) -> bool:
        status = self.steps[index].status
        return status == SUCCESS or (status == FAILURE and self._allowed(index))

    def _started(self) -> set[int]:
        return {i for i, step in enumerate(self.steps) if step.status != QUEUED}

    def _all_done(self) -> bool:
        return len(self._done()) == len(self.steps)

    def _allowed(self, index: int) -> bool:
        """Whether the step may fail as it did; codes come before the flag."""
        step = self._build.steps[index]
        if step.allow_exit_codes:
            return self.steps[index].exit_code in step.allow_exit_codes
        return bool(step.allow_failure)

    def _start(self, index: int) -> None:
        step = self.steps[index]
        step.status, step.started = WORKING, time.monotonic() - self._begin
        step.log = self._log.path(index, step.name.lstrip("#"))
        thread = threading.Thread(target=self._step, args=(index,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _step(self, index: int) -> None:
        """The life of one step, in a thread of its own."""
        one, step = self._containers[index], self.steps[index]
        timeout = self._build.steps[index].timeout.ToTimedelta().total_seconds()
        self._tell(step)
        if one.label:
            self._log.say(f"Starting {one.label}")
        begin = time.monotonic()
        try:
            process = Process(self._rooms.order(one), self._rooms.note(index))
            with self._changed:
                self._processes[index] = process
                if self._ending is not None:
                    process.kill()
            assert step.log is not None
            ending = process.wait(self._log, step.log, one.label, timeout or None)
        except OSError as error:
            ending = Ending(None, broken=str(error))
        step.seconds = time.monotonic() - begin
        if one.label:
            self._log.say(f"Finished {one.label}")
        step.output = self._mask.hidden(self._rooms.finish(index))
        self._conclude(index, ending, timeout)

    def _conclude(self, index: int, ending: Ending, timeout: float) -> None:
        """Notes how a step ended, and what this means for the build."""
        step, failed = self.steps[index], f'build step {index} "{self._image(index)}"'
        with self._changed:
            step.exit_code = ending.code
            if ending.broken is not None:
                step.status = INTERNAL_ERROR
                self._end(INTERNAL_ERROR, f"{failed}: {ending.broken}")
            elif ending.timed_out:
                step.status, step.exit_code = TIMEOUT, None
                self._end(FAILURE, f"{failed} failed: it took over {timeout:g} s")
            elif self._ending is not None and ending.killed:
                step.status, step.exit_code = CANCELLED, None
            elif ending.code == 0:
                step.status = SUCCESS
            else:
                step.status = FAILURE
                if not self._allowed(index):
                    said = f"step exited with non-zero status: {ending.code}"
                    self._end(FAILURE, f"{failed} failed: {said}")
            self._changed.notify_all()
        self._tell(step)

    def _end(self, status: str, detail: str) -> None:
        """The first that ends the build says how; all others are killed."""
        with self._changed:
            if self._ending is None:
                self._ending = (status, detail)
            self._changed.notify_all()

    def _stop(self) -> None:
        """Kills what still runs, and waits until nothing is left."""
        with self._changed:
            running = list(self._processes.values())
        if self._ending is not None:
            for process in running:
                process.kill()
        for thread in self._threads:
            thread.join()

    def _images(self) -> list[tuple[str, str]]:
        names = [expand(name, self._values) for name in self._build.images]
        if not names or self._push_images is None:
            return []
        try:
            return self._push_images(names)
        except LookupError as error:
            self._end(FAILURE, str(error))
            return []

    def _image(self, index: int) -> str:
        return expand(self._build.steps[index].name, self._values)
