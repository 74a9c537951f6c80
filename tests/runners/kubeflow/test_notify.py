"""The message at the end of a run, sent to a server on this machine."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tidegate.runners.kubeflow.notify import (
    URLS_VARIABLE,
    Patience,
    main,
    message_of,
)

QUICK = Patience(attempts=3, first_wait=0.01, total=60)
TOKEN = "s3cr3t-token"
# As open-source KFP writes it.
FAILED = {
    "state": "FAILED",
    "pipelineTaskName": "exit-handler-1",
    "pipelineJobResourceName": "flights-run-7",
    "error": {},
}


def task(name: str, state: str, end: str = "") -> dict[str, str]:
    return {"display_name": name, "state": state, "end_time": f"2030-01-01T{end}Z"}


# As KFP's API has it: nodes of the workflow among the steps.
RUN = {
    "run_id": "run-7",
    "run_details": {
        "task_details": [
            task("flights-x8k2", "FAILED", "04"),
            task("root", "FAILED", "03"),
            task("exit-handler-1", "FAILED", "03"),
            task("trainer-driver", "FAILED", "02"),
            task("data-gate", "FAILED", "01"),
            task("data-gate-driver", "SUCCEEDED", "00"),
            task("data-tests-driver", "SUCCEEDED", "00"),
            task("exit-handler-1-driver", "SUCCEEDED", "00"),
            task("root-driver", "SUCCEEDED", "00"),
            task("executor", "FAILED", "01"),
            task("data-tests", "SUCCEEDED", "00"),
        ]
    },
}


class Service:
    """A service that takes messages, or answers with an error at first.

    Asked for a run, it is KFP's API.

    Attributes:
        messages: What it was sent, whatever it answered.
        failures: How often it still answers with an error.
    """

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.failures = 0
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                service.messages.append(json.loads(self.rfile.read(length)))
                service.failures -= 1
                self.send_response(500 if service.failures >= 0 else 200)
                self.end_headers()

            def do_GET(self) -> None:
                found = self.path == "/apis/v2beta1/runs/run-7"
                self.send_response(200 if found else 404)
                self.end_headers()
                self.wfile.write(json.dumps(RUN).encode() if found else b"no")

            def log_message(self, *given: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://user:{TOKEN}@127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def notify(*urls: str, status: object = FAILED) -> int:
    options = ["--status", json.dumps(status), "--pipeline", "flights"]
    return main(options, {URLS_VARIABLE: "\n".join(urls)}, QUICK)


def test_a_failed_run_is_told(service: Service) -> None:
    assert notify(service.url) == 0
    (sent,) = service.messages
    assert sent["title"] == "✗ flights failed"
    assert "run: flights-run-7" in sent["message"]
    assert sent["type"] == "failure"
    # KFP's name for all steps together would only mislead.
    assert "exit-handler" not in sent["message"]


@pytest.mark.parametrize("state", ["SUCCEEDED", "COMPLETE"])
def test_a_run_that_succeeded_is_told(service: Service, state: str) -> None:
    assert notify(service.url, status={**FAILED, "state": state}) == 0
    (sent,) = service.messages
    assert (sent["title"], sent["type"]) == ("✓ flights succeeded", "success")
    assert "red" not in sent["message"]


def test_the_step_and_its_message_are_told_where_they_are_known() -> None:
    status = {
        "state": "FAILED",
        "pipelineTaskName": "data-gate",
        "pipelineJobResourceName": "projects/1/locations/x/pipelineJobs/y",
        "error": {"code": 9, "message": "gate shut: 2 of 31 data tests failed"},
    }
    message = message_of(json.dumps(status), None, "Nightly flights")
    assert message.title == "✗ Nightly flights failed"
    assert "failed: data-gate" in message.body
    assert "gate shut: 2 of 31" in message.body


def cluster(service: Service) -> dict[str, str]:
    host, port = service.server.server_address[:2]
    return {
        "ML_PIPELINE_SERVICE_HOST": str(host),
        "ML_PIPELINE_SERVICE_PORT_HTTP": str(port),
    }


def test_what_failed_is_asked_of_kfp(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--status", json.dumps(FAILED), "--run-id", "run-7"]
    assert main(options, cluster(service), QUICK) == 0
    assert "failed: data-gate, trainer\n" in capsys.readouterr().out


@pytest.mark.parametrize("run", ["another", "../x y", ""])
def test_without_an_answer_there_is_a_message_all_the_same(
    service: Service, run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--status", json.dumps(FAILED), "--run-id", run]
    nobody = {"ML_PIPELINE_SERVICE_HOST": "127.0.0.1", "ML_PIPELINE_SERVICE_PORT": "1"}
    for environment in (cluster(service), nobody, {}):
        assert main(options, environment, QUICK) == 0
        assert "✗ pipeline run failed" in capsys.readouterr().out


def test_all_addresses_are_told(service: Service) -> None:
    assert notify(service.url, service.url) == 0
    assert len(service.messages) == 2


def test_a_busy_service_is_asked_again(service: Service) -> None:
    service.failures = 2
    assert notify(service.url) == 0
    assert len(service.messages) == 3


def test_who_has_the_message_does_not_get_it_twice(service: Service) -> None:
    assert notify(service.url, "json://127.0.0.1:1/") == 4
    assert len(service.messages) == 1


def test_a_message_that_cannot_be_sent_is_told_without_the_address(
    service: Service,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    service.failures = 99
    caplog.set_level(logging.DEBUG, "apprise")
    assert notify(service.url) == 4
    assert len(service.messages) == QUICK.attempts
    shown = "".join((*capfd.readouterr(), caplog.text))
    assert "address 1 of 1" in shown
    assert "Traceback" not in shown
    assert TOKEN not in shown
    assert "127.0.0.1" not in shown


def test_an_address_that_is_none_is_not_shown(
    service: Service, capfd: pytest.CaptureFixture[str]
) -> None:
    assert notify(f"nonsense://{TOKEN}", service.url) == 2
    assert len(service.messages) == 1, "the others are told all the same"
    shown = "".join(capfd.readouterr())
    assert "address 1 of 2" in shown
    assert TOKEN not in shown


def test_without_addresses_the_message_is_in_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert notify() == 0
    shown = capsys.readouterr().out
    assert "✗ flights failed" in shown
    assert URLS_VARIABLE in shown


@pytest.mark.parametrize("status", ["", "{", "[]", "3"])
def test_what_is_no_status_is_refused(
    status: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--status", status], {}, QUICK) == 2
    assert "--status" in capsys.readouterr().err
    assert main([], {}, QUICK) == 2


@pytest.mark.parametrize("state", ["RUNNING", "", "CANCELED"])
def test_another_end_is_no_success(state: str) -> None:
    message = message_of(json.dumps({"state": state}), None, None)
    assert not message.good
    assert message.title.startswith("✗ pipeline run")
