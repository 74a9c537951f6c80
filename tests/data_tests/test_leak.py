from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from tidegate.data_tests.catalogue import CATALOGUE, Evidence
from tidegate.data_tests.label.auc import auc, r_squared
from tidegate.data_tests.trial import try_test
from tidegate.testing import corrupt
from tidegate.testing.label import leak_label

ROWS = 3000
TEXT = pa.large_string()


def trips(seed: int = 1) -> dict[str, Any]:
    """Trips whose label depends on what is known before, but not wholly."""
    generator = np.random.default_rng(seed)
    signal = generator.normal(size=ROWS)
    late = signal + generator.normal(size=ROWS) > 1
    return {
        "late": pa.array(late.astype(np.int64)),
        "signal": pa.array(signal.astype(np.float32)),
        "id": pa.array([f"id{n}" for n in range(ROWS)], TEXT),
        "place": pa.array(generator.choice(["a", "b", "c"], ROWS).tolist(), TEXT),
        "gaps": pa.array([n if n % 3 else None for n in range(ROWS)]),
    }


def look(table: dict[str, Any], **parameters: Any) -> Evidence:
    test = CATALOGUE["no_leak"].model_validate({"column": "late", **parameters})
    found = try_test(test, pa.table(table))
    in_pieces = try_test(test, pa.table(table), batch_rows=701)
    assert (in_pieces.holds, in_pieces.observed) == (found.holds, found.observed)
    return found


def late(table: dict[str, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(table["late"])


@pytest.mark.parametrize("seed", range(5))
def test_honest_features_and_ids_are_no_leaks(seed: int) -> None:
    found = look(trips(seed))
    assert found.holds
    assert found.observed.startswith("signal (AUC 0.8")


LEAKS = {
    "copy": lambda y: pa.array(y),
    "noisy": lambda y: pa.array(y + np.random.default_rng(1).normal(0, 0.05, len(y))),
    "downwards": lambda y: pa.array((5 - 3 * y).astype(np.float32)),
    "words": lambda y: pa.array(np.where(y, "yes", "no").tolist(), TEXT),
    "missing": lambda y: pa.array([1.0 if one else None for one in y]),
    "in the middle": lambda y: pa.array(
        np.where(y, 0, np.random.default_rng(1).choice([-5, 5], len(y)))
        + np.random.default_rng(2).normal(size=len(y))
    ),
    "lists": lambda y: pa.array([[int(one)] for one in y], pa.large_list(pa.int64())),
    "bytes": lambda y: pa.array([b"\xff" if one else b"" for one in y]),
}


@pytest.mark.parametrize("kind", LEAKS)
def test_a_column_that_knows_the_label_is_found_and_named(kind: str) -> None:
    table = trips()
    table["score"] = LEAKS[kind](late(table))
    found = look(table)
    assert found.holds is False
    assert "score (AUC" in found.observed
    assert found.plot is not None
    assert found.plot.labels[found.plot.marked[0]] == "score"
    assert look(table, **{"except": ["score"]}).holds
    assert look(table, features=["signal", "id"]).holds


@pytest.mark.parametrize("seed", range(3))
def test_the_leak_that_users_can_make_is_found(seed: int) -> None:
    broken, _ = corrupt(pa.table(trips(seed)), [leak_label("late")], seed=seed)
    found = look(dict(zip(broken.column_names, broken.columns, strict=True)))
    assert found.holds is False


def test_many_classes_and_quantities_have_leaks_too() -> None:
    generator = np.random.default_rng(1)
    words = generator.choice(["x", "y", "z"], ROWS)
    amounts = generator.normal(size=ROWS)
    table = {
        "word": pa.array(words.tolist(), TEXT),
        "code": pa.array(np.searchsorted(["x", "y", "z"], words)),
        "amount": pa.array(amounts),
        "cents": pa.array(np.round(amounts * 100)),
        "noise": pa.array(generator.normal(size=ROWS)),
    }
    of_words = look(table, column="word")
    assert of_words.observed == "code (AUC 1.000)"
    of_amounts = look(table, column="amount")
    assert of_amounts.observed.startswith("cents (R² 1.000)")
    assert look(table, column="amount", features=["noise"]).holds


def test_the_label_may_be_an_expression() -> None:
    table = {"delay": pa.array(np.arange(ROWS) % 60), "other": pa.array([1] * ROWS)}
    test = CATALOGUE["no_leak"].model_validate({"is": "delay > 15"})
    assert "delay (AUC 1.000)" in try_test(test, pa.table(table)).observed


@pytest.mark.parametrize(
    "labels",
    [
        pa.array([1] * 100),
        pa.nulls(100),
        pa.array([1] * 3 + [0] * 97),
        pa.array([], pa.int64()),
        pa.array([float("inf"), float("nan"), -1.0] * 30 + [1.0] * 10),
        pa.array([f"w{n}" for n in range(100)], TEXT),
    ],
    ids=["one class", "missing", "rare", "empty", "odd", "ids"],
)
def test_too_few_labels_say_nothing(labels: pa.Array) -> None:
    table = {"late": labels, "x": pa.nulls(len(labels))}
    assert look(table).holds in (None, True)


def test_odd_features_are_no_crash() -> None:
    table = trips()
    table |= {
        "nothing": pa.nulls(ROWS),
        "inf": pa.array([float("inf"), float("-inf"), float("nan")] * (ROWS // 3)),
        "huge": pa.array([2**63 - 1, -(2**63), 0] * (ROWS // 3)),
        "great": pa.array([1e308, -1e308, 0.0] * (ROWS // 3)),
    }
    assert look(table).holds
    table["late"] = pa.array(np.random.default_rng(3).normal(size=ROWS))
    assert look(table).holds


def test_contradicting_lists_of_features_are_refused() -> None:
    with pytest.raises(ValidationError, match="in features and in except"):
        CATALOGUE["no_leak"].model_validate({"features": ["a"], "except": ["a"]})


def test_auc_counts_ties_as_half() -> None:
    scores, positive = np.array([1, 2, 2, 3]), np.array([False, True, False, True])
    assert auc(scores, positive) == pytest.approx(0.875)
    assert auc(-scores, positive) == pytest.approx(0.125)
    assert auc(scores, np.ones(4, np.bool_)) == 0.5


def test_r_squared_of_the_mean_is_nothing() -> None:
    truth = np.array([1.0, 2.0, 3.0])
    assert r_squared(np.full(3, 2.0), truth) == 0
    assert r_squared(truth, truth) == 1
