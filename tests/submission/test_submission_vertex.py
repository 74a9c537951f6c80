"""On Vertex AI the job's id is the key; tried with a stand-in for its library."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from submission_trial import FAST
from vertex_stand_in import StandIn

from tidegate.errors import InfrastructureError, UsageError
from tidegate.submission import spec_file, vertex, vertex_schedules
from tidegate.submission.marks import new_token
from tidegate.submission.timing import Timing
from tidegate.submission.vertex import Job, Place

CRON = Timing("0 6 * * *", None)
LOST: list[tuple[bool, int | None]] = [
    (done, status) for done in (True, False) for status in (None, 429, 500, 503, 504)
]


@pytest.fixture
def library() -> StandIn:
    return StandIn()


@pytest.fixture
def place(library: StandIn) -> Place:
    return Place("p", "r", library, FAST, lambda line: None)


@pytest.fixture
def job(spec_path: Callable[..., Path]) -> Job:
    return Job(spec_file.read(spec_path()), "nightly", {"span": 9})


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_makes_no_second_job(
    library: StandIn, place: Place, job: Job, fault: tuple[bool, int | None]
) -> None:
    library.faults = [fault]
    made, found = vertex.submit(place, job)
    assert list(library.jobs) == [made.name]
    assert not found
    again, found = vertex.submit(place, replace(job, token=new_token()))
    assert (again.name, found) == (made.name, True)


def test_another_content_under_the_name_is_refused(place: Place, job: Job) -> None:
    vertex.submit(place, job)
    with pytest.raises(UsageError, match="another content"):
        vertex.submit(place, replace(job, values={"span": 10}))


@pytest.mark.parametrize("code", [400, 403, 404])
def test_a_refusal_is_not_repeated(
    library: StandIn, place: Place, job: Job, code: int
) -> None:
    library.faults = [(False, code)]
    with pytest.raises(UsageError, match="refuses"):
        vertex.submit(place, job)
    assert not library.jobs


def test_a_fault_of_the_program_is_no_refusal(place: Place) -> None:
    def broken() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        place.call(broken)


def test_patience_ends(library: StandIn, place: Place, job: Job) -> None:
    library.faults = [(False, 503)] * 50
    with pytest.raises(InfrastructureError):
        vertex.submit(place, job)


@pytest.mark.parametrize("name", ["nightly", "Ä ö/ü", "x" * 128, "9", "---", "a b"])
def test_a_job_id_is_legal_and_the_same_again(job: Job, name: str) -> None:
    one, two = replace(job, name=name), replace(job, name=name, token=new_token())
    assert re.fullmatch(r"[a-z][-a-z0-9]{0,127}", one.job_id)
    assert one.job_id == two.job_id
    assert one.job_id != replace(job, name=f"{name}.").job_id


def test_a_job_is_seen_as_a_run(library: StandIn, place: Place, job: Job) -> None:
    made, _ = vertex.submit(place, job)
    run = vertex.look_at(place, made.name)
    assert run["state"] == "SUCCEEDED"
    assert run["run_details"]["task_details"] == [
        {"display_name": "gate", "state": "SUCCEEDED"}
    ]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("PIPELINE_STATE_CANCELLED", "CANCELED"),
        ("PIPELINE_STATE_QUEUED", "QUEUED"),
        (None, ""),
    ],
)
def test_states_have_one_spelling(said: Any, state: str) -> None:
    assert vertex.state_of(said) == state


@pytest.mark.parametrize("fault", LOST)
def test_a_schedule_is_made_once(
    library: StandIn, place: Place, job: Job, fault: tuple[bool, int | None]
) -> None:
    library.faults = [fault]
    vertex_schedules.create(place, job, CRON)
    assert len(library.schedules) == 1
    again = replace(job, token=new_token())
    assert vertex_schedules.create(place, again, CRON)[1]
    with pytest.raises(UsageError, match="another schedule"):
        vertex_schedules.create(place, job, replace(CRON, cron="0 7 * * *"))


def test_a_schedule_is_paused_resumed_and_deleted(
    library: StandIn, place: Place, job: Job
) -> None:
    vertex_schedules.create(place, job, CRON)
    found = vertex_schedules.find(place, "nightly")
    states = []
    for what in ("paused", "resumed"):
        vertex_schedules.switch(found, what)
        states.append(vertex_schedules.listed(place)[0]["state"])
    assert states == ["paused", "active"]
    vertex_schedules.switch(found, "deleted")
    with pytest.raises(UsageError, match="no schedule"):
        vertex_schedules.find(place, "nightly")
