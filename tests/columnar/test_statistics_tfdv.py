"""Profiles told as TFDV's statistics."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.columnar.statistics.tfdv import dataset_statistics

Feature: TypeAlias = statistics_pb2.FeatureNameStatistics


def told(column: pa.Array, rows: int | None = None, **options: bool) -> Feature:
    profile = ColumnProfile.of(column)
    count = len(column) if rows is None else rows
    (feature,) = dataset_statistics({"c": profile}, count, "d", **options).features
    return feature


def test_data_set_has_its_name_its_rows_and_its_columns_in_order() -> None:
    profiles = {name: ColumnProfile.of(pa.array([1])) for name in ("b", "a.x", "c")}
    found = dataset_statistics(profiles, 7, "train")
    assert (found.name, found.num_examples) == ("train", 7)
    assert [list(one.path.step) for one in found.features] == [["b"], ["a.x"], ["c"]]


@pytest.mark.parametrize(
    ("as_examples", "missing", "fewest"), [(False, 1, 1), (True, 0, 0)]
)
def test_null_is_missing_or_a_list_without_values(
    as_examples: bool, missing: int, fewest: int
) -> None:
    found = told(pa.array([1, None, 3]), as_examples=as_examples)
    common = found.num_stats.common_stats
    assert common.num_missing == missing
    assert common.num_non_missing == 3 - missing
    assert (common.min_num_values, common.max_num_values) == (fewest, 1)
    lengths = common.num_values_histogram.buckets
    assert sum(one.sample_count for one in lengths) == pytest.approx(3 - missing)


@pytest.mark.parametrize("as_examples", [False, True])
def test_column_of_unknown_type_is_missing_everywhere(as_examples: bool) -> None:
    found = told(pa.nulls(4), as_examples=as_examples)
    assert found.type == Feature.STRING
    assert found.string_stats.common_stats.num_missing == 4


def test_column_that_is_not_in_every_part_is_missing_in_the_others() -> None:
    common = told(pa.array([1, 2]), rows=5).num_stats.common_stats
    assert (common.num_non_missing, common.num_missing) == (2, 3)


def test_infinite_and_undefined_numbers_are_told_as_tfdv_does() -> None:
    stats = told(pa.array([math.nan, -math.inf, 1, 2], pa.float32())).num_stats
    assert [one.num_nan for one in stats.histograms] == [1, 1]
    assert (stats.min, stats.max, stats.std_dev) == (-math.inf, 2, 0)
    assert math.isnan(stats.mean)
    first = stats.histograms[0].buckets[0]
    assert (first.high_value, first.sample_count) == (-math.inf, 1)


@pytest.mark.parametrize("rows", [1, 50, 40_000])
def test_histograms_hold_every_number_once(rows: int) -> None:
    values = np.random.default_rng(1).normal(size=rows)
    stats = told(pa.array(values)).num_stats
    true, edges = np.histogram(values, 10)
    widths, shares = stats.histograms
    counts = [one.sample_count for one in widths.buckets]
    assert sum(counts) == pytest.approx(rows)
    assert sum(one.sample_count for one in shares.buckets) == pytest.approx(rows)
    assert shares.buckets[0].low_value == widths.buckets[0].low_value == values.min()
    assert shares.buckets[-1].high_value == values.max()
    if rows > 1:
        assert [one.low_value for one in widths.buckets] == pytest.approx(edges[:-1])
        assert counts == pytest.approx(true, abs=0.01 * rows)


def test_values_are_ranked_as_tfdv_does() -> None:
    column = pa.array([b"b", b"a", b"c", b"c", b"\xff", b"\xfe", b"z" * 2000])
    stats = told(column).string_stats
    assert [(one.label, one.sample_count) for one in stats.rank_histogram.buckets] == [
        ("c", 2),
        ("__BYTES_VALUE__", 2),
        ("b", 1),
        ("a", 1),
        ("__LARGE_BYTES__", 1),
    ]
    assert stats.unique == 6
    assert stats.invalid_utf8_count == 2


def test_lists_of_values_are_cut_where_tfdv_cuts_them() -> None:
    stats = told(pa.array([str(row) for row in range(3000)])).string_stats
    assert (len(stats.top_values), len(stats.rank_histogram.buckets)) == (20, 1000)


def test_schema_says_which_numbers_are_categories() -> None:
    schema = text_format.Parse(
        'feature { name: "c" type: INT int_domain { is_categorical: true } }',
        schema_pb2.Schema(),
    )
    profiles = {"c": ColumnProfile.of(pa.array([10, 10, 7]))}
    (feature,) = dataset_statistics(profiles, 3, schema=schema).features
    assert feature.type == Feature.INT
    assert feature.string_stats.unique == 2
    assert feature.string_stats.top_values[0].value == "10"
