"""What is measured of one column, against figures worked out by hand or by NumPy."""

from __future__ import annotations

import math
import pickle
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.drift_tests.measures import FEW, measure_table
from tidegate.drift_tests.measuring.names import BAND_MEANS, BANDS, MEASURES
from tidegate.drift_tests.summary import SpanMeasures
from tidegate.errors import DataError, Problems

NAN, INF = float("nan"), float("inf")
HALF = math.log(2)


def measured(values: Any, kind: pa.DataType | None = None) -> SpanMeasures:
    column = values if isinstance(values, pa.Array) else pa.array(values, kind)
    return measure_table(pa.table({"a": column}), "01")


def figures(values: Any, *names: str) -> list[float]:
    span = measured(values)
    return [span.value("a", name) for name in names]


# Worked out by hand: the values, and what is measured of them.
BY_HAND: list[tuple[list[Any], dict[str, float]]] = [
    (
        [1, 2, 2, None, 5, -10],
        {
            "missing": 1 / 6,
            "log_distinct": math.log(4),
            "top_share": 2 / 5,
            "alone": 3 / 5,
            "entropy": -(0.6 * math.log(0.2) + 0.4 * math.log(0.4)),
            "zero": 0,
            "negative": 1 / 5,
            "whole": 1,
            "fives": 2 / 5,
            "tens": 1 / 5,
            "mean": 0,
            "deviation": math.sqrt(134 / 5),
            "quantile_0": -10,
            "quantile_0.25": 1,
            "quantile_0.5": 2,
            "quantile_0.75": 2,
            "quantile_1": 5,
            # Steps between the distinct values: 11, 1 and 3.
            "step": 3,
            # From the median: 12, 1, 0, 0, 3; their median is 1.
            "log_spread": 0,
            "tail_weight": math.log1p((144 + 1 + 9) / 5),
            "nan": NAN,
        },
    ),
    (
        [0.5, NAN, INF, -INF, None, 0.0, 0.0, 1.5],
        {
            "missing": 1 / 8,
            "nan": 1 / 7,
            "infinite": 2 / 7,
            "zero": 1 / 2,
            "whole": 1 / 2,
            "mean": 0.5,
            "quantile_0": 0,
            "quantile_1": 1.5,
            "log_distinct": math.log(3),
        },
    ),
    (
        ["Ab 1", "", None, "AB12", "CD34", " é"],
        {
            "missing": 1 / 6,
            "length": 14 / 5,
            "shortest": 0,
            "longest": 4,
            "length_deviation": math.sqrt((3 * 16 + 4) / 5 - (14 / 5) ** 2),
            "upper": 5 / 14,
            "lower": 1 / 14,
            "digit": 5 / 14,
            "blank": 2 / 14,
            "empty": 1 / 5,
            "padded": 1 / 5,
            "not_ascii": 1 / 5,
            # Shapes: "Aa 9", "", "A99" twice, " é".
            "log_shapes": math.log(4),
            "top_shape": 2 / 5,
            "shape_entropy": -(0.6 * math.log(0.2) + 0.4 * math.log(0.4)),
            "top_share": 1 / 5,
            "alone": 1,
            "mean": NAN,
        },
    ),
    (
        [b"\xff\x00", b"a", None, b"a"],
        {
            "missing": 1 / 4,
            "length": 4 / 3,
            "shortest": 1,
            "longest": 2,
            "top_share": 2 / 3,
            "upper": NAN,
        },
    ),
    # The first of each list counts; an empty list is a missing value.
    (
        [[1, 9], [], None, [None, 3]],
        {"missing": 2 / 4, "mean": 2, "quantile_1": 3, "log_distinct": HALF},
    ),
    # Hours after the middle one: when a span was says nothing about its data.
    (
        ["2031-01-01T00:00:00", "2031-01-01T01:00:00", "2031-01-01T06:00:00"],
        {"quantile_0": -1, "quantile_0.5": 0, "quantile_1": 5, "zero": NAN},
    ),
    ([None, None], {"missing": 1, "log_distinct": NAN, "mean": NAN}),
    ([NAN, NAN], {"missing": 0, "nan": 1, "infinite": 0, "mean": NAN}),
    # A distance that is next to none has no greater logarithm than this.
    ([0.0, 5e-324, 1e-323, 2e-323, 1e10], {"log_spread": math.log(1e-150)}),
    ([7, 7, 7], {"deviation": 0, "log_spread": 0, "tail_weight": 0, "step": 0}),
]


@pytest.mark.parametrize(("values", "wanted"), BY_HAND)
def test_measures_of_a_column_are_those_worked_out_by_hand(
    values: list[Any], wanted: dict[str, float]
) -> None:
    found = dict(zip(wanted, figures(values, *wanted), strict=True))
    assert found == pytest.approx(wanted, nan_ok=True, abs=1e-12)


NUMBERS = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=300)


@given(NUMBERS)
@settings(deadline=None, max_examples=40)
def test_measures_of_numbers_are_those_of_numpy(values: list[float]) -> None:
    numbers = np.array(values)
    levels = [0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0]
    names = [f"quantile_{level:g}" for level in levels]
    wanted = np.quantile(numbers, levels, method="inverted_cdf")
    # Where rounding decides between two neighbours, either is right.
    ordered = np.sort(numbers)
    for found, level, usual in zip(
        figures(values, *names), levels, wanted, strict=True
    ):
        place = level * len(values)
        near = {ordered[max(math.ceil(place + off) - 1, 0)] for off in (-1e-9, 0)}
        assert found in near | {usual}
    low, high = figures(values, "quantile_0.05", "quantile_0.95")
    clipped = np.clip(numbers, low, high)
    wanted_moments = [numbers.mean(), numbers.std(), clipped.mean(), clipped.std()]
    names = ["mean", "deviation", "trimmed_mean", "trimmed_deviation"]
    assert figures(values, *names) == pytest.approx(wanted_moments, rel=1e-6, abs=1e-6)


@given(NUMBERS)
@settings(deadline=None, max_examples=40)
def test_means_of_bands_average_to_the_mean_and_ascend(values: list[float]) -> None:
    mean, *bands = figures(values, "mean", *BAND_MEANS)
    widths = [high - low for low, high in BANDS]
    total = sum(band * width for band, width in zip(bands, widths, strict=True))
    size = max(map(abs, values))
    assert total == pytest.approx(mean, rel=1e-6, abs=1e-6 * size + 1e-9)
    assert np.all(np.diff(bands) >= -1e-6 * size - 1e-9)


def test_a_value_on_the_edge_of_a_band_counts_by_part() -> None:
    found = figures([1.0, 2.0, 4.0], "mean_0.25_0.5", "mean_0.05_0.25", "mean_0.99_1")
    # A quarter of three rows is 0.75: the band up to the half is 0.25 of the first
    # value and 0.5 of the second.
    assert found == pytest.approx([(0.25 * 1 + 0.5 * 2) / 0.75, 1.0, 4.0])


@pytest.mark.parametrize(
    ("values", "texts", "shares"),
    [
        (["b", "a", "b", None], ("b", "a"), [2 / 3, 1 / 3]),
        ([3, 1, 3, 10**15], ("3", "1", "1000000000000000"), [0.5, 0.25, 0.25]),
        ([1.0, 1.0, 2.5], ("1", "2.5"), [2 / 3, 1 / 3]),
        (["1", "1.0", "1"], ("1", "1.0"), [2 / 3, 1 / 3]),
        # Equal once they are cut: kept once, with the greater share.
        (["x" * 500 + "a", "x" * 500 + "b", "x" * 500 + "a"], ("x" * 100,), [2 / 3]),
        ([b"\xff", b"\xff", b"a"], ("\\xff", "a"), [2 / 3, 1 / 3]),
        (["2031-01-01", "2031-01-02", "2031-01-02"], (), []),
        ([None], (), []),
    ],
)
def test_frequent_values_come_with_their_shares(
    values: list[Any], texts: tuple[str, ...], shares: list[float]
) -> None:
    (frequent,) = measured(values).frequent
    assert frequent.texts == texts
    assert frequent.shares.tolist() == pytest.approx(shares)


def test_of_many_values_the_most_frequent_are_kept() -> None:
    many = [f"v{n}" for n in range(FEW + 1) for _ in range(n + 1)]
    (frequent,) = measured(many).frequent
    assert frequent.texts == tuple(f"v{n}" for n in range(FEW, FEW - 20, -1))
    (of_floats,) = measured([n + 0.5 for n in range(FEW + 1)]).frequent
    assert of_floats.texts == ()
    (all_of_few,) = measured([n + 0.5 for n in range(FEW)]).frequent
    assert len(all_of_few.texts) == FEW


DAY = datetime(2031, 5, 1)
# Arrow types that are measured as what readers turn them into.
AS_READ: list[tuple[pa.Array, str, int]] = [
    (pa.array([True, False, None, True]), "int", 2),
    (pa.array([DAY, DAY + timedelta(hours=2), None]), "text", 2),
    (pa.array([DAY, None], pa.timestamp("ns", "UTC")), "text", 1),
    (pa.array([DAY.date(), date(2031, 6, 1)]), "text", 2),
    (pa.array([DAY], pa.date64()), "text", 1),
    (pa.array([time(12), time(13)]), "text", 2),
    (pa.array([timedelta(hours=1), None]), "int", 1),
    (pa.array([Decimal("1.5"), Decimal("2")]), "float", 2),
    (pa.array(["a", None, "b"]).dictionary_encode(), "text", 2),
    (pa.array([4, None, 4]).dictionary_encode(), "int", 1),
    (pa.array(["a", "b", "c"]).dictionary_encode().slice(1, 1), "text", 1),
    (pa.array([b"ab", None], pa.binary(2)), "bytes", 1),
    (pa.array([b"ab", None], pa.large_binary()), "bytes", 1),
    (pa.array(["a"], pa.large_string()), "text", 1),
    (pa.array([[1, 2], [1, 3]], pa.list_(pa.int64(), 2)), "int", 1),
    (pa.array([[True], [False]], pa.large_list(pa.bool_())), "int", 2),
    (pa.array(np.array([1, 2], np.float16)), "float", 2),
    (pa.array([2**64 - 1], pa.uint64()), "int", 1),
    (pa.nulls(2), "none", 0),
]


@pytest.mark.parametrize(("column", "kind", "distinct"), AS_READ)
def test_every_type_of_column_is_measured_as_it_would_be_read(
    column: pa.Array, kind: str, distinct: int
) -> None:
    span = measured(column)
    wanted = math.log(distinct) if distinct else NAN
    assert span.kinds == (kind,)
    assert span.value("a", "log_distinct") == pytest.approx(wanted, nan_ok=True)
    assert span.value("a", "missing") == pytest.approx(column.null_count / len(column))


def test_columns_that_cannot_be_measured_are_told_all_at_once() -> None:
    table = pa.table(
        {
            "fine": [1, 2],
            "inner": [{"a": 1}, {"a": 2}],
            "deep": [[[1]], [[2]]],
            "gaps": [[True], [None]],
        }
    )
    with pytest.raises(Problems) as caught:
        measure_table(table, "01")
    told = [str(error) for error in caught.value.errors]
    assert len(told) == 3
    for name, text in zip(("inner", "deep", "gaps"), told, strict=True):
        assert f"'{name}'" in text
        assert "drop it" in text
    with pytest.raises(DataError, match="'deep'"):
        measure_table(table.select(["fine", "deep"]), "01")


EXTREMES = st.lists(
    st.none() | st.floats() | st.sampled_from([5e-324, 1e-200, 1e150, 1.7e308, -1e300]),
    min_size=60,
    max_size=60,
)
WHOLE = st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=60, max_size=60)
TEXTS = st.lists(st.none() | st.text(max_size=4), min_size=60, max_size=60)


@given(EXTREMES, EXTREMES, WHOLE, TEXTS)
@settings(deadline=None, max_examples=40)
def test_no_values_make_a_warning_or_an_infinite_measure(
    one: list[Any], other: list[Any], whole: list[Any], texts: list[Any]
) -> None:
    table = pa.table(
        {
            "one": pa.array(one, pa.float64()),
            "other": pa.array(other, pa.float64()),
            "near": pa.array(one, pa.float64()),
            "whole": pa.array(whole, pa.int64()),
            "texts": pa.array(texts, pa.string()),
        }
    )
    span = measure_table(table, "01")
    assert not np.isinf(span.matrix).any()
    assert np.isfinite(span.pairs.values).all()


@pytest.mark.parametrize("rows", [0, 1])
def test_tables_with_next_to_nothing_are_measured(rows: int) -> None:
    table = pa.table(
        {
            "whole": pa.array([1][:rows], pa.int64()),
            "float": pa.array([1.5][:rows], pa.float64()),
            "text": pa.array(["a"][:rows], pa.string()),
            "empty": pa.nulls(rows),
        }
    )
    span = measure_table(table, "01")
    assert (span.rows, span.columns) == (rows, ("whole", "float", "text", "empty"))
    assert span.value("text", "missing") == (0.0 if rows else 1.0)
    assert span.value("whole", "missing") == span.value("text", "missing")


def test_a_table_without_columns_is_measured() -> None:
    span = measure_table(pa.table({}), "01")
    assert span.matrix.shape == (0, len(MEASURES))
    assert not len(span.pairs)


SECRET = "planted-93517"
# Of numbers: neither the value nor a digit of it.
SECRET_NUMBER = 93_517.25


def test_nothing_of_the_values_of_a_private_column_is_kept() -> None:
    random = np.random.default_rng(5)
    rows = 200
    table = pa.table(
        {
            "open": random.normal(size=rows),
            "name": [SECRET] * rows,
            "age": np.full(rows, SECRET_NUMBER),
        }
    )
    shown = pickle.dumps(measure_table(table, "01"))
    hidden = measure_table(table, "01", private=["name", "age", "unheard of"])
    needle = np.float64(SECRET_NUMBER).tobytes()
    assert SECRET.encode() in shown
    assert needle in shown
    assert SECRET.encode() not in pickle.dumps(hidden)
    assert needle not in pickle.dumps(hidden)
    assert hidden.private == {"name", "age"}
    told = {
        name
        for name, value in zip(MEASURES, hidden.matrix[2], strict=True)
        if np.isfinite(value)
    }
    assert told == {
        "missing",
        "nan",
        "infinite",
        "log_distinct",
        "top_share",
        "entropy",
        "alone",
    }
    assert hidden.value("age", "top_share") == 1
