"""Profiles as the statistics that TFDV's validator and schema inference read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from tidegate.columnar.statistics.histograms import equal_shares, equal_widths
from tidegate.columnar.statistics.numbers import Numbers
from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.columnar.statistics.tables import Counts, WordTable
from tidegate.columnar.statistics.words import LONGEST

Feature: TypeAlias = statistics_pb2.FeatureNameStatistics
# TFDV's own: how many values it lists, and what it writes for some.
TOP_VALUES = 20
RANKED_VALUES = 1000
NOT_UTF8 = b"__BYTES_VALUE__"
TOO_LONG = b"__LARGE_BYTES__"

_INT, _FLOAT = Feature.INT, Feature.FLOAT
_STRING, _BYTES = Feature.STRING, Feature.BYTES
_TYPES = {"int": _INT, "float": _FLOAT, "text": _STRING, "bytes": _STRING}
_YES = schema_pb2.StringDomain.CATEGORICAL_YES
_NO = schema_pb2.StringDomain.CATEGORICAL_NO
_NUMBERS = {_INT: schema_pb2.INT, _FLOAT: schema_pb2.FLOAT}


def dataset_statistics(
    profiles: Mapping[str, ColumnProfile],
    rows: int,
    name: str = "",
    *,
    schema: schema_pb2.Schema | None = None,
    as_examples: bool = False,
) -> statistics_pb2.DatasetFeatureStatistics:
    """Statistics on which TFDV comes to the verdict that it has on its own.

    Args:
        profiles: Each column's profile, in the order of the columns.
        rows: Rows of the data set. A profile of fewer rows is of a column that
            is not in every part; it is missing in the other rows.
        name: Name of the data set; TFDV names slices so.
        schema: The schema to validate against, from which TFDV takes which
            numbers are categories and which bytes are images. None where
            there is none yet.
        as_examples: True counts as TFDV does on the tf.Examples that
            ExampleGen makes of the rows: a missing value is written as a list
            without values, which TFDV takes for present, unless the whole
            column is empty. False takes a null for missing.
    """
    result = statistics_pb2.DatasetFeatureStatistics(name=name, num_examples=rows)
    declared = _declared(schema)
    for column, profile in profiles.items():
        feature = result.features.add()
        feature.path.step.append(column)
        common = _common(profile, rows, as_examples)
        _fill(feature, profile, common, declared.get(column, schema_pb2.Feature()))
    return result


def _declared(schema: schema_pb2.Schema | None) -> dict[str, schema_pb2.Feature]:
    """The features of a schema by name, each with its domain in it."""
    if schema is None:
        return {}
    domains = {domain.name: domain for domain in schema.string_domain}
    found = {}
    for feature in schema.feature:
        own = found[feature.name] = schema_pb2.Feature()
        own.CopyFrom(feature)
        if feature.domain in domains:
            own.string_domain.CopyFrom(domains[feature.domain])
    return found


def _fill(
    feature: Feature,
    profile: ColumnProfile,
    common: statistics_pb2.CommonStatistics,
    declared: schema_pb2.Feature,
) -> None:
    kind = _TYPES.get(profile.kind, _STRING)
    if kind == _STRING and _is_image(declared):
        feature.type = _BYTES
        feature.bytes_stats.CopyFrom(_bytes_stats(profile, common))
        return
    feature.type = kind
    if kind == _STRING:
        categorical = declared.string_domain.is_categorical
        feature.string_stats.CopyFrom(_string_stats(profile, common, categorical))
    elif _is_categorical(declared, kind):
        feature.string_stats.CopyFrom(_category_stats(profile, common))
    else:
        feature.num_stats.CopyFrom(_num_stats(profile.numbers, common))


def _common(
    profile: ColumnProfile, rows: int, as_examples: bool
) -> statistics_pb2.CommonStatistics:
    """Presence and number of values, by TFDV's count of what is missing."""
    written = as_examples and profile.kind != "none"
    there = profile.rows - (0 if written else profile.null_rows)
    common = statistics_pb2.CommonStatistics(
        num_non_missing=there, num_missing=rows - there, tot_num_values=profile.values
    )
    if there:
        void = written and profile.null_rows
        common.min_num_values = 0 if void else profile.fewest
        common.max_num_values = profile.most
        common.avg_num_values = profile.values / there
        _add_lengths(common, profile, there)
    return common


def _add_lengths(
    common: statistics_pb2.CommonStatistics, profile: ColumnProfile, there: int
) -> None:
    held = profile.row_lengths
    if held is None:
        ones = profile.rows - profile.null_rows
        lengths = Numbers.counted({1: ones} if ones else {})
    else:
        lengths = held
    if void := there - lengths.count:
        lengths = lengths.merge(Numbers.counted({0: void}))
    common.num_values_histogram.CopyFrom(equal_shares(lengths))


def _num_stats(
    numbers: Numbers | None, common: statistics_pb2.CommonStatistics
) -> statistics_pb2.NumericStatistics:
    stats = statistics_pb2.NumericStatistics(common_stats=common)
    if numbers is None or not numbers.count + numbers.nan:
        return stats
    stats.histograms.append(equal_widths(numbers))
    stats.histograms.append(equal_shares(numbers))
    if not numbers.count:
        return stats
    moments = numbers.moments
    low, high = numbers.extremes
    stats.min, stats.max, stats.num_zeros = low, high, numbers.zeros
    stats.mean, stats.std_dev = moments.mean, 0.0
    if any(numbers.infinite):
        # TFDV's sums take infinite values in, and a deviation of NaN is 0 there.
        stats.mean = math.nan
    elif moments.count:
        stats.std_dev = math.sqrt(moments.squares / moments.count)
    stats.median = numbers.quantile(0.5)
    return stats


def _string_stats(
    profile: ColumnProfile, common: statistics_pb2.CommonStatistics, categorical: int
) -> statistics_pb2.StringStatistics:
    stats = statistics_pb2.StringStatistics(common_stats=common)
    words = profile.words
    if words is None or not words.count:
        return stats
    stats.avg_length = words.octets.total / words.count
    stats.invalid_utf8_count = words.invalid
    if categorical != _NO:
        longest = None if categorical == _YES else LONGEST
        stats.unique = words.distinct
        _add_ranks(stats, _as_shown(words.frequent().table, longest))
    return stats


def _category_stats(
    profile: ColumnProfile, common: statistics_pb2.CommonStatistics
) -> statistics_pb2.StringStatistics:
    """Statistics of numbers that the schema calls categories: as of text."""
    stats = statistics_pb2.StringStatistics(common_stats=common)
    numbers = profile.numbers
    if numbers is None or not numbers.count:
        return stats
    table = numbers.frequent().table
    words = pa.array(table.values).cast(pa.string()).cast(pa.large_binary())
    lengths = np.asarray(pc.binary_length(words), np.int64)
    stats.avg_length = float(np.dot(lengths, table.counts)) / int(table.counts.sum())
    stats.unique = numbers.distinct
    _add_ranks(stats, WordTable(words, table.counts))
    return stats


def _bytes_stats(
    profile: ColumnProfile, common: statistics_pb2.CommonStatistics
) -> statistics_pb2.BytesStatistics:
    stats = statistics_pb2.BytesStatistics(common_stats=common)
    words = profile.words
    if words is None or not words.count:
        return stats
    stats.avg_num_bytes = words.octets.total / words.count
    stats.min_num_bytes = words.octets.shortest
    stats.max_num_bytes = words.octets.longest
    stats.max_num_bytes_int = words.octets.longest
    return stats


def _add_ranks(stats: statistics_pb2.StringStatistics, table: WordTable) -> None:
    values, counts = _ranked(table)
    for rank, (value, count) in enumerate(zip(values, counts, strict=True)):
        label = value.decode()
        if rank < TOP_VALUES:
            stats.top_values.add(value=label, frequency=count)
        stats.rank_histogram.buckets.add(
            low_rank=rank, high_rank=rank, label=label, sample_count=count
        )


def _ranked(table: WordTable) -> tuple[list[bytes], list[int]]:
    """The most frequent values; TFDV lists the greater of two equals first."""
    order: Counts = np.asarray(pc.sort_indices(table.values), np.int64)[::-1]
    order = order[np.argsort(-table.counts[order], kind="stable")][:RANKED_VALUES]
    return table.first(order), table.counts[order].tolist()


def _as_shown(table: WordTable, longest: int | None) -> WordTable:
    """The table with what TFDV does not spell out under its two labels."""
    shown = [_shown(value, longest) for value in table.values.to_pylist()]
    merged = WordTable(pa.array(shown, pa.large_binary()), table.counts)
    return merged.merge(WordTable(merged.values[:0], merged.counts[:0]))


def _shown(value: bytes, longest: int | None) -> bytes:
    try:
        value.decode()
    except UnicodeDecodeError:
        return NOT_UTF8
    return TOO_LONG if longest and len(value) > longest else value


def _is_image(declared: schema_pb2.Feature) -> bool:
    return bool(declared.HasField("image_domain"))


def _is_categorical(declared: schema_pb2.Feature, kind: int) -> bool:
    """Whether the schema calls these numbers categories, of the type they have."""
    if declared.type != _NUMBERS[kind]:
        return False
    if kind == _FLOAT:
        return bool(declared.float_domain.is_categorical)
    named = ("bool_domain", "natural_language_domain")
    return bool(
        declared.int_domain.is_categorical
        or declared.WhichOneof("domain_info") in named
    )
