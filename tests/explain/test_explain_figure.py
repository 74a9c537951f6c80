"""An importance as a picture shows the features that matter most."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from tidegate.explain.figure import figure
from tidegate.explain.importance import (
    FeatureImportance,
    Importance,
    read_importance,
    write_importance,
)
from tidegate.report import plots


def importance(method: Literal["permutation", "shap"], count: int) -> Importance:
    return Importance(
        method=method,
        metric="auc",
        value=0.9,
        constant=0.5,
        rows=100,
        repeats=3,
        seed=1,
        features=tuple(
            FeatureImportance(feature=f"f{n}", drop=0.3 - 0.1 * n, spread=0.01)
            for n in range(count)
        ),
    )


def test_each_feature_has_a_bar_as_long_as_its_drop() -> None:
    plot = figure(importance("permutation", 5))
    assert plot.labels == ("f0", "f1", "f2", "f3", "f4")
    assert plot.now == pytest.approx((0.3, 0.2, 0.1, 0.0, -0.1))
    assert (plot.kind, plot.unit) == ("values", "auc")
    assert plot.title == "auc lost when a feature is shuffled"


def test_of_many_the_first_are_shown_and_it_is_said() -> None:
    plot = figure(importance("shap", 5), most=2)
    assert plot.labels == ("f0", "f1")
    assert plot.title == "mean absolute SHAP value, the first 2 of 5"
    assert plot.unit == "prediction"


@pytest.mark.parametrize("count", [0, 1, 30])
def test_the_picture_can_be_drawn(count: int) -> None:
    drawn = plots.svg(figure(importance("permutation", count)))
    assert (drawn is None) == (count == 0)


def test_the_document_is_read_as_it_was_written(tmp_path: Path) -> None:
    held = importance("shap", 3)
    write_importance(held, tmp_path)
    assert read_importance(tmp_path) == held
