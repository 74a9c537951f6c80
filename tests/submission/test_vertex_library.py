"""google-cloud-aiplatform itself, over a stand-in for Google's servers."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from submission_trial import FAST, compiled

from tidegate.submission import spec_file, vertex
from tidegate.submission.marks import new_token
from tidegate.submission.vertex import LABEL, Job, Place

pytest.importorskip("google.cloud.aiplatform")


class Jobs:
    """Keeps jobs, and loses the answers to the first creations."""

    def __init__(self, lost: int) -> None:
        self.kept: dict[str, Any] = {}
        self.lost = lost

    def create_pipeline_job(
        self, parent: str, pipeline_job: Any, pipeline_job_id: str, timeout: Any
    ) -> Any:
        from google.api_core import exceptions

        if pipeline_job_id in self.kept:
            raise exceptions.AlreadyExists("it is there")
        pipeline_job.name = f"{parent}/pipelineJobs/{pipeline_job_id}"
        self.kept[pipeline_job_id] = pipeline_job
        if self.lost:
            self.lost -= 1
            raise exceptions.ServiceUnavailable("lost")
        return pipeline_job

    def get_pipeline_job(self, name: str, **ignored: Any) -> Any:
        return self.kept[name.rpartition("/")[2]]


@pytest.fixture
def jobs() -> Jobs:
    return Jobs(lost=1)


@pytest.fixture
def place(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> Place:
    library = vertex.load()
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.aiplatform.utils import gcs_utils

    def nobody(*ignored: Any, **also: Any) -> tuple[Any, str]:
        return AnonymousCredentials(), "p"  # type: ignore[no-untyped-call]

    monkeypatch.setattr("google.auth.default", nobody)
    job = library.PipelineJob
    monkeypatch.setattr(job, "_instantiate_client", lambda *own, **ignored: jobs)
    name = "create_gcs_bucket_for_pipeline_artifacts_if_it_does_not_exist"
    monkeypatch.setattr(gcs_utils, name, lambda **ignored: None)
    return Place("p", "europe-west4", library, FAST, lambda line: None)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    path = tmp_path / "job.json"
    said = {
        "pipelineSpec": compiled(span={"parameterType": "NUMBER_INTEGER"}),
        "displayName": "flights",
        "labels": {"team": "water"},
        "runtimeConfig": {"gcsOutputDirectory": "gs://b/r"},
    }
    path.write_text(json.dumps(said))
    return Job(spec_file.read(path), "flights 2013-09", {"span": 9})


def test_the_library_makes_one_job_of_a_lost_answer(
    place: Place, jobs: Jobs, job: Job
) -> None:
    _, found = vertex.submit(place, job)
    again, was = vertex.submit(place, replace(job, token=new_token()))
    assert (found, was) == (False, True)
    (kept,) = jobs.kept.values()
    assert again.name == kept.name.rpartition("/")[2] == job.job_id
    assert kept.display_name == job.name
    assert kept.runtime_config.parameter_values["span"] == 9
    assert dict(kept.labels).items() >= {"team": "water", LABEL: job.digest}.items()
    kept.state = 3
    assert vertex.look_at(place, job.job_id)["state"] == "RUNNING"


def test_the_library_takes_what_schedules_say(place: Place, job: Job) -> None:
    library = place.library

    def fits(call: Callable[..., Any], *values: Any, **named: Any) -> None:
        inspect.signature(call).bind(*values, **named)

    fits(
        library.PipelineJob.create_schedule,
        None,
        cron="0 6 * * *",
        display_name="n",
        start_time=None,
        end_time=None,
        max_concurrent_run_count=1,
        service_account=None,
    )
    fits(library.PipelineJobSchedule.list, filter="x", **place.where)
    fits(library.PipelineJobSchedule.resume, None, catch_up=False)
    fits(library.PipelineJobSchedule.pause, None)
    fits(library.PipelineJobSchedule.delete, None)


def test_the_library_prints_nothing_where_json_goes() -> None:
    code = (
        "import logging\n"
        "from tidegate.submission import vertex\n"
        "vertex.load()\n"
        "from google.cloud.aiplatform import pipeline_jobs\n"
        "pipeline_jobs._LOGGER.setLevel(logging.INFO)\n"
        "pipeline_jobs._LOGGER.info('Creating PipelineJob')\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    assert "Creating PipelineJob" in done.stderr
