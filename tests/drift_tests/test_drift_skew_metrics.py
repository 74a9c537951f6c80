"""Metrics are judged over accepted spans: worse is an alarm, and too good is one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.drift_tests.history import History, accept_span, read_history
from tidegate.drift_tests.metrics import (
    MetricsChecked,
    check_metrics,
    goodness,
    metrics_measures,
)
from tidegate.drift_tests.settings import DriftSettings
from tidegate.drift_tests.summary import SpanMeasures

SPANS = 60
NAN = float("nan")


def metrics_of(number: int, **given: float) -> SpanMeasures:
    """The metrics of a span, around what is usual."""
    random = np.random.default_rng(number)
    usual = {
        "auc": random.uniform(0.71, 0.78),
        "log_loss": random.uniform(0.45, 0.5),
        "mean_prediction": random.uniform(0.2, 0.22),
    }
    return metrics_measures(f"{number:02d}", usual | given, span=number)


PAST = History.of([metrics_of(number) for number in range(SPANS)])


def judged(**given: float) -> MetricsChecked:
    return check_metrics(PAST, metrics_of(1_000, **given))


def told(found: MetricsChecked, metric: str) -> list[str]:
    return [r.observed for r in found.report.results if r.subject == metric]


def test_metrics_as_usual_pass() -> None:
    assert judged().report.passed


def test_a_metric_that_is_too_good_alarms_and_asks_for_a_leak() -> None:
    found = judged(auc=0.99)
    assert not found.report.passed
    assert found.decision.ranking[0].column == "auc"
    (text,) = told(found, "auc")
    assert text.startswith("auc 0.99; 0.71")
    assert text.endswith("in 60 accepted spans: better than ever — look for a leak")
    assert all("leak" in (one.fix or "") for one in found.report.failed)


@pytest.mark.parametrize(
    ("metric", "value", "word"),
    [
        ("auc", 0.5, "worse than ever"),
        ("log_loss", 0.9, "worse than ever"),
        ("log_loss", 0.01, "better than ever — look for a leak"),
        ("mean_prediction", 0.5, "higher than ever"),
        ("mean_prediction", 0.01, "lower than ever"),
    ],
)
def test_a_metric_is_better_worse_higher_or_lower(
    metric: str, value: float, word: str
) -> None:
    found = judged(**{metric: value})
    assert not found.report.passed
    assert told(found, metric)[0].endswith(f": {word}")


def test_a_metric_that_cannot_be_told_warns() -> None:
    found = judged(auc=NAN)
    assert found.report.passed
    assert "not a number" in told(found, "auc")
    lacking = check_metrics(PAST, metrics_measures("now", {"log_loss": 0.47}))
    assert "no such metric" in told(lacking, "auc")


@pytest.mark.parametrize(("error", "passes"), [(0.05, True), (1e-4, False)])
def test_a_metric_that_never_moved_may_move_by_its_error(
    error: float, passes: bool
) -> None:
    def span(number: int, recall: float) -> SpanMeasures:
        auc = metrics_of(number).value("auc", "metric")
        metrics = {"auc": auc, "recall": recall}
        return metrics_measures(f"{number:02d}", metrics, {"recall": error})

    past = History.of([span(number, 0.75) for number in range(SPANS)])
    assert check_metrics(past, span(1_000, 0.78)).report.passed is passes


def test_a_change_below_the_smallest_one_is_no_alarm() -> None:
    same = {"rmse": 400.0}
    past = [metrics_measures(f"{n:02d}", same, {"rmse": 0.01}) for n in range(SPANS)]
    now = metrics_measures("now", {"rmse": 407.0})
    assert check_metrics(History.of(past), now).report.passed
    strict = DriftSettings(smallest_shift=0.01)
    assert not check_metrics(History.of(past), now, strict).report.passed


@given(st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-3), st.booleans())
def test_the_unit_of_a_metric_makes_no_difference(factor: float, good: bool) -> None:
    value = 0.745 if good else 0.6
    aucs = [span.value("auc", "metric") for span in PAST.spans]
    past = [
        metrics_measures(f"{n:02d}", {"m": auc * factor}, span=n)
        for n, auc in enumerate(aucs)
    ]
    now = metrics_measures("now", {"m": value * factor}, span=SPANS)
    assert check_metrics(History.of(past), now).report.passed is good


def test_metrics_of_accepted_spans_are_kept_in_a_history(tmp_path: Path) -> None:
    for span in PAST.spans:
        accept_span(tmp_path, span, "Ann", "evaluated", verdict="passed")
    found = check_metrics(read_history(tmp_path), metrics_of(1_000, auc=0.99))
    assert found.report == judged(auc=0.99).report.model_copy(
        update={"created": found.report.created}
    )


@pytest.mark.parametrize(
    ("metric", "sign"),
    [("val_auc", 1), ("log_loss", -1), ("RMSE", -1), ("calibration", 0), ("loss", -1)],
)
def test_what_is_good_is_known_by_the_name(metric: str, sign: int) -> None:
    assert goodness(metric) == sign
