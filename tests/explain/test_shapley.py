"""SHAP values of a model with known weights are what their definition says."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.explain.known_models import rows
from tests.serving.serving_models import serialized

from tidegate.columnar.example_decoding import decode_columns
from tidegate.errors import UsageError
from tidegate.explain.entries import RowEntries
from tidegate.explain.explaining import explain
from tidegate.explain.importance import FeatureImportance
from tidegate.explain.question import Question
from tidegate.explain.shapley import shap_importance

pytest.importorskip("shap")

WEIGHTS = {"weak": 1.0, "idle": 0.0, "leak": -2.0}


def linear(records: Sequence[bytes]) -> Any:
    columns = decode_columns(list(records), list(WEIGHTS))
    return sum(weight * np.asarray(columns[name]) for name, weight in WEIGHTS.items())


def explained(entries: RowEntries, **changes: Any) -> dict[str, FeatureImportance]:
    asked: dict[str, Any] = {"features": tuple(WEIGHTS), "repeats": 2, "seed": 1}
    found = shap_importance(linear, entries, **{**asked, **changes})
    assert list(found) == sorted(found, key=lambda one: -one.drop)
    return {one.feature: one for one in found}


@pytest.fixture(scope="module")
def entries() -> RowEntries:
    return RowEntries([serialized(row) for row in rows(120)], list(WEIGHTS))


@pytest.fixture(scope="module")
def found(entries: RowEntries) -> dict[str, FeatureImportance]:
    return explained(entries)


def test_of_a_linear_model_they_are_distances_from_the_mean(
    found: dict[str, FeatureImportance],
) -> None:
    """|w|·E|x − E x|: 2·0.5 for a fair coin, √(2/π) for a normal number."""
    assert found["leak"].drop == pytest.approx(1.0, rel=0.1)
    assert found["weak"].drop == pytest.approx(np.sqrt(2 / np.pi), rel=0.25)
    assert found["idle"].drop == pytest.approx(0, abs=1e-6)


def test_shares_are_of_the_sum(found: dict[str, FeatureImportance]) -> None:
    total = sum(one.drop for one in found.values())
    for one in found.values():
        assert one.share == pytest.approx(one.drop / total)
        assert one.alone is None
    assert found["weak"].spread > 0


def test_the_seed_decides_and_numpy_is_left_alone(
    entries: RowEntries, found: dict[str, FeatureImportance]
) -> None:
    np.random.seed(5)
    expected = np.random.random(3).tolist()
    np.random.seed(5)
    assert explained(entries) == found
    assert np.random.random(3).tolist() == expected
    assert explained(entries, seed=2) != found


def test_features_that_are_not_read_have_none(entries: RowEntries) -> None:
    found = explained(entries, features=("weak", "unread"), repeats=1)
    assert found["unread"].drop == found["unread"].share == 0
    assert {one.spread for one in found.values()} == {0.0}
    nothing = explained(RowEntries([b"\n\x00"] * 5, []), features=("weak",))
    assert nothing["weak"] == FeatureImportance(feature="weak", drop=0, spread=0)


def test_a_model_is_explained_by_them(known: Path, files: list[Path]) -> None:
    asked = Question(label="answer", weight="mass", method="shap", repeats=1)
    told = explain(known, files, asked)
    assert told.method == "shap"
    assert (told.metric, told.constant) == ("auc", 0.5)
    names = [one.feature for one in told.features]
    assert names[0] == "strong"
    assert names[-1] == "idle"
    by_permutation = explain(known, files, replace(asked, method="permutation"))
    assert told.value == by_permutation.value


def test_without_the_package_it_is_said_how_to_get_it(
    known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "shap", None)
    with pytest.raises(UsageError, match="not installed") as told:
        # Before anything is read: there are no files.
        explain(known, [], Question(label="answer", method="shap"))
    assert "pip install 'tidegate[shap]'" in str(told.value.fix)
