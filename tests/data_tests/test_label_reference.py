from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tidegate.data_tests.catalogue import CATALOGUE, DataTest, Evidence
from tidegate.data_tests.evaluate import Circumstances
from tidegate.data_tests.reference import Reference, SpanSummary
from tidegate.data_tests.trial import try_test
from tidegate.testing import corrupt
from tidegate.testing.label import flip_labels, shift_prior, shift_prior_in_slice

ROWS = 4000
TEXT = pa.large_string()


def trips(seed: int, classes: int = 2) -> pa.Table:
    """Trips whose label is nearly certain for half of them."""
    generator = np.random.default_rng(seed)
    delay = generator.normal(0, 30, ROWS)
    noise = generator.normal(0, 5, ROWS)
    edges = np.linspace(-30, 30, classes + 1)[1:-1]
    return pa.table(
        {
            "delay": pa.array(delay.astype(np.float32)),
            "origin": pa.array(generator.choice(["a", "b"], ROWS).tolist(), TEXT),
            "id": pa.array([f"id{n}" for n in range(ROWS)], TEXT),
            "late": pa.array(np.searchsorted(edges, delay + noise)),
        }
    )


def test_of(name: str, **parameters: Any) -> DataTest:
    return CATALOGUE[name].model_validate({"column": "late", **parameters})


test_of.__test__ = False  # type: ignore[attr-defined]


def look(test: DataTest, table: pa.Table, spans: int = 5) -> Evidence:
    known = [try_test(test, trips(100 + n)).figures for n in range(spans)]
    summaries = [
        SpanSummary(name=f"s{n}", rows=ROWS, figures=dict(figures))
        for n, figures in enumerate(known)
    ]
    given = Circumstances(reference=Reference(tuple(summaries)))
    found = try_test(test, table, given=given)
    in_pieces = try_test(test, table, given=given, batch_rows=977)
    assert (in_pieces.holds, in_pieces.observed) == (found.holds, found.observed)
    return found


@pytest.mark.parametrize("name", ["labels_agree", "label_change"])
@pytest.mark.parametrize("seed", range(4))
def test_clean_data_hold_against_accepted_spans(name: str, seed: int) -> None:
    assert look(test_of(name, by=["origin"]), trips(seed)).holds is True


@pytest.mark.parametrize("name", ["labels_agree", "label_change"])
def test_too_few_accepted_spans_say_nothing_but_leave_figures(name: str) -> None:
    found = look(test_of(name), trips(1), spans=2)
    assert found.holds is None
    assert "accepted spans" in found.observed
    assert found.figures


@pytest.mark.parametrize("seed", range(3))
def test_flipped_labels_are_seen_and_blamed(seed: int) -> None:
    broken, faults = corrupt(trips(seed), [flip_labels("late", 0.05)], seed=seed)
    found = look(test_of("labels_agree"), broken)
    assert found.holds is False
    assert found.rows is not None
    blamed = set(found.rows.positions().tolist())
    assert len(blamed & set(faults[0].rows.tolist())) > 0.8 * len(blamed) > 0
    assert found.plot is not None
    assert found.plot.marked == (5,)


def test_a_bound_needs_no_accepted_spans() -> None:
    broken, _ = corrupt(trips(1), [flip_labels("late", 0.1)], seed=1)
    test = test_of("labels_agree", at_most="2%")
    assert try_test(test, trips(1)).holds is True
    assert try_test(test, broken).holds is False


def test_flips_in_one_slice_are_named() -> None:
    table = trips(3)
    late = np.asarray(table["late"])
    chosen = np.array([word == "b" for word in table["origin"].to_pylist()])
    chosen &= np.random.default_rng(1).random(ROWS) < 0.3
    table = table.set_column(3, "late", pa.array(np.where(chosen, 1 - late, late)))
    found = look(test_of("labels_agree", by=["origin"]), table)
    assert found.holds is False
    assert "with origin b" in found.observed
    assert "with origin a" not in found.observed
    assert "origin" in found.columns


def test_many_classes_can_be_flipped_too() -> None:
    clean, test = trips(1, classes=4), test_of("labels_agree", at_most="3%")
    broken, _ = corrupt(clean, [flip_labels("late", 0.1)], seed=1)
    assert try_test(test, clean).holds is True
    assert try_test(test, broken).holds is False


def test_a_quantity_is_not_judged_by_classes() -> None:
    found = try_test(test_of("labels_agree", column="delay"), trips(1))
    assert found.holds is None
    assert "quantity" in found.observed


def test_a_shifted_prior_is_seen() -> None:
    broken, _ = corrupt(trips(1), [shift_prior("late", 0.5, 1)], seed=1)
    found = look(test_of("label_change"), broken)
    assert found.holds is False
    assert "before 4" in found.observed
    assert found.plot is not None
    assert found.plot.reference is not None


def test_a_shifted_prior_of_a_slice_is_named() -> None:
    corruption = shift_prior_in_slice("late", "origin", "b", 0.6, 1)
    broken, _ = corrupt(trips(1), [corruption], seed=1)
    found = look(test_of("label_change", by=["origin"]), broken)
    assert found.holds is False
    assert "with origin b" in found.observed
    assert "with origin a" not in found.observed


def test_values_of_private_columns_are_in_no_figure() -> None:
    for name in ("labels_agree", "label_change"):
        test = test_of(name, by=["origin"])
        assert any("origin" in key for key in try_test(test, trips(1)).figures)
        figures = try_test(test, trips(1), pii=["origin"]).figures
        assert figures
        assert not any("origin" in key for key in figures)


ODD = {
    "nothing": pa.nulls(4),
    "nan": pa.array([float("nan"), float("inf"), None, -1.0], pa.float32()),
    "huge": pa.array([2**62, -(2**62), 0, None]),
    "bytes": pa.array([b"\xff", b"", None, b"x"], pa.large_binary()),
    "lists": pa.array([[1, 2], [], None, [3]], pa.large_list(pa.int64())),
    "empty": pa.array([], pa.int64()),
    "one": pa.array([1]),
    "many": pa.array([n % 2 for n in range(300)]),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("name", ["labels_agree", "label_change"])
def test_odd_labels_are_no_crash(name: str, kind: str) -> None:
    table = pa.table({"late": ODD[kind], "x": pa.nulls(len(ODD[kind]))})
    found = try_test(test_of(name, by=["x"]), table)
    assert found.holds in (None, False)
