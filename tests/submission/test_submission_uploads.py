"""Versions and schedules are made once by their name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from kfp_server import Fault, Seen, Server
from submission_trial import compiled

from tidegate.errors import UsageError
from tidegate.submission import experiments, schedules, spec_file, timing, uploads
from tidegate.submission.connection import Connection
from tidegate.submission.request import Request, uploaded_source

FAULTS = [Fault(work, status) for work in ("never", "before") for status in (None, 500)]


def content(**times: Any) -> dict[str, Any]:
    given = {"cron": None, "interval": 3600, **times}
    return {"pipeline_spec": compiled(), **timing.Timing(**given).body()}


def experiment(connection: Connection) -> str:
    return str(experiments.find_or_make(connection, "e", None)["experiment_id"])


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_version_is_uploaded_once(
    server: Server,
    connection: Connection,
    spec_path: Callable[..., Path],
    fault: Fault,
    number: int,
) -> None:
    left = [None] * number + [fault]
    server.fault = lambda s: left.pop(0) if left and s.method == "POST" else None
    spec = spec_file.read(spec_path({"platforms": {}}))
    done = uploads.upload(connection, spec, "flights", "1.0", None)
    assert not done.found
    assert list(server.store.pipelines) == [done.pipeline["pipeline_id"]]
    assert list(server.store.versions) == [done.version["pipeline_version_id"]]
    assert uploads.upload(connection, spec, "flights", "1.0", None).found
    stored = server.store.versions[done.version["pipeline_version_id"]]
    assert stored["pipeline_spec"] == spec.payload()


def sent(server: Server) -> Any:
    (body,) = (s.body for s in server.seen if s.path == "/pipelines/upload_version")
    return body


@pytest.mark.parametrize(
    "rewritten",
    [
        lambda text: text,
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"# Grenz\xc3\xbcbergang\n\n" + text + b"# the end, no newline",
        lambda text: b"---\n" + text + b"---\n",
        lambda text: json.dumps(yaml.safe_load(text), indent=1).encode(),
    ],
    ids=["plain", "bom", "crlf", "comments", "empty-document", "json"],
)
def test_a_file_goes_up_byte_for_byte(
    server: Server,
    connection: Connection,
    spec_path: Callable[..., Path],
    rewritten: Callable[[bytes], bytes],
) -> None:
    path = spec_path()
    content = rewritten(path.read_bytes())
    path.write_bytes(content)
    done = uploads.upload(connection, spec_file.read(path), "flights", "1", None)
    assert sent(server) == content
    assert done.sha256 == hashlib.sha256(content).hexdigest()
    assert done.version["pipeline_spec"] == compiled()


def test_a_platform_goes_up_byte_for_byte_too(
    server: Server, connection: Connection, spec_path: Callable[..., Path]
) -> None:
    path = spec_path({"platforms": {"kubernetes": {}}})
    uploads.upload(connection, spec_file.read(path), "flights", "1", None)
    assert sent(server) == path.read_bytes()


@pytest.mark.parametrize(
    "documents",
    [
        [{"pipelineSpec": compiled(), "displayName": "x"}],
        [compiled(), {"platforms": {"kubernetes": {}}}, {"more": 1}],
    ],
    ids=["job", "two-platforms"],
)
def test_what_the_server_would_not_read_is_written_anew(
    server: Server,
    connection: Connection,
    tmp_path: Path,
    documents: list[dict[str, Any]],
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump_all(documents))
    spec = spec_file.read(path)
    done = uploads.upload(connection, spec, "flights", "1", None)
    assert done.version["pipeline_spec"] == spec.payload()
    assert done.sha256 == hashlib.sha256(sent(server)).hexdigest()


def test_of_one_content_the_file_that_went_up_is_told(
    connection: Connection, spec_path: Callable[..., Path]
) -> None:
    path = spec_path()
    first = hashlib.sha256(path.read_bytes()).hexdigest()
    uploads.upload(connection, spec_file.read(path), "flights", "1", None)
    path.write_bytes(b"# later\n" + path.read_bytes())
    again = uploads.upload(connection, spec_file.read(path), "flights", "1", None)
    assert (again.found, again.sha256) == (True, first)


def test_what_another_uploads_meanwhile_is_taken(
    server: Server, connection: Connection, spec_path: Callable[..., Path]
) -> None:
    """Pipeline and version appear after the search and before they are made."""
    spec = spec_file.read(spec_path())

    def meanwhile(seen: Seen) -> None:
        done = server.count(seen.method, seen.path) > 1
        if seen.method == "POST" and not done:
            server.store.handle("POST", seen.path, seen.query, seen.body)

    server.fault = meanwhile
    done = uploads.upload(connection, spec, "flights", "1.0", None)
    assert list(server.store.pipelines) == [done.pipeline["pipeline_id"]]
    assert list(server.store.versions) == [done.version["pipeline_version_id"]]


def test_another_content_under_a_version_is_refused(
    connection: Connection, spec_path: Callable[..., Path]
) -> None:
    one = spec_file.read(spec_path())
    uploads.upload(connection, one, "flights", "1.0", None)
    with pytest.raises(UsageError, match="another content"):
        uploads.upload(connection, one.cached(True), "flights", "1.0", None)
    assert not uploads.upload(connection, one.cached(True), "flights", "2", None).found


def test_the_latest_version_is_run_if_none_is_named(
    connection: Connection, spec_path: Callable[..., Path]
) -> None:
    spec = spec_file.read(spec_path(span={"parameterType": "NUMBER_INTEGER"}))
    made = [
        uploads.upload(connection, spec, "flights", name, None).version
        for name in ("b", "a")
    ]
    wanted = Request(pipeline="flights", parameters=("span=3",))
    source = uploaded_source(wanted, connection, None)
    assert source.fields["pipeline_version_reference"] == {
        "pipeline_id": made[1]["pipeline_id"],
        "pipeline_version_id": made[1]["pipeline_version_id"],
    }
    assert source.values == {"span": 3}


@pytest.mark.parametrize(("pipeline", "version"), [("none", None), ("flights", "9")])
def test_what_was_not_uploaded_cannot_be_run(
    connection: Connection,
    spec_path: Callable[..., Path],
    pipeline: str,
    version: str | None,
) -> None:
    uploads.upload(connection, spec_file.read(spec_path()), "flights", "1", None)
    with pytest.raises(UsageError, match=r"there is no|has no"):
        uploads.reference(connection, pipeline, version, None)


@pytest.mark.parametrize("fault", [*FAULTS, Fault("before", 503)])
def test_a_schedule_is_made_once(
    server: Server, connection: Connection, fault: Fault
) -> None:
    where = experiment(connection)
    left = [fault]
    server.fault = lambda s: left.pop() if left and s.method == "POST" else None
    done = schedules.create(connection, "nightly", where, content())
    assert not done.found
    assert list(server.store.recurring) == [done.recurring["recurring_run_id"]]
    assert schedules.create(connection, "nightly", where, content()).found


def test_other_times_under_the_name_are_refused(connection: Connection) -> None:
    where = experiment(connection)
    schedules.create(connection, "nightly", where, content())
    with pytest.raises(UsageError, match="another schedule"):
        schedules.create(connection, "nightly", where, content(interval=60))


def test_a_schedule_is_paused_resumed_and_deleted(
    server: Server, connection: Connection
) -> None:
    where = experiment(connection)
    made = schedules.create(connection, "nightly", where, content()).recurring
    identity = made["recurring_run_id"]
    states = []
    for on in (False, True):
        schedules.switch(connection, identity, on=on)
        (there,) = schedules.listed(connection, None, None)
        states.append(schedules.shown(there)["state"])
    assert states == ["disabled", "enabled"]
    left = [Fault("before")]
    server.fault = lambda s: left.pop() if left and s.method == "DELETE" else None
    schedules.delete(connection, identity)
    assert not server.store.recurring
    with pytest.raises(UsageError):
        schedules.delete(connection, identity)


def test_a_schedule_is_found_by_name_or_id(connection: Connection) -> None:
    where = experiment(connection)
    made = schedules.create(connection, "nightly", where, content()).recurring
    for which in ("nightly", made["recurring_run_id"]):
        assert schedules.find(connection, which, where, None) == made
    connection.call(
        "POST",
        "/recurringruns",
        body={"display_name": "nightly", "experiment_id": where, **content()},
    )
    with pytest.raises(UsageError, match="several"):
        schedules.find(connection, "nightly", where, None)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("0 6 * * *", "0 0 6 * * *"),
        (" 30 0  6 * * MON ", "30 0 6 * * MON"),
        ("@daily", "@daily"),
    ],
)
def test_cron_is_sent_with_seconds(text: str, sent: str) -> None:
    assert timing.cron_fields(text) == sent


@pytest.mark.parametrize("text", ["", "6", "* * * *", "a b c d e f g"])
def test_cron_of_another_length_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="fields"):
        timing.cron_fields(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("5m", 300), ("6h", 21600), ("1d", 86400)]
)
def test_intervals_are_read(text: str, seconds: int) -> None:
    assert timing.interval_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "0h", "-1h", "1.5h", "1w", "h", "١h"])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no interval"):
        timing.interval_seconds(text)


def test_a_moment_needs_its_zone() -> None:
    assert timing.moment("2026-11-01T06:00:00Z", "--start") == "2026-11-01T06:00:00Z"
    shifted = timing.moment("2026-11-01T06:00:00+02:00", "--start")
    assert shifted == "2026-11-01T06:00:00+02:00"
    for text in ("2026-11-01T06:00:00", "tomorrow", ""):
        with pytest.raises(UsageError, match="no moment"):
            timing.moment(text, "--start")
