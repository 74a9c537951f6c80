"""Schedules of Vertex AI: made once by their name, listed, paused, deleted.

Tried with a stand-in for google-cloud-aiplatform; no request has gone to Google.
"""

from __future__ import annotations

import json
from typing import Any

from tidegate.errors import UsageError
from tidegate.submission.timing import Timing
from tidegate.submission.vertex import LABEL, Job, Place, pipeline_job


def create(place: Place, job: Job, timing: Timing) -> tuple[Any, bool]:
    """The schedule of that name and content, and whether it was there before.

    Names of schedules are not unique: it is searched for before every attempt.

    Raises:
        UsageError: One of that name has another content, or it is refused.
        InfrastructureError: Vertex AI was not reached in time.
    """

    def work() -> tuple[Any, bool]:
        for there in _named(place, job.name):
            _demand_same(place, job, timing, there)
            return there, True
        made = pipeline_job(place, job).create_schedule(
            cron=timing.cron,
            display_name=job.name,
            start_time=timing.start,
            end_time=timing.end,
            max_concurrent_run_count=timing.at_once,
            service_account=job.service_account,
        )
        return made, False

    done: tuple[Any, bool] = place.call(work)
    return done


def listed(place: Place) -> list[dict[str, Any]]:
    """All schedules of the project in the region, by name."""
    found = place.call(lambda: place.library.PipelineJobSchedule.list(**place.where))
    return sorted((shown(item) for item in found), key=lambda one: str(one["name"]))


def switch(schedule: Any, what: str) -> None:
    """Pauses, resumes or deletes a schedule; missed times are not made up for."""
    if what == "resumed":
        schedule.resume(catch_up=False)
    elif what == "paused":
        schedule.pause()
    else:
        schedule.delete()


def find(place: Place, which: str) -> Any:
    """The schedule of that id or name.

    Raises:
        UsageError: There is none, or there are several of that name.
    """
    every = place.call(lambda: place.library.PipelineJobSchedule.list(**place.where))
    by_id = [item for item in every if shown(item)["id"] == which]
    found = by_id or [item for item in every if shown(item)["name"] == which]
    if len(found) == 1:
        return found[0]
    raise UsageError(
        f"there are several schedules {which!r}"
        if found
        else f"there is no schedule {which!r}",
        where=f"Vertex AI, {place.project}, {place.region}",
        got=", ".join(str(shown(item)["id"]) for item in found) or None,
        fix="name one by its id" if found else "see tidegate schedule list",
    )


def shown(schedule: Any) -> dict[str, Any]:
    """What a list says of a schedule."""
    said = schedule.to_dict()
    return {
        "id": str(said.get("name", "")).rpartition("/")[2],
        "name": said.get("displayName"),
        "when": said.get("cron"),
        "state": str(said.get("state", "")).lower(),
        "at_once": said.get("maxConcurrentRunCount"),
    }


def _named(place: Place, name: str) -> list[Any]:
    quoted = json.dumps(name)
    found = place.library.PipelineJobSchedule.list(
        filter=f"display_name={quoted}", **place.where
    )
    return [item for item in found if shown(item)["name"] == name]


def _demand_same(place: Place, job: Job, timing: Timing, there: Any) -> None:
    said = there.to_dict()
    request = said.get("createPipelineJobRequest") or {}
    labels = (request.get("pipelineJob") or {}).get("labels") or {}
    if labels.get(LABEL) == job.digest and said.get("cron") == timing.cron:
        return
    raise UsageError(
        f"there is already another schedule {job.name!r}",
        where=f"Vertex AI, {place.project}, {place.region}",
        expected="the same pipeline, parameters and times",
        fix="delete it first, or choose another --name",
    )
