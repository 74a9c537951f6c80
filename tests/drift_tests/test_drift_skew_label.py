"""Labels and predictions are columns like any other, and drift like any other."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from skew_data import rides, with_column, write_csv

from tidegate.data_tests.label.auc import auc
from tidegate.drift_tests.decide import Background
from tidegate.drift_tests.history import History
from tidegate.drift_tests.measures import measure_table
from tidegate.drift_tests.predictions import (
    class_metrics,
    quantity_metrics,
    with_predictions,
)
from tidegate.drift_tests.settings import DriftSettings
from tidegate.errors import UsageError

DAYS = 60
NEXT = 1_000


def flipped(table: pa.Table, share: float, seed: int) -> pa.Table:
    """The rides with a share of the labels turned into the other one."""
    label = table["late"].to_numpy().copy()
    random = np.random.default_rng(seed)
    rows = random.choice(len(label), int(share * len(label)), replace=False)
    label[rows] = 1 - label[rows]
    return with_column(table, "late", label)


@cache
def background() -> Background:
    """What sixty days say."""
    days = [measure_table(rides(n, 400), f"{n:02d}", span=n) for n in range(DAYS)]
    return Background.of(History.of(days), DriftSettings())


def test_flipped_labels_alarm_and_the_label_is_named_first_or_second() -> None:
    for seed in range(NEXT, NEXT + 6):
        day = flipped(rides(seed, 400), 0.2, seed)
        decision = background().judge(measure_table(day, "now"))
        assert decision.alarm
        assert "late" in [cause.column for cause in decision.ranking[:2]]
        signs = {sign.measure for cause in decision.ranking for sign in cause.signs}
        assert "separated" in signs


def test_clean_days_alarm_as_rarely_as_promised() -> None:
    alarms = [
        background().judge(measure_table(rides(day, 400), "now")).alarm
        for day in range(NEXT, NEXT + 30)
    ]
    assert sum(alarms) <= 5  # 1.5 are promised; more than 5 come once in 300 times


@pytest.mark.parametrize("positive", [0.1, 0.5, 0.8])
def test_how_well_a_label_is_told_does_not_depend_on_how_frequent_it_is(
    positive: float,
) -> None:
    random = np.random.default_rng(0)
    label = random.random(20_000) < positive
    table = pa.table({"label": label.astype(int), "x": random.normal(label, 1.0)})
    found = measure_table(table, "x").value("label", "separated")
    assert found == pytest.approx(0.76, abs=0.015)  # P(N(1, 1) > N(0, 1))


def test_a_label_in_words_is_told_as_well() -> None:
    random = np.random.default_rng(0)
    label = random.random(2_000) < 0.5
    words = np.where(label, "late", "in time")
    table = pa.table({"label": words, "x": random.normal(label, 1.0)})
    assert measure_table(table, "x").value("label", "separated") > 0.7


def test_columns_that_are_no_label_are_told_by_nothing() -> None:
    found = measure_table(rides(0), "x")
    told = [name for name in found.columns if found.value(name, "separated") > 0]
    assert told == ["late"]
    rare = with_column(rides(0), "late", [1] * 5 + [0] * 145)
    assert np.isnan(measure_table(rare, "x").value("late", "separated"))


def test_a_column_that_is_often_missing_does_not_hide_what_others_tell() -> None:
    table = rides(0)
    rarely = [n if n % 10 == 0 else None for n in range(table.num_rows)]
    more = with_column(table, "rarely", rarely)
    usual = measure_table(table, "x").value("late", "separated")
    assert measure_table(more, "x").value("late", "separated") == usual


def test_predictions_of_a_file_are_a_column_missing_where_it_has_none(
    tmp_path: Path,
) -> None:
    told = pa.table({"id": [3, 1, 1], "score": [0.3, 0.9, 0.1]})
    file = write_csv(tmp_path / "predictions.csv", told)
    found = with_predictions(pa.table({"id": [1, 2, 3]}), file, ("id",), "score")
    first, second, third = found["prediction"].to_pylist()
    assert second is None
    assert (first, third) == pytest.approx((0.1, 0.3), abs=1e-6)


@pytest.mark.parametrize(
    ("key", "column", "name"),
    [("id", "scores", "p"), ("nr", "score", "p"), ("id", "score", "id")],
)
def test_predictions_that_cannot_be_taken_are_refused(
    key: str, column: str, name: str, tmp_path: Path
) -> None:
    told = pa.table({"id": [1], "score": [0.5]})
    file = write_csv(tmp_path / "predictions.csv", told)
    with pytest.raises(UsageError):
        with_predictions(pa.table({"id": [1]}), file, (key,), column, name)


def test_a_file_of_predictions_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="predictions cannot be taken"):
        with_predictions(pa.table({"id": [1]}), tmp_path / "no.csv", ("id",), "score")


def test_metrics_of_a_class_and_their_errors() -> None:
    random = np.random.default_rng(0)

    def draw(count: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
        scores = random.beta(2, 5, count)
        return random.random(count) < scores, scores

    found = [class_metrics(*draw(400)) for _ in range(300)]
    for name in found[0].values:
        values = np.array([one.values[name] for one in found])
        errors = np.array([one.errors[name] for one in found])
        assert np.median(errors) == pytest.approx(values.std(), rel=0.35)
    assert np.mean([one.values["calibration"] for one in found]) == pytest.approx(
        1.0, abs=0.02
    )


@example([(True, 2.225073858507203e-309)])
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=30))
def test_metrics_of_a_class_are_numbers_or_known_to_be_none(
    rows: list[tuple[bool, float]],
) -> None:
    positive = np.array([one for one, _ in rows], np.bool_)
    scores = np.array([score for _, score in rows], np.float64)
    found = class_metrics(positive, scores)
    assert set(found.values) == set(found.errors)
    assert not np.isinf(list(found.values.values())).any()
    both = positive.any() and not positive.all()
    assert np.isnan(found.values["auc"]) == (not both)
    if both:
        assert found.values["auc"] == auc(scores, positive)


def test_metrics_of_quantities() -> None:
    truth = np.array([1.0, 2.0, 3.0, np.nan])
    found = quantity_metrics(truth, truth + 1)
    assert found.values["rmse"] == found.values["mae"] == found.values["bias"] == 1.0
    assert found.values["r2"] == pytest.approx(1 - 1 / truth[:3].var())
    nothing = quantity_metrics(truth, np.full(4, float("nan")))
    assert np.isnan(list(nothing.values.values())).all()
