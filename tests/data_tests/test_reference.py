"""The reference: what is kept of accepted spans, and how it is read back."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.data_tests.random_sample import RandomSample
from tidegate.data_tests.reference import (
    LEVELS,
    ColumnSummary,
    Reference,
    Relations,
    SpanSummary,
    Spread,
    read_reference,
    write_summary,
)
from tidegate.data_tests.reference.histogram import shares
from tidegate.data_tests.reference.pairs import relations_of
from tidegate.data_tests.reference.summarising import summarise
from tidegate.data_tests.whole import Whole
from tidegate.errors import Problems, UsageError


def whole_from(table: pa.Table, **more: Any) -> Whole:
    profiles = {name: ColumnProfile.of(table[name]) for name in table.column_names}
    return Whole(
        rows=table.num_rows,
        columns=tuple(table.column_names),
        splits={"data": table.num_rows},
        profiles={None: profiles},
        drawn=RandomSample.of(table, np.arange(table.num_rows)),
        **more,
    )


def orders(rows: int = 4_000, seed: int = 0) -> pa.Table:
    generator = np.random.default_rng(seed)
    shop = generator.integers(0, 5, rows)
    price = generator.gamma(2.0, 10.0, rows) + 1
    gone = generator.random(rows) < 0.1
    return pa.table(
        {
            "shop": pa.array([f"shop {n}" for n in shop], pa.large_string()),
            "town": pa.array([f"town {n // 2}" for n in shop], pa.large_string()),
            "price": pa.array(price.astype(np.float32)),
            "paid": pa.array((price * 1.2).astype(np.float32), mask=gone),
            "tip": pa.array(generator.random(rows).astype(np.float32), mask=gone),
            "late": pa.array((generator.random(rows) < 0.25).astype(np.int64)),
            "at": pa.array(
                [f"2030-01-{1 + n * 28 // rows:02d}T12:00:00Z" for n in range(rows)],
                pa.large_string(),
            ),
        }
    )


def named(relations: Relations, kind: str) -> Mapping[tuple[str, str], float]:
    names = relations.names
    return {(names[a], names[b]): v for a, b, v in getattr(relations, kind)}


def test_a_summary_survives_its_file(tmp_path: Path) -> None:
    summary = summarise(whole_from(orders(), label="late", time="at"), "03", 3)
    path = write_summary(summary, tmp_path / "reference")
    assert path.name == "span-03.json"
    reference = read_reference(tmp_path / "reference")
    assert reference.spans == (summary,)
    assert str(reference) == "1 span, 03"


def test_a_summary_says_what_the_columns_were() -> None:
    summary = summarise(whole_from(orders(), label="late", time="at"), "a")
    paid = summary.columns["paid"]
    assert paid.kind == "float"
    assert paid.missing == pytest.approx(0.1, abs=0.02)
    assert len(paid.quantiles) == len(LEVELS)
    assert list(paid.quantiles) == sorted(paid.quantiles)
    assert sum(paid.heights) == pytest.approx(1)
    shop = summary.columns["shop"]
    assert (shop.distinct, len(shop.top)) == (5, 5)
    assert shop.lengths is not None
    assert shop.lengths.longest == len("shop 1")
    assert summary.labels["0"] == pytest.approx(0.75, abs=0.03)
    assert summary.time is not None
    assert summary.time.latest.isoformat() == "2030-01-28T12:00:00+00:00"


def test_a_private_column_leaves_no_value() -> None:
    table = orders()
    whole = whole_from(table, label="shop", time="at", pii=frozenset({"shop", "at"}))
    text = summarise(whole, "a").model_dump_json()
    assert "shop 1" not in text
    assert "2030-01" not in text
    assert "town 1" in text
    column = summarise(whole, "a").columns["shop"]
    assert (column.private, column.quantiles, column.top) == (True, (), ())
    private = whole_from(table, pii=frozenset({"price"}))
    price = summarise(private, "a").columns["price"]
    assert (price.mean, price.edges, price.decimals) == (None, (), {})


def test_relations_are_those_that_were_made() -> None:
    relations = relations_of(orders())
    order = named(relations, "order")
    assert order["price", "paid"] == pytest.approx(1, abs=0.01)
    assert abs(order.get(("price", "tip"), 0)) < 0.06
    groups = named(relations, "groups")
    assert groups["shop", "town"] == pytest.approx(1)
    assert groups["town", "shop"] < 0.7
    assert ("tip", "town") not in groups or abs(groups["tip", "town"]) < 0.05
    assert named(relations, "missing")["paid", "tip"] == pytest.approx(1)


def test_relations_are_the_same_for_rows_that_came_in_other_batches() -> None:
    table = orders(30_000)
    rows = np.arange(table.num_rows)
    cut = [0, 7_000, 7_001, 20_000, 30_000]
    pieces = [
        RandomSample.of(table.slice(a, b - a), rows[a:b])
        for a, b in itertools.pairwise(cut)
    ]
    merged = pieces[2].merge(pieces[0]).merge(pieces[3].merge(pieces[1]))
    together = RandomSample.of(table, rows)
    assert relations_of(merged.rows()[0]) == relations_of(together.rows()[0])


@pytest.mark.parametrize(
    "table",
    [
        pa.table({}),
        pa.table({"a": pa.array([], pa.int64())}),
        pa.table({"a": pa.array([1], pa.int64()), "b": pa.nulls(1)}),
        pa.table({"a": pa.array([[1, 2], [], None], pa.large_list(pa.int64()))}),
        pa.table({"a": pa.array([float("nan"), float("inf"), None, -1.0])}),
        pa.table({"a": pa.array([2**63 - 1, -(2**63), 0])}),
        pa.table({"a": pa.array([b"\xff", b"", None], pa.large_binary())}),
        pa.table({"a": pa.array(["\x00", "é" * 5000], pa.large_string())}),
    ],
    ids=["empty", "rows", "one", "lists", "odd", "huge", "bytes", "texts"],
)
def test_odd_tables_have_a_summary(table: pa.Table, tmp_path: Path) -> None:
    summary = summarise(whole_from(table), "odd")
    write_summary(summary, tmp_path)
    assert read_reference(tmp_path).spans == (summary,)


def test_spans_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 9, 2):
        write_summary(SpanSummary(name=str(number), rows=number, span=number), tmp_path)
    (tmp_path / ".span-11.json.123").write_bytes(b"half")
    (tmp_path / "README.md").write_text("owner")
    reference = read_reference(tmp_path)
    assert [span.name for span in reference.spans] == ["2", "9", "10"]
    assert str(reference) == "3 spans, 2 to 10"
    assert [span.name for span in read_reference(tmp_path, newest=2).spans] == [
        "9",
        "10",
    ]
    assert len(read_reference(tmp_path, newest=9).spans) == 3
    assert reference.newest is not None
    assert reference.newest.name == "10"


def test_a_folder_that_is_not_there_is_no_reference(tmp_path: Path) -> None:
    assert str(read_reference(tmp_path / "nothing")) == "no span"


def test_an_accepted_span_is_never_overwritten(tmp_path: Path) -> None:
    write_summary(SpanSummary(name="1", rows=5), tmp_path)
    before = (tmp_path / "span-1.json").read_bytes()
    write_summary(SpanSummary(name="1", rows=5), tmp_path)
    with pytest.raises(UsageError, match="accepted already"):
        write_summary(SpanSummary(name="1", rows=6), tmp_path)
    assert (tmp_path / "span-1.json").read_bytes() == before


@pytest.mark.parametrize("name", ["../x", "", ".hidden", "a/b", "a b"])
def test_a_name_that_cannot_be_a_file_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        SpanSummary(name=name, rows=1)


def test_all_broken_files_are_named(tmp_path: Path) -> None:
    write_summary(SpanSummary(name="1", rows=5), tmp_path)
    (tmp_path / "span-2.json").write_text("{")
    (tmp_path / "span-3.json").write_text('{"name": "3", "rows": -1}')
    (tmp_path / "span-4.json").write_text('{"name": "5", "rows": 1}')
    (tmp_path / "span-6.json").write_text('{"name": "6", "rows": 1, "extra": 1}')
    newer = '{"name": "7", "rows": 1, "format_version": 2}'
    (tmp_path / "span-7.json").write_text(newer)
    with pytest.raises(Problems) as caught:
        read_reference(tmp_path)
    told = str(caught.value)
    for number in (2, 3, 4, 6, 7):
        assert f"span-{number}.json" in told
    assert "span-1.json" not in told


def test_a_reference_tells_a_quantity_over_its_spans() -> None:
    spans = [
        SpanSummary(name=str(n), rows=10, columns={"a": ColumnSummary(missing=n / 10)})
        for n in (1, 4, 2)
    ]
    reference = Reference((*spans, SpanSummary(name="9", rows=1)))
    told = reference.of("a", lambda column: column.missing)
    assert told == [0.1, 0.4, 0.2]
    assert Spread.of(told) == Spread(3, 0.2, 0.1, 0.4)
    assert reference.of("a", lambda column: column.mean) == []
    assert reference.over(lambda span: span.rows) == [10, 10, 10, 1]
    assert Spread.of([]) is None


def test_a_histogram_holds_what_is_beyond_its_edges() -> None:
    numbers = ColumnProfile.of(pa.array([0, 5, 10, 99])).numbers
    assert shares(numbers, (1.0, 6.0, 11.0)) == (0.5, 0.5)
    assert shares(None, (1.0, 6.0, 11.0)) == (0.0, 0.0)
    assert shares(numbers, ()) == ()


def test_wide_tables_are_bounded() -> None:
    generator = np.random.default_rng(0)
    base = generator.normal(size=3_000)
    wide = {f"c{n}": base * (n % 7) + generator.normal(size=3_000) for n in range(600)}
    relations = relations_of(pa.table(wide))
    assert len(relations.order) <= 2_600
    assert len(relations.groups) <= 4_000
    paired = {n for pair in relations.order for n in pair[:2]}
    # Those with a part in common with others; the rest are noise.
    assert {n for n in range(600) if n % 7 > 2} <= paired


def test_texts_of_wide_tables_keep_their_strongest_relations() -> None:
    generator = np.random.default_rng(0)
    codes = generator.integers(0, 12, (3_000, 40))
    wide = {f"n{n}": codes[:, n % 40] + generator.random(3_000) for n in range(400)}
    for n in range(40):
        words = [f"v{code * 7 % 12}" for code in codes[:, n]]
        wide[f"t{n}"] = pa.array(words, pa.large_string())
    relations = relations_of(pa.table(wide))
    assert len(relations.groups) <= 4_000
    groups = named(relations, "groups")
    for n in range(40):
        assert groups[f"t{n}", f"n{n}"] > 0.4
