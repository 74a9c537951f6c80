"""DriftTests as a component: reports on a span, and never raises for bad data."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tfx import v1 as tfx
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.types import standard_artifacts

from tidegate import DriftTests, Gate, SpanPusher
from tidegate.artifacts import SpanSummary
from tidegate.artifacts import TestReport as ReportArtifact
from tidegate.columnar.tf_example import encode, records
from tidegate.columnar.tf_record import write_records
from tidegate.data_tests.whole import Whole
from tidegate.drift_tests.check import Wanted, check
from tidegate.drift_tests.executor import Executor
from tidegate.drift_tests.history import (
    History,
    accept_span,
    read_history,
    read_span,
)
from tidegate.drift_tests.history.names import SUMMARY_FILE
from tidegate.drift_tests.measured import measure
from tidegate.drift_tests.measures import measure_span
from tidegate.drift_tests.settings import DriftSettings
from tidegate.drift_tests.summary import SpanMeasures
from tidegate.errors import Problems, UsageError
from tidegate.gate import placement
from tidegate.gate.decision import decide, write_decision
from tidegate.report.model import PAGE_FILE, TestReport, read_report
from tidegate.span_pusher.push import push

FIRST = 20_000  # 2024-10-04, in days since 1970


def examples(folder: Path, span: int, shift: float = 0.0) -> Any:
    artifact = standard_artifacts.Examples()
    artifact.uri = str(folder / f"examples-{span}")
    artifact.split_names = '["train", "eval"]'
    artifact.set_int_custom_property("span", span)
    random = np.random.default_rng(span)
    for split, rows in (("train", 200), ("eval", 100)):
        batch = pa.RecordBatch.from_pydict(
            {
                "fare": pa.array(random.gamma(3, 4, rows) + shift, pa.float32()),
                "kind": pa.array(random.choice([b"bus", b"taxi"], rows).tolist()),
            }
        )
        path = Path(artifact.uri) / f"Split-{split}" / "data-0.gz"
        path.parent.mkdir(parents=True)
        write_records(path, records(encode(batch)))
    return artifact


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of forty days, as pipelines with `dates="days"` leave it."""
    folder = tmp_path_factory.mktemp("past")
    for span in range(FIRST, FIRST + 40):
        held = examples(folder, span)
        measured = measure([held.uri], span=span, dates="days")
        accept_span(folder / "history", measured.measures, "Ann", "the past")
    return folder / "history"


@pytest.fixture
def history(past: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(past, tmp_path / "history"))


def run(
    folder: Path, held: Any, history: str | Path, **properties: str
) -> tuple[TestReport, ReportArtifact, SpanSummary]:
    report, summary = ReportArtifact(), SpanSummary()
    report.uri, summary.uri = str(folder / "report"), str(folder / "summary")
    Executor().Do(
        {"examples": [held]},
        {"report": [report], "summary": [summary]},
        {
            "history": str(history),
            "settings": DriftSettings().model_dump_json(),
            "dataset": "trips",
            "dates": "days",
            **properties,
        },
    )
    return read_report(folder / "report"), report, summary


def test_a_span_like_its_history_passes_and_leaves_its_summary(
    history: Path, tmp_path: Path
) -> None:
    report, output, summary = run(tmp_path, examples(tmp_path, FIRST + 40), history)
    assert report.passed
    assert (report.kind, report.dataset, report.rows) == ("drift", "trips", 300)
    assert report.splits == {"train": 200, "eval": 100}
    assert output.get_int_custom_property("passed") == 1
    assert (tmp_path / "report" / PAGE_FILE).is_file()
    left = read_span(Path(summary.uri) / SUMMARY_FILE)
    day = date(1970, 1, 1) + timedelta(days=FIRST + 40)
    assert (left.measures.name, left.measures.start) == (day.isoformat(), day)
    assert left.acceptance is None
    assert summary.get_string_custom_property("name") == day.isoformat()
    assert len(read_history(history)) == 40


def test_a_span_that_drifted_fails_its_test_and_nothing_is_raised(
    history: Path, tmp_path: Path
) -> None:
    held = examples(tmp_path, FIRST + 40, shift=300.0)
    report, output, summary = run(tmp_path, held, history)
    assert report.failed
    assert output.get_int_custom_property("passed") == 0
    assert summary.get_string_custom_property("verdict") == "alarmed"
    # A person may accept it all the same: what was measured is there.
    assert read_span(Path(summary.uri) / SUMMARY_FILE).measures.rows == 300


@pytest.mark.parametrize("damage", ["cut", "gone", "empty"])
def test_examples_that_cannot_be_read_whole_fail_with_a_report(
    damage: str, history: Path, tmp_path: Path
) -> None:
    held = examples(tmp_path, FIRST + 40)
    path = Path(held.uri) / "Split-train" / "data-0.gz"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    elif damage == "gone":
        path.unlink()
        path.parent.rmdir()
    else:
        for split in ("train", "eval"):
            empty: Sequence[bytes] = []
            write_records(path.parents[1] / f"Split-{split}" / "data-0.gz", empty)
    report, output, summary = run(tmp_path, held, history)
    assert [result.test for result in report.failed] == ["readable"]
    assert report.kind == "drift"
    assert output.get_int_custom_property("passed") == 0
    assert not (Path(summary.uri) / SUMMARY_FILE).exists()


def test_a_damaged_history_is_no_verdict_on_the_data(
    history: Path, tmp_path: Path
) -> None:
    next(history.iterdir()).write_bytes(b"PAR1")
    with pytest.raises(UsageError, match="no span of a drift history"):
        run(tmp_path, examples(tmp_path, FIRST + 40), history)


def test_a_first_span_has_no_history_and_is_told_so(tmp_path: Path) -> None:
    held = examples(tmp_path, FIRST)
    report, _, summary = run(tmp_path, held, tmp_path / "none")
    assert not report.failed
    # A silence that promises nothing is no verdict.
    assert read_span(Path(summary.uri) / SUMMARY_FILE).verdict is None


def test_examples_without_number_or_day_are_named_by_what_was_measured(
    tmp_path: Path,
) -> None:
    names = set()
    for run_number in range(2):
        held = examples(tmp_path / str(run_number), 0)
        _, _, summary = run(
            tmp_path / str(run_number), held, tmp_path / "none", dates=""
        )
        left = read_span(Path(summary.uri) / SUMMARY_FILE).measures
        names.add(left.name)
        assert (left.span, left.start) == (None, None)
    (name,) = names
    assert name.startswith("data-")


def test_tests_gate_and_pusher_together_let_a_good_span_in_once(
    history: Path, tmp_path: Path
) -> None:
    report, output, summary = run(tmp_path, examples(tmp_path, FIRST + 40), history)
    write_decision(decide({output.uri: report}), tmp_path / "gate")
    given = Path(summary.uri), tmp_path / "gate"
    assert push(*given, str(history), by="nightly").new
    assert not push(*given, str(history), by="nightly").new
    assert len(read_history(history)) == 41
    # A second run over the same data is judged without itself.
    again = check(
        Wanted(
            [examples(tmp_path / "2", FIRST + 40).uri],
            history,
            DriftSettings(),
            span=FIRST + 40,
            dates="days",
        )
    )
    assert len(again.history) == 40


def test_an_old_span_measured_again_looks_at_the_pairs_of_its_day(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[History | None] = []

    def noted(whole: Whole, name: str, **details: Any) -> SpanMeasures:
        asked.append(details["partners"])
        return measure_span(whole, name, **details)

    monkeypatch.setattr("tidegate.drift_tests.measures.measure_span", noted)
    held = examples(tmp_path, FIRST + 5)
    measure([held.uri], span=FIRST + 5, dates="days", partners=read_history(history))
    assert [len(one) for one in asked if one is not None] == [5]


def nodes(**settings: Any) -> dict[str, Any]:
    example_gen = tfx.components.CsvExampleGen(input_base="data")
    drift_tests = DriftTests(
        examples=example_gen.outputs["examples"], history="history", **settings
    )
    trainer = tfx.components.Trainer(
        module_file="trainer.py",
        examples=example_gen.outputs["examples"],
        train_args=tfx.proto.TrainArgs(),
        eval_args=tfx.proto.EvalArgs(),
    )
    return {"example_gen": example_gen, "drift_tests": drift_tests, "trainer": trainer}


def test_a_pipeline_without_a_gate_on_drift_is_refused(tmp_path: Path) -> None:
    found = nodes()
    found["gate"] = Gate(drift=found["drift_tests"].outputs["report"])
    _pipeline(tmp_path, found)
    with pytest.raises(UsageError, match="Trainer") as caught:
        placement.check([found["drift_tests"]])
    assert "gate.before" in str(caught.value.fix)


def test_a_pipeline_with_gate_and_pusher_compiles(tmp_path: Path) -> None:
    found = nodes(settings=DriftSettings(), dates="days", dataset="trips")
    found["gate"] = Gate(drift=found["drift_tests"].outputs["report"])
    found["gate"].before(found["trainer"])
    found["pusher"] = SpanPusher(
        summary=found["drift_tests"].outputs["summary"],
        gate=found["gate"].outputs["decision"],
        history="history",
    )
    compiled = _pipeline(tmp_path, found)
    placement.check([found["drift_tests"]])
    assert found["pusher"] in found["gate"].downstream_nodes
    assert len(compiled.components) == 5
    assert issubclass(found["drift_tests"].executor_spec.executor_class, BaseExecutor)


def test_a_pusher_behind_the_gate_of_something_else_is_refused() -> None:
    found, other = nodes(), nodes()
    gate = Gate(drift=other["drift_tests"].outputs["report"])
    for decision in (gate.outputs["decision"], other["trainer"].outputs["model"]):
        with pytest.raises(UsageError, match="does not judge the span"):
            SpanPusher(
                summary=found["drift_tests"].outputs["summary"],
                gate=decision,
                history="history",
            )


def test_wrong_arguments_are_refused_when_the_pipeline_is_built(
    tmp_path: Path,
) -> None:
    with pytest.raises(UsageError, match="no such rule"):
        nodes(dates="monthly")
    with pytest.raises((UsageError, Problems)):
        nodes(settings=tmp_path / "none.yaml")


def test_a_new_span_in_the_history_is_seen_by_the_cache(
    history: Path, tmp_path: Path
) -> None:
    example_gen = tfx.components.CsvExampleGen(input_base="data")
    held = {"examples": example_gen.outputs["examples"], "history": history}
    before = DriftTests(**held).exec_properties["history_digest"]
    assert DriftTests(**held).exec_properties["history_digest"] == before
    one = measure([examples(tmp_path, FIRST + 50).uri], span=FIRST + 50)
    accept_span(history, one.measures, "Ann", "why")
    assert DriftTests(**held).exec_properties["history_digest"] != before


def _pipeline(folder: Path, found: dict[str, Any]) -> Any:
    return tfx.dsl.Pipeline(
        pipeline_name="trips",
        pipeline_root=str(folder / "root"),
        components=list(found.values()),
        metadata_connection_config=None,
    )
