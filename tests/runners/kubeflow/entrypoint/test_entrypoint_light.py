"""A light step in its container: a gate."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from handed_steps import (
    ROOT,
    Cluster,
    arguments,
    gate,
    output_uri,
    write_a_report,
)

from tidegate.runners.kubeflow.entrypoint.command import main

REPORT_URI = f"{ROOT}/data-tests/report"
HEAVY = ("tfx", "tensorflow", "apache_beam", "kfp", "ml_metadata", "google.protobuf")


@pytest.fixture(autouse=True)
def _other_tests_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    # The process of the tests is not to end on a signal as a container does, and
    # goes on with the modules that it has.
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", "")
    command = "tidegate.runners.kubeflow.entrypoint.command"
    monkeypatch.setattr(f"{command}._end_when_told", lambda: None)


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path / "copies")


def handed(cluster: Cluster, **artifact: Any) -> str:
    report = {"name": "12", "uri": REPORT_URI, **artifact}
    return cluster.handed(inputs={"data": [report]}, outputs={"decision": {}})


def test_an_open_gate_tells_its_decision(cluster: Cluster) -> None:
    write_a_report(cluster.copy(REPORT_URI))
    assert cluster.call(gate(), handed(cluster)) == 0
    (told,) = cluster.told()["artifacts"]["decision"]["artifacts"]
    assert told["uri"] == output_uri("decision")
    assert told["metadata"]["tests"] == 1
    decision = json.loads((cluster.copy(told["uri"]) / "decision.json").read_text())
    # For people, and for the next container: not the copy in this one.
    assert decision["reports"][0]["folder"] == REPORT_URI
    report = (cluster.copy(REPORT_URI) / "report.json").read_bytes()
    assert decision["reports"][0]["digest"] == hashlib.sha256(report).hexdigest()


def test_a_shut_gate_says_why_and_where_to_look(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    write_a_report(cluster.copy(REPORT_URI), passed=False)
    assert cluster.call(gate(), handed(cluster)) == 1
    said = capsys.readouterr().err
    for text in ("gate shut", "dep_delay", "12.4 %", "DataGate", REPORT_URI):
        assert text in said
    assert str(cluster.folder) not in said
    assert "Traceback" not in said
    assert not cluster.output_file.exists()


def test_an_error_of_ours_names_the_place_in_the_store(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cluster.call(gate(), handed(cluster)) == 3
    said = capsys.readouterr().err
    assert f"{REPORT_URI}/report.json" in said
    assert str(cluster.folder) not in said
    assert "Traceback" not in said


def test_an_unexpected_error_is_a_traceback_and_one_line(
    cluster: Cluster,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def break_down(*given: object) -> None:
        raise KeyError("nobody thought of it")

    monkeypatch.setattr("tidegate.gate.work.do", break_down)
    assert cluster.call(gate(), handed(cluster)) == 3
    said = capsys.readouterr().err
    assert said.index("Traceback") < said.index("DataGate broke: KeyError")
    assert "raised in" in said.splitlines()[-1]


def test_what_stands_for_nothing_is_no_artifact(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = handed(cluster, metadata={"tidegate_absent": 1})
    assert cluster.call(gate(), absent) == 3
    assert "no test report reached the gate" in capsys.readouterr().err


def test_parts_are_one_input_in_their_order(cluster: Cluster) -> None:
    invocation = gate().model_copy(deep=True)
    parts = invocation.inputs["data"].model_copy(update={"parts": ("two", "one")})
    invocation = invocation.model_copy(update={"inputs": {"data": parts}})
    uris = {"one": f"{ROOT}/a/report", "two": f"{ROOT}/b/report"}
    for uri in uris.values():
        write_a_report(cluster.copy(uri))
    inputs = {part: [{"name": "1", "uri": uri}] for part, uri in uris.items()}
    text = cluster.handed(inputs=inputs, outputs={"decision": {}})
    assert cluster.call(invocation, text) == 0
    decision = cluster.copy(output_uri("decision")) / "decision.json"
    folders = [one["folder"] for one in json.loads(decision.read_text())["reports"]]
    assert folders == [uris["two"], uris["one"]]


def test_a_page_is_copied_to_an_output_of_its_own(cluster: Cluster) -> None:
    write_a_report(cluster.copy(REPORT_URI))
    invocation = gate(pages={"decision_page": "decision/decision.json"})
    text = cluster.handed(
        inputs={"data": [{"name": "1", "uri": REPORT_URI}]},
        outputs={"decision": {}, "decision_page": {}, "executor-logs": {}},
    )
    assert cluster.call(invocation, text) == 0
    page = cluster.copy(output_uri("decision_page"))
    source = cluster.copy(output_uri("decision")) / "decision.json"
    assert page.read_bytes() == source.read_bytes()


def test_a_page_that_was_not_made_is_left_out(cluster: Cluster) -> None:
    write_a_report(cluster.copy(REPORT_URI))
    invocation = gate(pages={"decision_page": "decision/nothing.html"})
    text = cluster.handed(
        inputs={"data": [{"name": "1", "uri": REPORT_URI}]},
        outputs={"decision": {}, "decision_page": {}},
    )
    assert cluster.call(invocation, text) == 0
    assert not cluster.copy(output_uri("decision_page")).exists()


def test_what_a_broken_attempt_left_is_gone(cluster: Cluster) -> None:
    write_a_report(cluster.copy(REPORT_URI))
    left = cluster.copy(output_uri("decision")) / "half.json"
    left.parent.mkdir(parents=True)
    left.write_text("{")
    assert cluster.call(gate(), handed(cluster)) == 0
    assert not left.exists()


def test_an_output_without_a_place_is_refused(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    write_a_report(cluster.copy(REPORT_URI))
    text = cluster.handed(inputs={"data": [{"name": "1", "uri": REPORT_URI}]})
    assert cluster.call(gate(), text) == 3
    assert "DataGate.decision" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("invocation", "handed", "said"),
    [
        ("{}", "{}", "--invocation"),
        (gate().to_text(), "{}", "--executor-input"),
        (gate().to_text(), "[]", "--executor-input"),
        (gate().to_text(), "not JSON", "--executor-input"),
        (gate().to_text(), "@/no/such/file", "/no/such/file"),
        (gate(version=2).to_text(), "{}", "version 1"),
    ],
)
def test_what_cannot_be_understood_is_refused(
    invocation: str, handed: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--invocation", invocation, "--executor-input", handed]
    assert main(options, {}) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert "Traceback" not in shown


def test_a_missing_argument_is_usage() -> None:
    assert main(["--invocation", "{}"], {}) == 2


def test_both_may_be_in_files(cluster: Cluster, tmp_path: Path) -> None:
    # Linux takes no argument of 128 KiB and more.
    write_a_report(cluster.copy(REPORT_URI))
    text = json.loads(handed(cluster))
    text["inputs"]["parameterValues"]["long"] = "x" * 2**18
    (tmp_path / "handed.json").write_text(json.dumps(text))
    (tmp_path / "invocation.json").write_text(gate().to_text())
    options = ["--invocation", f"@{tmp_path}/invocation.json"]
    options += ["--executor-input", f"@{tmp_path}/handed.json"]
    assert main(options, cluster.environment) == 0


def test_a_gate_starts_at_once(cluster: Cluster) -> None:
    write_a_report(cluster.copy(REPORT_URI))
    started = time.monotonic()
    options = arguments(gate(), handed(cluster))
    process = cluster.start(options, "-X", "importtime")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    imported = {
        line.rpartition("|")[2].strip()
        for line in said.splitlines()
        if line.startswith("import time:")
    }
    # What `import_module` itself imports is not among them, but all below it is.
    assert "tidegate.gate.decision" in imported
    assert not {one for one in imported if one.startswith(HEAVY)}
    # A second on an idle machine; this one may be very busy.
    assert time.monotonic() - started < 30


@pytest.mark.skipif(sys.platform != "linux", reason="signals of Linux")
def test_a_step_ends_at_once_when_it_is_told(cluster: Cluster, tmp_path: Path) -> None:
    # A pipe that nobody writes to keeps the step waiting for ever.
    os.mkfifo(tmp_path / "never")
    options = ["--invocation", gate().to_text()]
    process = cluster.start([*options, "--executor-input", f"@{tmp_path}/never"])
    writer = opened_by_a_reader(tmp_path / "never")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    os.close(writer)
    assert process.returncode == 128 + signal.SIGTERM


def opened_by_a_reader(pipe: Path) -> int:
    """The end of a pipe to write to, once somebody has opened the other one."""
    end = time.monotonic() + 60
    while True:
        with suppress(OSError):
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        assert time.monotonic() < end, "nobody reads it"
        time.sleep(0.02)
