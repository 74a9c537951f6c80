"""A serving log is held against blocks of the training data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from skew_data import (
    DAYS,
    ROWS,
    checked,
    in_kilometres,
    observed,
    rides,
    training,
    with_column,
    write_csv,
)
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.columnar.table_dataset import TableDataset
from tidegate.drift_tests.history import accept_span
from tidegate.drift_tests.measures import measure_table
from tidegate.drift_tests.settings import DriftSettings
from tidegate.drift_tests.skew import SkewWanted, check_skew
from tidegate.drift_tests.skew.against import against_training
from tidegate.drift_tests.skew.check import judge
from tidegate.errors import UsageError
from tidegate.report.model import Outcome
from tidegate.schema_life.seen_data import see

NEXT = 1_000


def test_a_log_like_the_training_data_passes() -> None:
    found = checked(rides(NEXT))
    assert found.report.passed
    assert found.decision is not None
    assert found.decision.slow is None
    assert found.decision.sudden is not None
    assert found.decision.sudden.promise == pytest.approx(0.05)
    assert found.report.reference == (
        f"{DAYS} blocks of the training data, about {ROWS} rows each: "
        "in the order of the rows"
    )


def test_a_log_in_another_unit_alarms_and_names_the_column() -> None:
    found = checked(in_kilometres(rides(NEXT)))
    assert not found.report.passed
    assert found.decision is not None
    assert found.decision.ranking[0].column == "miles"
    assert "training blocks" in observed(found, "drift")[0][1]
    assert "if the training rows are shuffled" in (found.report.failed[0].fix or "")
    for result in found.report.results:
        texts = (result.expectation, result.observed, result.why, result.fix)
        assert "accept" not in " ".join(text or "" for text in texts)


def test_false_alarms_of_logs_of_later_days_are_as_promised() -> None:
    settings = DriftSettings(false_alarms=0.1)
    past = TableDataset({"train": training(rows=80)})
    against = None
    alarms = []
    for day in range(40):
        log = TableDataset({"log": rides(NEXT + day, 80)})
        wanted = SkewWanted(log, past, settings=settings)
        seen = see(log)
        against = against or against_training(wanted, seen, see(past))
        alarms.append(judge(settings, seen.whole, against)[0].alarm)
    assert sum(alarms) <= 9  # 4 are promised; more than 9 come once in 100 times


def test_a_log_of_a_day_is_held_against_days() -> None:
    past = training(times=True)
    found = checked(rides(NEXT, times=True), past)
    assert found.report.passed
    assert found.report.reference is not None
    assert found.report.reference.endswith("days by at")
    # In which order the rows stand makes no difference then.
    order = np.random.default_rng(0).permutation(past.num_rows)
    mixed = checked(rides(NEXT, times=True), past.take(pa.array(order)))
    assert mixed.report.reference == found.report.reference


def test_a_log_is_held_against_files_if_there_are_enough(tmp_path: Path) -> None:
    for day in range(40):
        write_csv(tmp_path / f"day-{day:02d}.csv", rides(day))
    log = write_csv(tmp_path / "log.csv", rides(NEXT, 60))
    pattern = str(tmp_path / "day-*.csv")
    found = check_skew(SkewWanted(serving=[str(log)], training=[pattern]))
    assert found.report.passed
    assert found.report.reference is not None
    assert found.report.reference.startswith("40 blocks")
    assert found.report.reference.endswith("about 60 rows each: its files")


def test_rows_sorted_by_what_serving_has_all_of_are_drawn_at_random() -> None:
    past = training().sort_by("miles")
    found = checked(rides(NEXT), past)
    assert found.report.passed
    assert "at random, for they are sorted by miles" in (found.report.reference or "")
    assert not checked(in_kilometres(rides(NEXT)), past).report.passed


def test_a_column_that_rises_with_the_rows_is_not_compared_and_says_so() -> None:
    number = np.arange(DAYS * ROWS)
    past = with_column(training(), "number", number)
    log = with_column(rides(NEXT), "number", np.arange(ROWS) + len(number))
    found = checked(log, past)
    assert found.report.passed
    assert [r.subject for r in found.report.skipped] == ["number"]
    assert found.decision is not None
    assert "number" not in [cause.column for cause in found.decision.ranking]


def test_a_column_that_the_log_lacks_fails_unless_only_training_has_it() -> None:
    log, lost = rides(NEXT).drop(["late"]), "late"
    found = checked(log)
    (failed,) = found.report.failed
    assert failed.subject == lost
    assert failed.fix is not None
    assert f"--training-only {lost}" in failed.fix
    assert checked(log, training_only=[lost]).report.passed


def test_the_schema_says_what_serving_does_not_have() -> None:
    schema = schema_pb2.Schema()
    schema.feature.add(name="late", not_in_environment=["SERVING"])
    assert checked(rides(NEXT).drop(["late"]), schema=schema).report.passed


def test_a_column_that_only_the_log_has_warns_unless_it_is_named() -> None:
    log = with_column(rides(NEXT), "prediction", np.zeros(ROWS))
    found = checked(log)
    assert found.report.passed
    assert [r.subject for r in found.report.warned] == ["prediction"]
    assert not checked(log, serving_only=["prediction"]).report.warned


def test_a_column_of_another_kind_fails() -> None:
    log = with_column(rides(NEXT), "seats", [f"{n} seats" for n in range(ROWS)])
    (failed,) = checked(log).report.failed
    assert (failed.subject, failed.observed) == ("seats", "text in the serving log")


def test_whole_numbers_logged_as_floats_are_the_same() -> None:
    log = rides(NEXT)
    log = with_column(log, "seats", log["seats"].cast(pa.float64()))
    log = with_column(log, "late", log["late"].cast(pa.float64()))
    assert checked(log).report.passed


def test_a_log_that_only_warns_opens_the_gate() -> None:
    settings = DriftSettings(level="warn")
    found = checked(in_kilometres(rides(NEXT)), settings=settings)
    assert found.report.passed
    assert found.report.warned


def test_the_report_says_what_a_log_of_its_size_can_show() -> None:
    small = checked(rides(NEXT, 40))
    large = checked(rides(NEXT, 150))
    assert small.power is not None
    assert large.power is not None
    assert small.power.lost > large.power.lost
    # No training row lacks a value: the log's own error is what counts.
    assert large.decision is not None
    assert large.decision.sudden is not None
    threshold = large.decision.sudden.threshold
    assert large.power.lost == pytest.approx(threshold / 150)
    ((_, text),) = observed(small, "skew_power")
    assert text.startswith("40 rows show values lost from")


def test_few_training_rows_are_a_cold_start_and_say_so() -> None:
    found = checked(rides(NEXT), training(4))
    assert found.decision is not None
    assert found.decision.cold_start is not None
    assert any(result.test == "history" for result in found.report.warned)


def test_no_private_value_is_shown() -> None:
    def mails(count: int) -> list[str]:
        return [f"ann{n}@example.org" for n in range(count)]

    past = with_column(training(), "mail", mails(DAYS * ROWS))
    log = with_column(rides(NEXT), "mail", ["bob@example.org"] * ROWS)
    found = checked(log, past)
    assert not found.report.passed
    assert "@" not in found.report.model_dump_json()
    assert found.against is not None
    assert "mail" in found.against.private
    assert found.decision is not None
    assert found.decision.measures.private == {"mail"}


def test_a_log_that_cannot_be_read_whole_fails(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text('line,miles\nA,1.0\nB,"2')
    data = TableDataset({"train": training(3)})
    found = check_skew(SkewWanted(serving=[str(log)], training=data))
    assert not found.report.passed
    assert found.report.kind == "drift"
    assert found.decision is None


@pytest.mark.parametrize("history", [None, "history"])
def test_a_log_is_held_against_one_thing(history: str | None, tmp_path: Path) -> None:
    data = TableDataset({"train": training(1)})
    past = data if history else ()
    with pytest.raises(UsageError, match="training data or against a history"):
        check_skew(SkewWanted(serving=data, training=past, history=history))


def test_a_log_is_held_against_accepted_spans(tmp_path: Path) -> None:
    for day in range(40):
        span = measure_table(rides(day), f"{day:02d}", span=day)
        accept_span(tmp_path, span, "Ann", "the training days", verdict="passed")
    log = rides(NEXT).drop(["late"])

    def against(log: pa.Table) -> SkewWanted:
        serving = TableDataset({"log": log})
        return SkewWanted(serving, history=tmp_path, training_only=["late"])

    found = check_skew(against(log))
    assert found.report.passed
    assert found.against is not None
    assert len(found.against.history) == 40
    assert not check_skew(against(in_kilometres(log))).report.passed
    small = check_skew(against(log.slice(0, 30)))
    assert small.decision is not None
    assert "" not in [cause.column for cause in small.decision.ranking]
    assert any("promised" in r.observed for r in small.report.warned)


def test_how_many_rows_a_log_has_is_no_skew() -> None:
    found = checked(rides(NEXT + 1, 3 * ROWS))
    assert found.report.passed
    assert found.report.rows == 3 * ROWS


def test_every_result_passes_or_tells_what_to_do() -> None:
    log = in_kilometres(rides(NEXT)).drop(["late"])
    for result in checked(log).report.results:
        assert result.outcome is Outcome.PASSED or result.fix
