"""What a shuffled feature costs is what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from tidegate.explain.importance import FeatureImportance
from tidegate.explain.metrics import METRICS
from tidegate.explain.permutation import permutation_importance

ROWS = 4000
NAMES = ("strong", "weak", "idle")
Model = Callable[[dict[str, Any]], Any]


def measured(
    model: Model,
    label: Any,
    table: dict[str, Any],
    *,
    metric: str = "rmse",
    features: tuple[str, ...] = NAMES,
    repeats: int = 3,
    seed: int = 1,
) -> dict[str, FeatureImportance]:
    weight = np.ones(len(label))

    def measure(taken: Mapping[str, Any]) -> float:
        mixed = {
            name: column[taken[name]] if name in taken else column
            for name, column in table.items()
        }
        return METRICS[metric].of(label, weight, model(mixed))

    found = permutation_importance(
        measure,
        METRICS[metric],
        METRICS[metric].constant(label, weight),
        features=features,
        read=tuple(table),
        rows=len(label),
        repeats=repeats,
        seed=seed,
    )
    assert list(found) == sorted(found, key=lambda one: -one.drop)
    return {one.feature: one for one in found}


@pytest.fixture
def table() -> dict[str, Any]:
    random = np.random.default_rng(5)
    return {name: random.normal(size=ROWS) for name in NAMES}


def linear(columns: dict[str, Any]) -> Any:
    return 3 * columns["strong"] + columns["weak"]


def test_the_error_of_a_shuffled_feature_is_twice_its_variance(
    table: dict[str, Any],
) -> None:
    """Of a right linear model: the mean of (w·x − w·x′)² is 2·w²·Var(x)."""
    found = measured(linear, linear(table), table)
    assert list(found) == ["strong", "weak", "idle"]
    assert found["strong"].drop == pytest.approx(np.sqrt(2 * 9), rel=0.05)
    assert found["weak"].drop == pytest.approx(np.sqrt(2), rel=0.05)
    assert found["idle"].drop == 0
    assert found["idle"].share == 0
    assert 0 < found["strong"].spread < 0.2


def test_alone_a_feature_has_the_error_of_all_others_shuffled(
    table: dict[str, Any],
) -> None:
    found = measured(linear, linear(table), table)
    assert found["strong"].alone == pytest.approx(np.sqrt(2), rel=0.05)
    assert found["weak"].alone == pytest.approx(np.sqrt(2 * 9), rel=0.05)
    assert found["idle"].alone == pytest.approx(np.sqrt(2 * 10), rel=0.05)


def test_the_others_are_shuffled_together() -> None:
    """Two columns that cancel out do so after the shuffle as well."""
    random = np.random.default_rng(6)
    noise = random.normal(size=ROWS) * 10
    table = {"kept": random.normal(size=ROWS), "plus": noise, "minus": -noise}

    def model(columns: dict[str, Any]) -> Any:
        return columns["kept"] + columns["plus"] + columns["minus"]

    found = measured(model, model(table), table, features=tuple(table))
    assert found["kept"].alone == pytest.approx(0, abs=1e-9)


def test_a_leak_has_all_the_share_and_is_as_good_alone(table: dict[str, Any]) -> None:
    label = np.asarray(table["weak"] > 0.3, float)
    table["leak"] = label

    def model(columns: dict[str, Any]) -> Any:
        return 1 / (1 + np.exp(4 - 8 * columns["leak"] - 0.1 * columns["idle"]))

    found = measured(
        model, label, table, metric="auc", features=("weak", "leak", "idle")
    )
    assert found["leak"].share == pytest.approx(1, abs=0.05)
    assert found["leak"].alone == pytest.approx(1)
    assert found["weak"].share == found["weak"].drop == 0
    assert found["weak"].alone == pytest.approx(0.5, abs=0.05)


def test_a_share_is_of_what_is_gained_over_a_constant(table: dict[str, Any]) -> None:
    label = np.asarray(table["strong"] > 0, float)

    def model(columns: dict[str, Any]) -> Any:
        return columns["strong"] + columns["idle"]

    one = measured(model, label, table, metric="auc")["idle"]
    value = METRICS["auc"].of(label, np.ones(ROWS), model(table))
    assert one.share == pytest.approx(max(one.drop, 0) / (value - 0.5))


def test_a_model_no_better_than_a_constant_has_no_shares(table: dict[str, Any]) -> None:
    label = np.asarray(table["strong"] > 0, float)
    found = measured(lambda c: -c["strong"], label, table, metric="auc")
    assert {one.share for one in found.values()} == {None}
    assert found["strong"].drop < 0
    assert list(found)[-1] == "strong"


def test_a_feature_costs_the_same_whoever_else_is_asked_for(
    table: dict[str, Any],
) -> None:
    label = linear(table)
    together = measured(linear, label, table)
    alone = measured(linear, label, table, features=("weak",))
    assert alone["weak"] == together["weak"]


def test_the_seed_decides(table: dict[str, Any]) -> None:
    label = linear(table)
    first = measured(linear, label, table, seed=1)
    assert measured(linear, label, table, seed=1) == first
    assert measured(linear, label, table, seed=2) != first


def test_features_and_turns_are_shuffled_apart() -> None:
    """Equal features would otherwise cost the same to the last digit."""
    column = np.random.default_rng(8).normal(size=ROWS)
    table = {"one": column, "other": column.copy()}

    def model(columns: dict[str, Any]) -> Any:
        return columns["one"] + columns["other"]

    found = measured(model, model(table), table, features=("one", "other"))
    assert found["one"].drop != found["other"].drop
    assert found["one"].spread > 0


def test_one_turn_has_no_spread(table: dict[str, Any]) -> None:
    found = measured(linear, linear(table), table, repeats=1)
    assert {one.spread for one in found.values()} == {0.0}
