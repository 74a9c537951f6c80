"""Recurring runs: made once by their name, listed, paused, resumed, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.errors import UsageError
from tidegate.submission.connection import Connection, equals
from tidegate.submission.marks import Mark, mark_of, new_token
from tidegate.submission.retrying import CallFailed
from tidegate.submission.spec_file import digest

_PATH = "/recurringruns"


@dataclass(frozen=True)
class Scheduled:
    """A recurring run on the server; `found` if it was there before, the same."""

    recurring: dict[str, Any]
    found: bool


def create(
    connection: Connection,
    name: str,
    experiment_id: str,
    content: Mapping[str, Any],
) -> Scheduled:
    """The recurring run of that name and content, made if need be.

    Names of recurring runs are not unique on the server: it is searched for
    before every attempt, as for runs.

    Raises:
        UsageError: One of that name has another content.
        InfrastructureError: The server was not reached in time.
    """
    mark = Mark(new_token(), digest(content))
    body = {
        "display_name": name,
        "description": mark.line,
        "experiment_id": experiment_id,
        "mode": "ENABLE",
        **content,
    }
    try:
        for attempt in connection.policy.calls(connection.heard):
            with attempt:
                there = _same_name(connection, name, experiment_id)
                if there:
                    return _known(connection, there[0], mark)
                made = connection.once("POST", _PATH, body=body)
                return Scheduled(made, found=False)
    except CallFailed as failure:
        raise connection.error(failure) from None
    raise AssertionError("there is always a first call")


def listed(
    connection: Connection, experiment_id: str | None, namespace: str | None
) -> list[dict[str, Any]]:
    """The recurring runs of an experiment, or of all, by name."""
    query = {"experiment_id": experiment_id, "namespace": namespace}
    found = connection.pages(_PATH, "recurringRuns", query)
    return sorted(found, key=lambda item: str(item.get("display_name")))


def find(
    connection: Connection,
    which: str,
    experiment_id: str | None,
    namespace: str | None,
) -> dict[str, Any]:
    """The recurring run of that id or name.

    Raises:
        UsageError: There is none, or there are several of that name.
    """
    there = listed(connection, experiment_id, namespace)
    by_id = [item for item in there if item.get("recurring_run_id") == which]
    found = by_id or [item for item in there if item.get("display_name") == which]
    if len(found) == 1:
        return found[0]
    ids = ", ".join(str(item["recurring_run_id"]) for item in found)
    raise UsageError(
        f"there are several schedules {which!r}"
        if found
        else f"there is no schedule {which!r}",
        where=connection.host.url,
        got=ids or None,
        fix="name one by its id" if found else "see tidegate schedule list",
    )


def shown(recurring: Mapping[str, Any]) -> dict[str, Any]:
    """What a list says of a recurring run."""
    trigger = recurring.get("trigger") or {}
    cron = (trigger.get("cron_schedule") or {}).get("cron")
    seconds = (trigger.get("periodic_schedule") or {}).get("interval_second")
    return {
        "id": recurring.get("recurring_run_id"),
        "name": recurring.get("display_name"),
        "when": cron or f"every {seconds} s",
        "state": str(recurring.get("status", "unknown")).lower(),
        "at_once": int(recurring.get("max_concurrency", 1)),
    }


def switch(connection: Connection, recurring_run_id: str, *, on: bool) -> None:
    """Resumes or pauses a recurring run; one that is so already stays so."""
    verb = "enable" if on else "disable"
    connection.call("POST", f"{_PATH}/{recurring_run_id}:{verb}")


def delete(connection: Connection, recurring_run_id: str) -> None:
    """Deletes a recurring run; its runs stay.

    Raises:
        TidegateError: The server refuses it, or was not reached in time.
    """
    unclear = False
    try:
        for attempt in connection.policy.calls(connection.heard):
            with attempt:
                try:
                    connection.once("DELETE", f"{_PATH}/{recurring_run_id}")
                except CallFailed as failure:
                    if unclear and failure.status == 404:
                        return  # The call whose answer was lost has done it.
                    unclear = unclear or failure.unclear
                    raise
    except CallFailed as failure:
        raise connection.error(failure) from None


def _same_name(
    connection: Connection, name: str, experiment_id: str
) -> list[dict[str, Any]]:
    query = {"experiment_id": experiment_id, "filter": equals(display_name=name)}
    found = connection.pages(_PATH, "recurringRuns", query)
    return [item for item in found if item.get("display_name") == name]


def _known(connection: Connection, there: dict[str, Any], mark: Mark) -> Scheduled:
    was = mark_of(there)
    if was is not None and was.digest == mark.digest:
        return Scheduled(there, found=was.token != mark.token)
    raise UsageError(
        f"there is already another schedule {there.get('display_name')!r}",
        where=connection.host.page("recurringrun", str(there["recurring_run_id"])),
        expected="the same pipeline, parameters and times",
        fix="delete it first, or choose another --name",
    )
