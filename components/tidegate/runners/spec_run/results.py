"""How a run went: what `run.json` holds and `--json` prints, and what watchers see."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from tidegate.report.model import write_whole
from tidegate.runners.spec_run.values import Value

RESULT_FILE = "run.json"
TaskState = Literal["done", "cached", "failed", "skipped", "not run"]
RunState = Literal["running", "succeeded", "failed", "interrupted"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskResult(_Record):
    """How one task ended.

    Attributes:
        task: Names down to it, with slashes.
        state: "skipped" for a condition that does not hold, "not run" for one whose
            predecessors did not succeed.
        seconds: From its beginning to its end.
        image: Of its container, which was not used; None for importers.
        attempts: How often its container ran.
        exit_code: Of a failed container.
        error: Why it failed.
        log: File with what it printed last.
        parameters: What it put out.
        outputs: Output to the folder or file in the store; only what is there.
        uris: Output to its URI.
        exit_task: True for one that runs whatever became of others.
    """

    task: str
    state: TaskState
    seconds: float = 0.0
    image: str | None = None
    attempts: int = 0
    exit_code: int | None = None
    error: str | None = None
    log: str | None = None
    parameters: dict[str, Value] = Field(default_factory=dict)
    outputs: dict[str, str] = Field(default_factory=dict)
    uris: dict[str, str] = Field(default_factory=dict)
    exit_task: bool = False


class SpecRun(_Record):
    """How a run went.

    Attributes:
        pipeline: Its name.
        run_id: As {{$.pipeline_job_uuid}} gives it.
        spec: File that was run.
        state: How it ended; "running" while it goes on; of a run that was killed, too,
            until the next one begins.
        exit_code: Of the command.
        seconds: From its beginning to its end.
        parameters: With defaults.
        tasks: In the order in which they ended.
        failed: The task that failed first, None if none did.
        reports: Folders of the test reports of the run.
        folder: Where this record and the logs are.
        notes: What was passed over, such as images.
        error: What went wrong, as TidegateError.as_dict gives it.
    """

    pipeline: str
    run_id: str
    spec: str
    state: RunState
    exit_code: int
    seconds: float
    parameters: dict[str, Value] = Field(default_factory=dict)
    tasks: tuple[TaskResult, ...] = ()
    failed: str | None = None
    reports: tuple[str, ...] = ()
    folder: str
    notes: tuple[str, ...] = ()
    error: dict[str, Any] | None = None


def write_result(folder: Path, result: SpecRun) -> None:
    """Writes the record of a run."""
    write_whole(folder / RESULT_FILE, result.model_dump_json(indent=2).encode())


class Watcher(Protocol):
    """Whoever shows a run's progress; called from several threads."""

    def planned(self, tasks: list[str]) -> None:
        """Called once, with all tasks that may run, in an order that may be theirs."""

    def started(self, task: str) -> None:
        """Called when a task begins."""

    def ended(self, result: TaskResult) -> None:
        """Called when a task has ended, or will not run."""

    def say(self, line: str) -> None:
        """Called with a line for people."""
