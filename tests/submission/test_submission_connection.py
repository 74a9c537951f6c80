"""Calls are made again when that may help, and give nothing away."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from kfp_server import Fault, Seen, Server
from submission_trial import FAST

from tidegate.errors import InfrastructureError, SecurityError, UsageError
from tidegate.submission import experiments
from tidegate.submission.connection import Connection, equals
from tidegate.submission.credentials import POD_VARIABLE, VARIABLE, Credentials
from tidegate.submission.host import Host
from tidegate.submission.retrying import CallFailed, seconds_to_wait

SECRET = "eyJhbGciOi.sesame-open.42"


def times(server: Server, number: int, fault: Fault) -> None:
    """Lets the fault befall the first calls."""
    left = [fault] * number
    server.fault = lambda seen: left.pop() if left else None


@pytest.mark.parametrize("status", [None, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(
    server: Server, connection: Connection, status: int | None
) -> None:
    times(server, 3, Fault(status=status))
    assert connection.call("GET", "/healthz") == {}
    assert len(server.seen) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501])
def test_what_will_not_pass_is_not_tried_again(
    server: Server, connection: Connection, status: int
) -> None:
    times(server, 1, Fault(status=status))
    with pytest.raises((UsageError, InfrastructureError)):
        connection.call("GET", "/healthz")
    assert len(server.seen) == 1


def test_retry_after_is_waited_for(server: Server, connection: Connection) -> None:
    times(server, 1, Fault(status=503, retry_after="1"))
    begun = time.monotonic()
    connection.call("GET", "/healthz")
    assert time.monotonic() - begun >= 1


def test_a_wait_beyond_all_patience_is_told(
    server: Server, connection: Connection
) -> None:
    times(server, 1, Fault(status=429, retry_after="3600"))
    with pytest.raises(InfrastructureError, match="3,600 s"):
        connection.call("GET", "/healthz")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
    ],
)
def test_retry_after_in_seconds(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header) == seconds


@pytest.mark.parametrize("ahead", [90, -90])
def test_retry_after_as_a_date(ahead: int) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    header = format_datetime(now + timedelta(seconds=ahead), usegmt=True)
    assert seconds_to_wait(header, now) == max(ahead, 0)


def test_all_pages_of_a_list_are_read(server: Server, connection: Connection) -> None:
    names = [f"e{n:03}" for n in range(205)]
    for name in names:
        connection.call("POST", "/experiments", body={"display_name": name})
    found = connection.pages("/experiments", "experiments", {})
    assert [item["display_name"] for item in found] == names
    assert server.count("GET", "/experiments") == 3


def test_a_filter_survives_both_decodings(connection: Connection) -> None:
    for name in ("a+b", "a b", "a%2Bb"):
        experiments.find_or_make(connection, name, None)
        query = {"filter": equals(display_name=name)}
        found = connection.pages("/experiments", "experiments", query)
        assert [item["display_name"] for item in found] == [name]


@pytest.mark.parametrize("work", ["never", "before"])
@pytest.mark.parametrize("status", [None, 500])
def test_an_experiment_is_made_once(
    server: Server, connection: Connection, work: str, status: int | None
) -> None:
    left = [Fault(work, status)]
    server.fault = lambda s: left.pop() if left and s.method == "POST" else None
    made = experiments.find_or_make(connection, "trials", None)
    assert list(server.store.experiments) == [made["experiment_id"]]


def test_an_experiment_that_another_made_meanwhile_is_taken(
    server: Server, connection: Connection
) -> None:
    def meanwhile(seen: Seen) -> None:
        if seen.method == "POST" and not server.store.experiments:
            server.store.handle("POST", "/experiments", {}, dict(seen.body))

    server.fault = meanwhile
    made = experiments.find_or_make(connection, "trials", None)
    assert list(server.store.experiments) == [made["experiment_id"]]


def test_an_archived_experiment_is_refused(
    server: Server, connection: Connection
) -> None:
    made = experiments.find_or_make(connection, "trials", None)
    connection.call("POST", f"/experiments/{made['experiment_id']}:archive")
    with pytest.raises(UsageError, match="archived"):
        experiments.find_or_make(connection, "trials", None)


def test_a_server_out_of_reach_is_told() -> None:
    nowhere = Host("http://127.0.0.1:9")
    policy = replace(FAST, attempts=2)
    with (
        Connection(nowhere, policy=policy) as connection,
        pytest.raises(InfrastructureError, match="not reached"),
    ):
        connection.call("GET", "/healthz")


@pytest.mark.parametrize("source", ["file", "variable", "pod"])
def test_a_token_is_sent_from_each_place(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
) -> None:
    server.token = SECRET
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    if source == "variable":
        monkeypatch.setenv(VARIABLE, SECRET)
    if source == "pod":
        monkeypatch.setenv(POD_VARIABLE, str(file))
    who = Credentials(token_file=file if source == "file" else None)
    with Connection(Host(server.url), who, FAST) as connection:
        assert connection.call("GET", "/healthz") == {}


def test_a_token_is_read_anew_for_every_call(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first")
    server.token = "second"
    who = Credentials(token_file=file)
    with Connection(Host(server.url), who, FAST) as connection:
        with pytest.raises(UsageError, match="who is asking"):
            connection.call("GET", "/healthz")
        file.write_text("second")
        assert connection.call("GET", "/healthz") == {}


def test_secrets_are_in_no_error_and_no_log(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    token, cookie = tmp_path / "token", tmp_path / "cookie"
    token.write_text(SECRET)
    cookie.write_text("authservice_session=open-too-12345")
    who = Credentials(token_file=token, cookie_file=cookie)
    told: list[str] = []
    with Connection(Host(server.url), who, FAST, tell=told.append) as connection:
        server.store.handle = _quoting  # type: ignore[method-assign]
        times(server, 2, Fault(status=503))
        with pytest.raises(UsageError) as caught:
            connection.call("GET", "/healthz")
    text = "\n".join([str(caught.value), repr(who), caplog.text, *told])
    assert len(told) == 2
    assert SECRET not in text
    assert "open-too-12345" not in text
    assert "[hidden]" in text


def _quoting(*ignored: object) -> dict[str, object]:
    from kfp_store import Refusal

    raise Refusal(3, f"bad header Bearer {SECRET}; cookie open-too-12345")


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://kf.example.com", True),
        ("http://localhost:8080", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:8080", True),
        ("http://ml-pipeline.kubeflow.svc:8888", True),
        ("http://kf.example.com", False),
        ("http://localhost.example.com", False),
        ("http://10.0.0.8", False),
        ("http://svc.example.com", False),
    ],
)
def test_a_token_goes_over_http_only_where_it_is_safe(
    url: str, sent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    if sent:
        assert Credentials().headers(Host.parse(url))
        return
    with pytest.raises(SecurityError, match="for all on the way"):
        Credentials().headers(Host.parse(url))
    assert Credentials(insecure=True).headers(Host.parse(url))


@pytest.mark.parametrize("content", ["", "two\nlines", "ümlaut", "a\x00b"])
def test_a_token_that_is_none_is_not_repeated(tmp_path: Path, content: str) -> None:
    file = tmp_path / "token"
    file.write_text(content)
    with pytest.raises(UsageError, match="no token") as caught:
        Credentials(token_file=file).headers(Host("https://x.example"))
    assert not content or content not in str(caught.value)


def test_credentials_in_the_address_are_refused_and_not_shown() -> None:
    with pytest.raises(SecurityError) as caught:
        Host.parse(f"https://me:{SECRET}@kf.example.com")
    assert SECRET not in str(caught.value)
    with pytest.raises(UsageError) as wrong:
        Host.parse(f"ftp://me:{SECRET}@kf.example.com")
    assert SECRET not in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://kf.example.com/", "https://kf.example.com"),
        ("https://kf.example.com/pipeline/#/runs", "https://kf.example.com/pipeline"),
        ("http://localhost:8888/apis/v2beta1/", "http://localhost:8888"),
    ],
)
def test_an_address_is_taken_as_the_browser_has_it(text: str, url: str) -> None:
    assert Host.parse(text).url == url


@pytest.mark.parametrize("text", ["", "kf.example.com", "https://", "http://a:b:c"])
def test_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no address"):
        Host.parse(text)


def test_a_login_page_is_told_as_such(server: Server, connection: Connection) -> None:
    times(server, 1, Fault(status=302))
    with pytest.raises(UsageError, match="as Kubeflow Pipelines does"):
        connection.call("GET", "/healthz")


@pytest.mark.parametrize(
    "call",
    [
        lambda one: experiments.find_or_make(one, "a", None),
        lambda one: list(one.pages("/runs", "runs", {})),
        lambda one: list(one.pages("/recurringruns", "recurringRuns", {})),
        lambda one: one.call("GET", "/runs/1"),
        lambda one: one.once("POST", "/pipelines/upload_version"),
    ],
)
@pytest.mark.parametrize(
    "said",
    [
        {"runs": 3, "experiments": "x", "recurringRuns": {"a": 1}},
        {"runs": ["x"], "experiments": [None], "recurringRuns": [{}]},
    ],
)
def test_json_of_another_service_is_told_as_such(
    call: Callable[[Connection], object], said: dict[str, object]
) -> None:
    answers = httpx.MockTransport(lambda request: httpx.Response(200, json=said))
    with (
        Connection(Host("http://localhost"), policy=FAST, transport=answers) as one,
        pytest.raises((UsageError, CallFailed)) as wrong,
    ):
        call(one)
    told = wrong.value
    error = one.error(told) if isinstance(told, CallFailed) else told
    assert "does not answer as Kubeflow Pipelines does" in str(error)


def test_a_ca_file_without_certificates_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises(UsageError, match="--ca-file"):
        Connection(Host("https://x.example"), Credentials(ca_file=file))
