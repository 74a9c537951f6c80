"""Submits a run so that there is exactly one, whatever is lost on the way.

The name of a run is its key within the experiment. Before a run is made, and
again before every repetition, the experiment is searched for one of that name. A
name that was not given is made of the pipeline's name, the time and a random
token, so that it stands for this one submission.

An answer may be lost although the run was made, or is just being made. After such
an answer the experiment is watched for a while before the run is asked for again,
and looked at once more afterwards: of two runs by one name and of one content the
older stays, the younger is ended and archived.

What remains impossible without the server's help: that a server which makes the
run later than this process lives, or longer after the lost answer than is waited,
makes no second one. It is found, ended and archived by the next submission of the
same name, but it has run meanwhile. Likewise two processes that submit one name
in the same instant both may start a run; of equal ones the younger is ended within
seconds, different ones both stay, which is told. A
run that was deleted from the server is not known of, and is made again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.errors import InfrastructureError, TidegateError, UsageError
from tidegate.submission.connection import Connection, equals
from tidegate.submission.marks import Mark, mark_of, new_token
from tidegate.submission.retrying import CallFailed
from tidegate.submission.spec_file import digest

FINISHED = frozenset({"SUCCEEDED", "FAILED", "CANCELED", "SKIPPED"})


@dataclass(frozen=True)
class Submission:
    """A run that is to be.

    Attributes:
        name: Its name.
        named: Whether a person gave the name, so that it may be there already.
        experiment_id: Where it belongs.
        content: Source of the pipeline, runtime config and service account, as
            the API has them.
        token: Of this submission.
    """

    name: str
    named: bool
    experiment_id: str
    content: Mapping[str, Any]
    token: str = field(default_factory=new_token)

    @property
    def mark(self) -> Mark:
        """What the run will say about itself."""
        return Mark(self.token, digest(self.content))

    def body(self) -> dict[str, Any]:
        """The run as the API takes it."""
        return {
            "display_name": self.name,
            "description": self.mark.line,
            "experiment_id": self.experiment_id,
            **self.content,
        }


@dataclass(frozen=True)
class Submitted:
    """A run that is.

    Attributes:
        run: As the server has it.
        found: It was there before this submission.
        recovered: It was made by a call whose answer was lost.
        ended: Ids of younger doubles, which were ended and archived.
    """

    run: dict[str, Any]
    found: bool = False
    recovered: bool = False
    ended: tuple[str, ...] = ()


def submit(connection: Connection, submission: Submission) -> Submitted:
    """The one run of this submission, made now or found.

    Raises:
        UsageError: Another run has the name, or the server refuses this one.
        InfrastructureError: The server was not reached, or its answers were lost
            until time was up; the same name submitted again finds the run.
    """
    unclear = False
    try:
        for attempt in connection.policy.calls(connection.heard):
            with attempt:
                if submission.named or unclear:
                    runs = same_name(connection, submission)
                    if runs:
                        return _kept(connection, submission, runs, unclear)
                try:
                    run = connection.once("POST", "/runs", body=submission.body())
                except CallFailed as failure:
                    unclear = unclear or failure.unclear
                    if failure.late:
                        runs = _watched(connection, submission)
                        if runs:
                            return _kept(connection, submission, runs, True)
                    raise
                return _made(connection, submission, run, unclear)
    except CallFailed as failure:
        error = connection.error(failure)
        if not unclear:
            raise error from None
        return _last_look(connection, submission, error)
    except InfrastructureError as error:
        if not unclear:
            raise
        raise _unknown(submission, error) from None
    raise AssertionError("there is always a first call")


def same_name(connection: Connection, submission: Submission) -> list[dict[str, Any]]:
    """The runs of this submission's name, the oldest first.

    Raises:
        UsageError: One of them is of another content, or of another client.
    """
    query = {
        "experiment_id": submission.experiment_id,
        "filter": equals(display_name=submission.name),
    }
    # A database may take `Nightly` and `nightly` for one name; this does not.
    runs = [
        run
        for run in connection.pages("/runs", "runs", query)
        if run.get("display_name") == submission.name
    ]
    for run in runs:
        mark = mark_of(run)
        if mark is None or mark.digest != submission.mark.digest:
            raise _taken(connection, submission, run, mark)
    return sorted(runs, key=_age)


def _age(run: Mapping[str, Any]) -> tuple[str, str]:
    return str(run.get("created_at")), str(run["run_id"])


def _made(
    connection: Connection,
    submission: Submission,
    run: dict[str, Any],
    unclear: bool,
) -> Submitted:
    """The run just made, or an older one of which it is the double."""
    if not (unclear or submission.named):
        return Submitted(run)
    try:
        runs = same_name(connection, submission)
    except InfrastructureError:
        runs = []  # The run is there, which counts; doubles are for next time.
    except UsageError as error:
        connection.tell(f"made in the same moment as another: {error.message}")
        runs = []
    return _kept(connection, submission, runs or [run], False)


def _kept(
    connection: Connection,
    submission: Submission,
    runs: list[dict[str, Any]],
    unclear: bool,
) -> Submitted:
    oldest, *doubles = runs
    ended = [
        str(double["run_id"])
        for double in doubles
        if double.get("storage_state") != "ARCHIVED" and _end(connection, double)
    ]
    mine = (mark_of(oldest) or submission.mark).token == submission.token
    return Submitted(oldest, not mine, mine and unclear, tuple(ended))


def _end(connection: Connection, run: Mapping[str, Any]) -> bool:
    """Ends and archives a double; one that refuses is left to a person."""
    path = f"/runs/{run['run_id']}"
    try:
        if run.get("state") not in FINISHED:
            connection.call("POST", f"{path}:terminate")
        connection.call("POST", f"{path}:archive")
    except TidegateError as error:
        connection.tell(f"a double could not be ended: {run['run_id']}: {error}")
        return False
    return True


def _watched(connection: Connection, submission: Submission) -> list[dict[str, Any]]:
    """The runs of the name, as soon as there is one; none when time is up."""
    until = time.monotonic() + connection.policy.settle
    wait = connection.policy.settle / 16
    while True:
        try:
            if runs := same_name(connection, submission):
                return runs
        except InfrastructureError:
            return []
        if time.monotonic() + wait > until:
            return []
        time.sleep(wait)
        wait *= 2


def _last_look(
    connection: Connection, submission: Submission, error: TidegateError
) -> Submitted:
    """The run, if it was made although no answer ever said so."""
    try:
        runs = same_name(connection, submission)
    except InfrastructureError:
        runs = []
    if runs:
        return _kept(connection, submission, runs, True)
    raise _unknown(submission, error) from None


def _unknown(submission: Submission, error: TidegateError) -> InfrastructureError:
    return InfrastructureError(
        "it is not known whether the run was made: the answers were lost",
        where=error.where,
        got=error.got,
        fix="submit it again by its name, which finds it or makes it: "
        f"--run-name {submission.name!r}",
    )


def _taken(
    connection: Connection,
    submission: Submission,
    run: Mapping[str, Any],
    mark: Mark | None,
) -> UsageError:
    other = "another specification or other parameters"
    return UsageError(
        f"there is already a run {submission.name!r}, of {other}"
        if mark
        else f"there is already a run {submission.name!r}, made by another client",
        where=connection.host.page("runs", str(run["run_id"])),
        expected="the same pipeline, parameters and service account",
        got=f"state {run.get('state', 'unknown')}, made {run.get('created_at', '?')}",
        fix="choose another --run-name",
    )
