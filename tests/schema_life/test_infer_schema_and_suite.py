"""A first schema and a first suite: right about tomorrow, not only about today."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tidegate.columnar.dataset import Batch, Part
from tidegate.columnar.held_dataset import HeldDataset
from tidegate.data_tests.evaluate import evaluate
from tidegate.data_tests.schema_verdict import read_schema
from tidegate.data_tests.suite import load_suite
from tidegate.errors import DataError, UsageError
from tidegate.report.model import TestReport
from tidegate.schema_life.infer import Inferred, infer, write

ROWS = 3000


def trips(seed: int = 0, rows: int = ROWS, month: int = 1, **columns: Any) -> pa.Table:
    """Trips of one month: ids, times, codes, numbers with and without gaps."""
    random = np.random.default_rng(seed)
    hour, minute = random.integers(0, 24, rows), random.integers(0, 60, rows)
    day = random.integers(1, 29, rows)
    gone = random.random(rows) < 0.03
    cost = np.round(random.gamma(2.0, 8.0, rows), 2)
    zones = np.array([f"{a}{b}{c}" for a in "ABCDE" for b in "XYZ" for c in "UVWPQRS"])
    made: dict[str, Any] = {
        "trip_id": np.arange(rows) + 10_000 * seed,
        "month": np.full(rows, month),
        "begun": [
            f"2024-{month:02d}-{d:02d}T{h:02d}:{m:02d}:00Z"
            for d, h, m in zip(day, hour, minute, strict=True)
        ],
        "clock": hour * 100 + minute,
        "hour": hour,
        "minute": minute,
        "kind": np.array(["taxi", "bus", "bike"])[random.integers(0, 3, rows)],
        "zone": zones[random.integers(0, len(zones), rows)],
        "delay": np.round(random.normal(0, 20, rows)).astype(np.int64),
        "cost": pa.array(cost, pa.float32(), mask=gone),
        "tip": pa.array(cost / 10, pa.float32(), mask=gone),
    }
    return pa.table({**made, **columns})


def held(*tables: pa.Table) -> HeldDataset:
    def batches() -> Iterator[Batch]:
        for part, table in enumerate(tables):
            kinds = {pa.string(): pa.large_string()}
            wide = pa.schema(
                [(f.name, kinds.get(f.type, f.type)) for f in table.schema]
            )
            yield Batch(table.cast(wide), part, 0)

    return HeldDataset([Part(f"{n}.csv") for n in range(len(tables))], batches())


def verdict(inferred: Inferred, table: pa.Table) -> TestReport:
    suite = inferred.suggested.suite
    return evaluate(suite, held(table), schema=inferred.schema).report


@pytest.fixture(scope="module")
def inferred() -> Inferred:
    return infer(held(trips()))


def parameters(inferred: Inferred, test: str, column: str) -> dict[str, Any]:
    for one in inferred.suggested.suite.tests:
        if one.name == test and getattr(one, "column", None) == column:
            return one.model_dump(by_alias=True)
    raise AssertionError(f"no {test} of {column}")


def test_what_is_inferred_holds_on_its_own_data(inferred: Inferred) -> None:
    assert [str(one) for one in verdict(inferred, trips()).failed] == []


@pytest.mark.parametrize("seed", range(1, 6))
def test_what_is_inferred_holds_on_other_months(inferred: Inferred, seed: int) -> None:
    assert verdict(inferred, trips(seed, month=1 + 2 * seed)).failed == ()


def test_a_month_alone_does_not_make_the_month_a_constant(inferred: Inferred) -> None:
    (month,) = (f for f in inferred.schema.feature if f.name == "month")
    assert (month.int_domain.min, month.int_domain.max) == (1, 12)
    assert not month.HasField("bool_domain")


@pytest.mark.parametrize(
    ("column", "low", "high"),
    [("clock", 0, 2400), ("hour", 0, 23), ("minute", 0, 59)],
)
def test_known_kinds_of_numbers_get_their_own_limits(
    inferred: Inferred, column: str, low: int, high: int
) -> None:
    limits = parameters(inferred, "between", column)
    assert (limits["low"], limits["high"]) == (low, high)


def test_amounts_are_never_negative_and_have_room_above(inferred: Inferred) -> None:
    limits, table = parameters(inferred, "between", "cost"), trips()
    assert limits["low"] == 0
    assert limits["high"] > 2 * max(c for c in table["cost"].to_pylist() if c)


def test_few_frequent_values_are_a_closed_list_and_many_are_not(
    inferred: Inferred,
) -> None:
    domains = {
        domain.name: list(domain.value) for domain in inferred.schema.string_domain
    }
    assert domains == {"kind": ["bike", "bus", "taxi"]}


def test_codes_get_a_form(inferred: Inferred) -> None:
    assert parameters(inferred, "matches", "zone")["regex"] == "[A-Z]{3}"


def test_an_id_is_the_key_and_the_times_are_found(inferred: Inferred) -> None:
    assert inferred.suggested.key == ("trip_id",)
    assert inferred.suggested.time == "begun"


def test_rules_between_columns_are_found(inferred: Inferred) -> None:
    rules = {one.parameters.get("sql") for one in inferred.suggested.suggestions}
    assert '("cost" is null) <> (tip is null)' in rules or (
        "(cost is null) <> (tip is null)" in rules
    )
    assert 'clock <> 100 * "hour" + "minute"' in rules or (
        "clock <> 100 * hour + minute" in rules
    )


def test_chance_does_not_make_a_key() -> None:
    table = trips(trip_id=np.random.default_rng(1).random(ROWS).astype(np.float32))
    assert infer(held(table)).suggested.key == ()


@pytest.mark.parametrize(
    "broken",
    [
        {"clock": np.full(ROWS, 1275)},
        {"kind": np.full(ROWS, "ship")},
        {"delay": np.full(ROWS, -9999)},
        {"trip_id": np.zeros(ROWS, np.int64)},
        {"cost": pa.nulls(ROWS, pa.float32())},
        {"zone": np.full(ROWS, "abc")},
        {"extra": np.zeros(ROWS, np.int64)},
    ],
    ids=lambda broken: next(iter(broken)),
)
def test_what_is_inferred_shuts_on_bad_data(
    inferred: Inferred, broken: dict[str, Any]
) -> None:
    assert verdict(inferred, trips(**broken)).failed


def test_files_read_back_as_what_was_inferred(
    inferred: Inferred, tmp_path: Path
) -> None:
    schema, suite = tmp_path / "schema.pbtxt", tmp_path / "data_tests.yaml"
    write(inferred, schema, suite)
    assert read_schema(schema) == inferred.schema
    assert load_suite(suite).tests == inferred.suggested.suite.tests


def test_the_same_data_give_the_same_files(inferred: Inferred) -> None:
    again = infer(held(trips()))
    assert again.schema_text == inferred.schema_text
    assert again.suite_text == inferred.suite_text


def test_private_values_are_in_no_file() -> None:
    mails = [f"ada{n}@mail.example.org" for n in range(ROWS)]
    names = ["Lovelace", "Hopper", "Noether"] * (ROWS // 3)
    found = infer(held(trips(contact=mails, last_name=names)))
    assert set(found.suggested.pii) == {"contact", "last_name"}
    for text in (found.schema_text, found.suite_text):
        assert "mail.example" not in text
        assert "Lovelace" not in text
    assert [f.name for f in found.schema.feature if "pii" in f.annotation.tag] == [
        "contact",
        "last_name",
    ]


def test_a_delivery_of_one_file_of_several_is_enough() -> None:
    found = infer(held(trips(1, 1000), trips(2, 3000)))
    assert verdict(found, trips(3, 1000)).failed == ()


@pytest.mark.parametrize(
    "column",
    [
        pa.nulls(ROWS),
        pa.array([[1, 2]] * ROWS, pa.large_list(pa.int64())),
        pa.array([b"\xff"] * ROWS, pa.large_binary()),
        pa.array([float("nan")] * ROWS, pa.float32()),
        pa.array([float("inf")] * ROWS, pa.float32()),
        pa.array([2**62] * ROWS, pa.int64()),
        pa.array(['a: b # "c" {d}\n'] * ROWS, pa.large_string()),
    ],
    ids=["null", "list", "bytes", "nan", "inf", "huge", "odd text"],
)
def test_odd_columns_hold_on_themselves(column: pa.Array, tmp_path: Path) -> None:
    table = trips().append_column('odd: "name" # é', column)
    found = infer(held(table))
    write(found, tmp_path / "s.pbtxt", tmp_path / "t.yaml")
    assert read_schema(tmp_path / "s.pbtxt") == found.schema
    assert load_suite(tmp_path / "t.yaml").tests == found.suggested.suite.tests
    assert verdict(found, table).failed == ()


@pytest.mark.parametrize("rows", [1, 2, 40])
def test_few_rows_hold_on_themselves(rows: int) -> None:
    assert verdict(infer(held(trips(rows=rows))), trips(rows=rows)).failed == ()


def test_no_rows_are_refused() -> None:
    with pytest.raises(DataError, match="no row"):
        infer(held(trips(rows=0)))


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(UsageError, match="no column tipped"):
        infer(held(trips()), label="tipped")
