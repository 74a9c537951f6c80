"""A submission makes exactly one run, whatever happens to its answers."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from kfp_server import Fault, Seen, Server
from submission_trial import FAST, compiled

from tidegate.errors import InfrastructureError, UsageError
from tidegate.submission import experiments, marks, names, runs
from tidegate.submission.connection import Connection
from tidegate.submission.host import Host
from tidegate.submission.runs import Submission, Submitted

LOST = [
    Fault("before"),
    Fault("before", 500),
    Fault("before", 502),
    Fault("late", 503, delay=0.02),
    Fault("late", delay=0.02),
    Fault("never"),
    Fault("never", 500),
    Fault("never", 503, retry_after="0"),
    Fault("never", 429),
]


def submission(
    connection: Connection, name: str | None = "nightly", span: int = 9
) -> Submission:
    experiment = experiments.find_or_make(connection, "trials", None)
    token = marks.new_token()
    return Submission(
        name or names.own_name("flights", token),
        name is not None,
        experiment["experiment_id"],
        {
            "pipeline_spec": compiled(),
            "runtime_config": {"parameters": {"span": span}},
        },
        token,
    )


def first(fault: Fault, path: str = "/runs"):
    """The fault for the first POST to the path."""
    left = [fault]

    def choose(seen: Seen) -> Fault | None:
        hit = left and seen.method == "POST" and seen.path == path
        return left.pop() if hit else None

    return choose


@pytest.mark.parametrize("name", ["nightly", None])
@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_makes_no_second_run(
    server: Server, connection: Connection, fault: Fault, name: str | None
) -> None:
    wanted = submission(connection, name)
    server.fault = first(fault)
    if fault.work == "late":  # However late a busy machine is with it.
        connection.policy = replace(connection.policy, settle=30)
    done = runs.submit(connection, wanted)
    assert [run["run_id"] for run in server.store.runs.values()] == [done.run["run_id"]]
    assert not done.found
    assert done.recovered == (fault.work != "never")


def test_the_same_name_again_finds_the_run(connection: Connection) -> None:
    made = runs.submit(connection, submission(connection))
    again = runs.submit(connection, submission(connection))
    assert (made.found, again.found) == (False, True)
    assert again.run["run_id"] == made.run["run_id"]


@pytest.mark.parametrize("name", ["a+b", "50 % more", "naïve/x?y&z#1", 'say "x"', "é"])
def test_any_name_is_found_again(
    server: Server, connection: Connection, name: str
) -> None:
    for _ in range(2):
        runs.submit(connection, submission(connection, name))
    assert [run["display_name"] for run in server.store.runs.values()] == [name]


def test_other_content_under_the_name_is_refused(
    server: Server, connection: Connection
) -> None:
    runs.submit(connection, submission(connection))
    with pytest.raises(UsageError, match="other parameters"):
        runs.submit(connection, submission(connection, span=10))
    assert len(server.store.runs) == 1


def test_a_run_of_another_client_is_refused(connection: Connection) -> None:
    wanted = submission(connection)
    body = {**wanted.body(), "description": "by hand"}
    connection.once("POST", "/runs", body=body)
    with pytest.raises(UsageError, match="another client"):
        runs.submit(connection, wanted)


def test_letters_of_another_size_are_another_name(
    server: Server, connection: Connection
) -> None:
    runs.submit(connection, submission(connection, "Nightly"))
    runs.submit(connection, submission(connection, "nightly"))
    assert len(server.store.runs) == 2


def test_the_name_is_free_in_another_experiment(
    server: Server, connection: Connection
) -> None:
    other = experiments.find_or_make(connection, "others", None)
    wanted = submission(connection)
    runs.submit(connection, wanted)
    runs.submit(connection, replace(wanted, experiment_id=other["experiment_id"]))
    assert len(server.store.runs) == 2


def test_a_double_made_late_is_ended(server: Server, connection: Connection) -> None:
    server.fault = first(Fault("never"))
    done = runs.submit(connection, submission(connection, None))
    lost = next(s for s in server.seen if (s.method, s.path) == ("POST", "/runs"))
    server.store.handle(lost.method, lost.path, lost.query, lost.body)
    again = runs.submit(
        connection,
        replace(submission(connection), name=done.run["display_name"]),
    )
    assert again.run["run_id"] == done.run["run_id"]
    (double,) = (server.store.runs[identity] for identity in again.ended)
    assert (double["state"], double["storage_state"]) == ("CANCELING", "ARCHIVED")
    assert [run["run_id"] for run in server.store.alive()] == [done.run["run_id"]]


def test_a_refusal_is_not_repeated(server: Server, connection: Connection) -> None:
    wanted = replace(submission(connection), experiment_id="nowhere")
    with pytest.raises(UsageError, match="no such thing"):
        runs.submit(connection, wanted)
    assert server.count("POST", "/runs") <= 1


def test_lost_answers_to_the_end_say_how_to_go_on(
    server: Server, connection: Connection
) -> None:
    wanted = submission(connection, None)
    server.fault = lambda seen: Fault() if seen.method == "POST" else None
    policy = replace(FAST, attempts=2)
    with (
        Connection(Host(server.url), policy=policy) as impatient,
        pytest.raises(InfrastructureError, match="not known") as caught,
    ):
        runs.submit(impatient, wanted)
    assert wanted.name in str(caught.value)


def test_many_at_once_over_a_bad_network_make_one_run_each(server: Server) -> None:
    dice = random.Random(7)

    def fault(seen: Seen) -> Fault | None:
        return dice.choice(LOST) if dice.random() < 0.2 else None

    server.fault = fault
    with Connection(Host(server.url), policy=FAST) as connection:
        wanted = [submission(connection, f"run {n}", n) for n in range(150)]
        with ThreadPoolExecutor(16) as pool:
            done = list(pool.map(lambda one: runs.submit(connection, one), wanted))
    names = [run["display_name"] for run in server.store.alive()]
    assert sorted(names) == sorted(one.name for one in wanted)
    assert {one.run["run_id"] for one in done} == {
        run["run_id"] for run in server.store.alive()
    }


@pytest.mark.parametrize("name", ["", " x", "x ", "a\nb", "x" * 201])
def test_a_name_that_cannot_be_a_key_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        names.demand_name(name, "--run-name")


def test_numbers_count_by_value_in_the_mark(connection: Connection) -> None:
    one, two = submission(connection, span=3), submission(connection, span=3.0)  # type: ignore[arg-type]
    assert one.mark.digest == two.mark.digest
    assert isinstance(runs.submit(connection, one), Submitted)
    assert runs.submit(connection, two).found


@pytest.mark.parametrize("span", [9, 10])
def test_another_process_in_the_same_moment_leaves_one_of_equal_runs(
    server: Server, connection: Connection, span: int
) -> None:
    """The other's run appears after the search and before this one's is made."""
    mine, theirs = submission(connection), submission(connection, span=span)

    def meanwhile(seen: Seen) -> None:
        if (seen.method, seen.path) == ("POST", "/runs") and not server.store.runs:
            server.store.handle("POST", "/runs", {}, theirs.body())

    server.fault = meanwhile
    done = runs.submit(connection, mine)
    first, *others = server.store.runs.values()
    same = span == 9
    assert (done.run["run_id"] == first["run_id"]) == same
    assert len(server.store.alive()) == (1 if same else 2)
    assert done.ended == ((others[0]["run_id"],) if same else ())
