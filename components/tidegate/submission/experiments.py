"""Finds an experiment by its name, or makes it; the server keeps names unique."""

from __future__ import annotations

from typing import Any

from tidegate.errors import UsageError
from tidegate.submission.connection import Connection, equals
from tidegate.submission.retrying import CallFailed

DEFAULT = "Default"
CONFLICT = 409


def find(
    connection: Connection, name: str, namespace: str | None
) -> dict[str, Any] | None:
    """The experiment of that name; None if there is none."""
    query = {"namespace": namespace, "filter": equals(display_name=name)}
    for experiment in connection.pages("/experiments", "experiments", query):
        if experiment.get("display_name") == name:
            return experiment
    return None


def demand(connection: Connection, name: str, namespace: str | None) -> dict[str, Any]:
    """The experiment of that name.

    Raises:
        UsageError: There is none.
    """
    found = find(connection, name, namespace)
    if found is None:
        raise UsageError(
            f"there is no experiment {name!r}",
            where=connection.host.url,
            fix="check --experiment and --namespace",
        )
    return found


def find_or_make(
    connection: Connection, name: str, namespace: str | None
) -> dict[str, Any]:
    """The experiment of that name, made if need be.

    Raises:
        UsageError: It is archived, or the server refuses it.
        InfrastructureError: The server was not reached in time.
    """
    body = {"display_name": name}
    if namespace:
        body["namespace"] = namespace
    try:
        for attempt in connection.policy.calls(connection.heard):
            with attempt:
                found = find(connection, name, namespace)
                if found is None:
                    found = _make(connection, body, namespace)
                return _usable(connection, found)
    except CallFailed as failure:
        raise connection.error(failure) from None
    raise AssertionError("there is always a first call")


def _make(
    connection: Connection, body: dict[str, str], namespace: str | None
) -> dict[str, Any]:
    try:
        return connection.once("POST", "/experiments", body=body)
    except CallFailed as failure:
        if failure.status != CONFLICT:
            raise
        # Someone else was faster.
        found = find(connection, body["display_name"], namespace)
        if found is None:
            raise
        return found


def _usable(connection: Connection, experiment: dict[str, Any]) -> dict[str, Any]:
    if experiment.get("storage_state") != "ARCHIVED":
        return experiment
    raise UsageError(
        f"the experiment {experiment.get('display_name')!r} is archived",
        where=connection.host.page("experiments", str(experiment["experiment_id"])),
        fix="restore it, or name another with --experiment",
    )
