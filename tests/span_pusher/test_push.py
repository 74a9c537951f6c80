"""A span enters the history on the word of the gate that read its drift report."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidegate.artifacts import GateDecision, SpanSummary
from tidegate.drift_tests.history import (
    Acceptance,
    read_history,
    write_span,
    write_summary,
)
from tidegate.drift_tests.history.acceptance import Verdict
from tidegate.drift_tests.history.names import SUMMARY_FILE
from tidegate.drift_tests.summary import Frequent, Pairs, SpanMeasures
from tidegate.errors import ComponentError, UsageError
from tidegate.gate.decision import Decision, ReportSummary, write_decision
from tidegate.span_pusher.executor import Executor
from tidegate.span_pusher.push import push


def span_of(rows: int = 10) -> SpanMeasures:
    return SpanMeasures(
        name="09",
        rows=rows,
        span=9,
        start=None,
        created=datetime(2030, 1, 1, tzinfo=timezone.utc),
        columns=("fare",),
        kinds=("float",),
        private=frozenset(),
        measures=("missing",),
        matrix=np.array([[0.5]]),
        frequent=(Frequent.none(),),
        pairs=Pairs.none(),
    )


def summary(folder: Path, verdict: Verdict | None = "passed") -> Path:
    write_summary(span_of(), folder / "summary" / SUMMARY_FILE, verdict)
    return folder / "summary"


def gate(folder: Path, kinds: Sequence[str] = ("data", "drift")) -> Path:
    reports = folder / "report"
    reports.mkdir(exist_ok=True)
    (reports / "report.json").write_text("{}")
    decision = Decision(
        reports=tuple(
            ReportSummary(
                kind=kind,
                dataset="d",
                tests=1,
                warned=0,
                rows=10,
                folder=str(reports),
            )
            for kind in kinds
        )
    )
    write_decision(decision, folder / "gate")
    return folder / "gate"


def test_an_accepted_span_enters_the_history_with_its_record(tmp_path: Path) -> None:
    root = tmp_path / "history"
    given = summary(tmp_path), gate(tmp_path)
    assert push(*given, str(root), by="nightly", run="run-1").new
    history = read_history(root)
    assert history.names == ("09",)
    (acceptance,) = history.acceptances
    assert acceptance is not None
    assert (acceptance.by, acceptance.run) == ("nightly", "run-1")
    assert acceptance.verdict == "passed"
    assert acceptance.report == hashlib.sha256(b"{}").hexdigest()


def test_the_record_has_the_report_that_the_gate_read_elsewhere(tmp_path: Path) -> None:
    # In a container of its own, the pusher has the decision and no report.
    decided = gate(tmp_path) / "decision.json"
    decision = Decision.model_validate_json(decided.read_bytes())
    read = [
        one.model_copy(
            update={"folder": "minio://b/report", "digest": f"{number}" * 64}
        )
        for number, one in enumerate(decision.reports)
    ]
    write_decision(Decision(reports=tuple(read)), tmp_path / "gate")
    root = str(tmp_path / "history")
    push(summary(tmp_path), tmp_path / "gate", root, by="nightly")
    (acceptance,) = read_history(root).acceptances
    assert acceptance is not None
    assert acceptance.report == "1" * 64


def test_a_retry_and_a_second_run_change_nothing(tmp_path: Path) -> None:
    root, given = tmp_path / "history", (summary(tmp_path), gate(tmp_path))

    def pushed(run: str) -> bool:
        return push(*given, str(root), by="nightly", run=run).new

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(pushed, "abcdefgh")).count(True) == 1
    assert not pushed("again")
    assert len(read_history(root)) == 1


def test_other_data_under_the_same_name_are_refused(tmp_path: Path) -> None:
    accepted = Acceptance(by="Ann", reason="by hand")
    write_span(span_of(rows=11), accepted, tmp_path / "history")
    with pytest.raises(UsageError, match="with other data"):
        push(summary(tmp_path), gate(tmp_path), str(tmp_path / "history"), by="nightly")


@pytest.mark.parametrize("verdict", ["passed", "alarmed", None])
def test_what_the_drift_tests_said_is_on_record(
    verdict: Verdict | None, tmp_path: Path
) -> None:
    # A gate lets an alarm through that is only to warn.
    given = summary(tmp_path, verdict), gate(tmp_path)
    push(*given, str(tmp_path / "history"), by="x")
    (acceptance,) = read_history(tmp_path / "history").acceptances
    assert acceptance is not None
    assert acceptance.verdict == verdict


def test_a_gate_without_drift_report_lets_nothing_in(tmp_path: Path) -> None:
    with pytest.raises(ComponentError, match="without a drift report") as caught:
        push(summary(tmp_path), gate(tmp_path, ["data"]), str(tmp_path / "h"), by="x")
    assert caught.value.got == "data"
    assert not (tmp_path / "h").exists()


def test_what_is_damaged_lets_nothing_in(tmp_path: Path) -> None:
    folder, decision = summary(tmp_path), gate(tmp_path)
    file = folder / SUMMARY_FILE
    content = file.read_bytes()
    for damaged in (b"", content[:-9]):
        file.write_bytes(damaged)
        with pytest.raises(ComponentError, match="summary of the span"):
            push(folder, decision, str(tmp_path / "h"), by="x")
    file.write_bytes(content)
    (decision / "decision.json").write_text("{")
    with pytest.raises(ComponentError, match="decision cannot be read"):
        push(folder, decision, str(tmp_path / "h"), by="x")
    assert not (tmp_path / "h").exists()


def test_the_executor_reads_artifacts(tmp_path: Path) -> None:
    given: dict[str, Any] = {"summary": SpanSummary(), "gate": GateDecision()}
    given["summary"].uri = str(summary(tmp_path))
    given["gate"].uri = str(gate(tmp_path))
    Executor().Do(
        {name: [artifact] for name, artifact in given.items()},
        {},
        {"history": str(tmp_path / "history"), "by": "nightly"},
    )
    assert read_history(tmp_path / "history").names == ("09",)
