"""Stands in for google.cloud.aiplatform: keeps jobs and schedules in memory."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


class LibraryError(Exception):
    """Like an error of google.api_core, which has an HTTP status as its code."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"status {code}")
        if code is not None:
            self.code = code


LibraryError.__module__ = "google.api_core.exceptions"


@dataclass
class StandIn:
    """The library with all that it keeps.

    Attributes:
        faults: One for each creation to come: whether the work is done, and the
            status; None for none.
        jobs: By id.
        schedules: By id.
    """

    faults: list[tuple[bool, int | None] | None] = field(default_factory=list)
    jobs: dict[str, Any] = field(default_factory=dict)
    schedules: dict[str, Any] = field(default_factory=dict)
    state: str = "PIPELINE_STATE_SUCCEEDED"
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        library = self

        class PipelineJob(_Job):
            kept = library

        class PipelineJobSchedule(_Schedule):
            kept = library

        self.PipelineJob = PipelineJob
        self.PipelineJobSchedule = PipelineJobSchedule

    def do(self, work: Callable[[], None]) -> None:
        """Does the work, unless or before a fault."""
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or fault[0]:
            work()
        if fault is not None:
            raise LibraryError(fault[1]) if fault[1] else ConnectionResetError("reset")


class _Job:
    kept: StandIn

    def __init__(
        self,
        display_name: str,
        template_path: str,
        job_id: str,
        pipeline_root: str | None,
        parameter_values: dict[str, Any],
        labels: dict[str, str],
        project: str,
        location: str,
    ) -> None:
        self.display_name = display_name
        self.name = job_id
        self.values = parameter_values
        self.labels = labels
        self.place = (project, location)

    def submit(self, service_account: str | None = None) -> None:
        if self.name in self.kept.jobs:
            raise LibraryError(409)
        self.kept.do(lambda: self.kept.jobs.update({self.name: self}))

    def create_schedule(
        self,
        cron: str,
        display_name: str,
        start_time: str | None,
        end_time: str | None,
        max_concurrent_run_count: int,
        service_account: str | None,
    ) -> Any:
        made = self.kept.PipelineJobSchedule(self, cron, display_name)
        made.identity = str(next(self.kept.numbers))
        self.kept.do(lambda: self.kept.schedules.update({made.identity: made}))
        return made

    @classmethod
    def get(cls, resource_name: str, project: str, location: str) -> _Job:
        found: _Job = cls.kept.jobs[resource_name]
        assert found.place == (project, location)
        return found

    def to_dict(self) -> dict[str, Any]:
        detail = {"taskName": "gate", "state": "SUCCEEDED"}
        return {
            "displayName": self.display_name,
            "state": self.kept.state,
            "jobDetail": {"taskDetails": [detail]},
        }


class _Schedule:
    kept: StandIn

    def __init__(self, job: _Job, cron: str, name: str) -> None:
        self.job, self.cron, self.name, self.state = job, cron, name, "ACTIVE"
        self.identity = ""

    @classmethod
    def list(cls, project: str, location: str, filter: str | None = None) -> Any:
        return [
            item
            for item in cls.kept.schedules.values()
            if filter in (None, f'display_name="{item.name}"')
        ]

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": f"projects/p/locations/r/schedules/{self.identity}",
            "displayName": self.name,
            "cron": self.cron,
            "state": self.state,
            "maxConcurrentRunCount": "1",
            "createPipelineJobRequest": {"pipelineJob": {"labels": self.job.labels}},
        }

    def pause(self) -> None:
        self.state = "PAUSED"

    def resume(self, catch_up: bool = True) -> None:
        assert not catch_up
        self.state = "ACTIVE"

    def delete(self) -> None:
        del self.kept.schedules[self.identity]
