"""Whatever an evaluation holds, there is a report on it, and nothing is raised."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.model_tests.evaluations import explained, write

from tidegate.model_tests.judging import judge
from tidegate.model_tests.measures.metrics import METRICS
from tidegate.model_tests.suite import ModelSuite
from tidegate.report.model import Intervals, Outcome, TestReport

EVERYTHING = ModelSuite.model_validate(
    {
        "tests": [
            *(
                {"bounds": {"metric": m, "at_least": 0.5, "confident": True}}
                for m in METRICS
            ),
            *(
                {"against_champion": {"metric": m.name, "worse_by_at_most": 0.01}}
                for m in METRICS.values()
                if m.higher_is_better is not None
            ),
            *(
                {
                    "slices": {
                        "metric": m,
                        "by": ["s"],
                        "at_least": 0.5,
                        "at_most": 0.9,
                        **({} if m == "mean_error" else {"worse_by_at_most": 0.1}),
                        "least_rows": 2,
                        "least_of_each_label": 1,
                    }
                }
                for m in ("auc", "precision", "log_loss", "mean_error", "r2")
            ),
            *(
                {
                    "fairness": {
                        "by": ["s"],
                        "metric": m,
                        "gap_at_most": 0.1,
                        "ratio_at_least": 0.8,
                        "least_rows": 2,
                        "least_of_each_label": 0,
                    }
                }
                for m in ("positive_rate", "mean_error", "auc")
            ),
            {
                "calibration": {
                    "error_at_most": 0.02,
                    "slope": [0.8, 1.25],
                    "ratio": [0.9, 1.1],
                }
            },
            {"predictions_like_champion": {}},
            {"size": {"at_most": "1 MB", "growth_at_most": "10%"}},
            {"latency": {"p50_at_most_ms": 5, "slower_than_champion_at_most": "10%"}},
            {"single_feature": {}},
            {"too_good": {}},
        ]
    }
)
ODD = st.sampled_from([0.0, 1.0, 0.5, 1e-300, 1 - 1e-16, 0.3])
WILD = st.sampled_from([0.0, -1.0, 5.0, 1e200, -1e200, math.nan, math.inf])


@st.composite
def evaluations(draw: Any, numbers: Any, labels: Any) -> dict[str, Any]:
    rows = draw(st.integers(0, 12))

    def of(values: Any) -> Any:
        return np.array(
            draw(st.lists(values, min_size=rows, max_size=rows)), np.float64
        )

    return {
        "label": of(labels),
        "prediction": of(numbers),
        "champion": of(numbers) if draw(st.booleans()) else None,
        "weight": of(st.sampled_from([1.0, 0.0, 1e-9, 1e9, 2.5])),
        "slices": {
            "s": draw(
                st.lists(
                    st.sampled_from(["a", "b", None]), min_size=rows, max_size=rows
                )
            )
        },
    }


def judged(given_rows: dict[str, Any], task: str) -> TestReport:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), **given_rows, task=task)
        return judge(Path(folder), suite=EVERYTHING, importance=explained(a=0.5))


@settings(max_examples=25)
@given(evaluations(ODD, st.sampled_from([0.0, 1.0])))
def test_odd_probabilities_are_reported_on(rows: dict[str, Any]) -> None:
    assert_sound(judged(rows, "binary"))


@settings(max_examples=25)
@given(evaluations(WILD, WILD))
def test_wild_numbers_are_reported_on(rows: dict[str, Any]) -> None:
    assert_sound(judged(rows, "regression"))


def test_errors_too_large_to_square_are_reported_on() -> None:
    wild = np.array([0.0, 0.0, 0.0, 0.0, -1e200, 0.0, -1e200, 0.0, 0.0])
    rows = {
        "label": wild,
        "prediction": np.zeros(9),
        "champion": None,
        "weight": np.ones(9),
        "slices": {"s": list("aaaababaa")},
    }
    assert_sound(judged(rows, "regression"))


def assert_sound(report: TestReport) -> None:
    assert TestReport.model_validate_json(report.model_dump_json()).results
    for result in report.results:
        if isinstance(result.plot, Intervals):
            ends = zip(result.plot.low, result.plot.now, result.plot.high, strict=True)
            assert all(low <= now <= high for low, now, high in ends), result
        assert "nan" not in result.observed or result.outcome is Outcome.FAILED, result


@pytest.mark.parametrize("task", ["binary", "regression", "other"])
def test_an_evaluation_of_no_row_is_reported_on(tmp_path: Path, task: str) -> None:
    nothing = np.zeros(0)
    write(tmp_path, nothing, nothing, slices={"s": []}, task=task)
    report = judge(tmp_path, suite=EVERYTHING)
    assert not report.passed
    assert report.figures == ()
