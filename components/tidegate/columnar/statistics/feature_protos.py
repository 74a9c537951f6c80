"""What is known of a feature, as TFDV's proto has it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from tidegate.columnar.statistics.features import FeatureStatistics, Path
from tidegate.columnar.statistics.histograms import (
    BUCKETS,
    Spread,
    equal_shares,
    equal_shares_of_values,
    equal_widths,
    median,
    spread,
    weighted_spread,
    widths_of_lengths,
)
from tidegate.columnar.statistics.ranked import (
    Ranking,
    avg_length_of_numbers,
    rank_numbers,
    rank_weighted_numbers,
    rank_weighted_words,
    rank_words,
)
from tidegate.columnar.statistics.valency import Valency
from tidegate.columnar.statistics.weighted import WeightedNumbers, WeightedWords

Feature: TypeAlias = statistics_pb2.FeatureNameStatistics

_INT, _FLOAT = Feature.INT, Feature.FLOAT
_STRING, _BYTES, _STRUCT = Feature.STRING, Feature.BYTES, Feature.STRUCT
TYPES = {
    "int": _INT,
    "float": _FLOAT,
    "text": _STRING,
    "bytes": _STRING,
    "struct": _STRUCT,
}
_NO = schema_pb2.StringDomain.CATEGORICAL_NO
_NUMBERS = {_INT: schema_pb2.INT, _FLOAT: schema_pb2.FLOAT}


@dataclass(frozen=True)
class Settings:
    """How much of it is told, as the options of TFDV of like names say.

    Attributes:
        top_values: Most frequent values that are listed.
        rank_buckets: Values in the rank histogram.
        at_least: How frequent a value is that is listed.
        weighing_at_least: How heavy one is.
        length_buckets: Buckets of numbers of values.
        width_buckets: Buckets of equal width.
        share_buckets: Buckets of equal shares.
        sketched: Whether values are listed as TFDV's sketch does: those that
            are not UTF-8 together, and so those that are too long.
    """

    top_values: int = 20
    rank_buckets: int = 1000
    at_least: int = 1
    weighing_at_least: float = 1.0
    length_buckets: int = BUCKETS
    width_buckets: int = BUCKETS
    share_buckets: int = BUCKETS
    sketched: bool = False


@dataclass(frozen=True)
class Rows:
    """What a feature is held against.

    Attributes:
        count: Number of rows of the data set.
        weight: Their weight; None for a feature without weights.
        parent: Innermost level of the struct that the feature is in.
    """

    count: int
    weight: float | None = None
    parent: Valency | None = None


def fill_feature(
    result: Feature,
    path: Path,
    feature: FeatureStatistics,
    rows: Rows,
    declared: schema_pb2.Feature,
    settings: Settings,
) -> None:
    """Fills the proto of one feature.

    Args:
        result: The proto, empty.
        path: Its path.
        feature: What is known of it.
        rows: What to hold it against.
        declared: What the schema says of it, with its domain in it.
        settings: How much to tell.
    """
    result.path.step.extend(path)
    kind = TYPES.get(feature.kind, _STRING)
    common = _common(feature, rows, settings)
    if kind == _STRING and declared.HasField("image_domain"):
        result.type = _BYTES
        _fill_bytes(result.bytes_stats, feature, common)
        return
    result.type = kind
    if kind == _STRUCT:
        result.struct_stats.common_stats.CopyFrom(common)
    elif kind == _STRING:
        _fill_strings(result.string_stats, feature, common, declared, settings)
    elif is_categorical(declared, kind):
        _fill_categories(result.string_stats, feature, common, settings)
    else:
        _fill_numbers(result.num_stats, feature, common, settings)
    if feature.kind != "none":
        result.custom_stats.extend(_inner_lengths(feature.levels[1:], settings))


def is_categorical(declared: schema_pb2.Feature, kind: int) -> bool:
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


def _common(
    feature: FeatureStatistics, rows: Rows, settings: Settings
) -> statistics_pb2.CommonStatistics:
    """Presence and numbers of values."""
    top, leaf = feature.levels[0], feature.levels[-1]
    around = rows.count if rows.parent is None else rows.parent.total
    common = statistics_pb2.CommonStatistics(
        num_non_missing=top.present,
        num_missing=around - top.present,
        tot_num_values=leaf.total,
    )
    if len(feature.levels) > 1:
        common.presence_and_valency_stats.extend(_presences(feature.levels, around))
    if top.present:
        lengths = feature.innermost or top.lengths
        fewest, most = lengths.extremes
        common.min_num_values, common.max_num_values = int(fewest), int(most)
        common.avg_num_values = leaf.total / top.present
        common.num_values_histogram.CopyFrom(
            equal_shares(spread(lengths), settings.length_buckets)
        )
    if rows.weight is not None:
        _add_weighted_common(common, feature.levels, rows)
    return common


def _presences(
    levels: Sequence[Valency], around: int
) -> list[statistics_pb2.PresenceAndValencyStatistics]:
    found = []
    for level in levels:
        proto = statistics_pb2.PresenceAndValencyStatistics(
            num_missing=around - level.present, num_non_missing=level.present
        )
        if level.present:
            proto.min_num_values, proto.max_num_values = level.fewest, level.most
            proto.tot_num_values = level.total
        found.append(proto)
        around = level.total
    return found


def _add_weighted_common(
    common: statistics_pb2.CommonStatistics, levels: Sequence[Valency], rows: Rows
) -> None:
    around = rows.weight if rows.parent is None else rows.parent.weighted_total
    protos = []
    for level in levels:
        proto = statistics_pb2.WeightedCommonStatistics(
            num_missing=(around or 0.0) - level.weighted_present,
            num_non_missing=level.weighted_present,
            tot_num_values=level.weighted_total,
        )
        if level.weighted_present > 0:
            proto.avg_num_values = level.weighted_total / level.weighted_present
        protos.append(proto)
        around = level.weighted_total
    if len(protos) > 1:
        common.weighted_presence_and_valency_stats.extend(protos)
    whole = common.weighted_common_stats
    whole.CopyFrom(protos[0])
    whole.tot_num_values = protos[-1].tot_num_values
    whole.avg_num_values = (
        whole.tot_num_values / whole.num_non_missing if whole.num_non_missing else 0.0
    )


def _fill_numbers(
    stats: statistics_pb2.NumericStatistics,
    feature: FeatureStatistics,
    common: statistics_pb2.CommonStatistics,
    settings: Settings,
) -> None:
    stats.common_stats.CopyFrom(common)
    numbers = feature.numbers
    if numbers is None or not numbers.count + numbers.nan:
        return
    shape = spread(numbers)
    stats.histograms.append(
        equal_widths(shape, settings.width_buckets, settings.share_buckets)
    )
    stats.histograms.append(equal_shares_of_values(shape, settings.share_buckets))
    if not numbers.count:
        return
    moments = numbers.moments
    stats.min, stats.max = numbers.extremes
    stats.num_zeros = numbers.zeros
    stats.mean, stats.std_dev = moments.mean, 0.0
    if any(numbers.infinite):
        # TFDV's sums take infinite values in, and a deviation of NaN is 0 there.
        stats.mean = math.nan
    elif moments.count:
        stats.std_dev = math.sqrt(moments.squares / moments.count)
    stats.median = median(shape)
    if isinstance(feature.weighted, WeightedNumbers):
        _add_weighted_numbers(stats, feature.weighted, shape, settings)


def _add_weighted_numbers(
    stats: statistics_pb2.NumericStatistics,
    weighted: WeightedNumbers,
    counted: Spread,
    settings: Settings,
) -> None:
    told = stats.weighted_numeric_stats
    moments = weighted.moments
    told.mean, told.std_dev = moments.mean, 0.0
    if any(counted.infinite):
        told.mean = math.nan
    elif moments.weight:
        told.std_dev = math.sqrt(moments.squares / moments.weight)
    shape = weighted_spread(weighted, counted)
    if not len(shape.values):
        return
    told.median = median(shape)
    told.histograms.append(
        equal_widths(shape, settings.width_buckets, settings.share_buckets)
    )
    told.histograms.append(equal_shares_of_values(shape, settings.share_buckets))


def _fill_strings(
    stats: statistics_pb2.StringStatistics,
    feature: FeatureStatistics,
    common: statistics_pb2.CommonStatistics,
    declared: schema_pb2.Feature,
    settings: Settings,
) -> None:
    stats.common_stats.CopyFrom(common)
    words = feature.words
    if words is None or not words.count:
        return
    stats.avg_length = words.octets.total / words.count
    stats.invalid_utf8_count = words.invalid
    categorical = declared.string_domain.is_categorical
    if settings.sketched and categorical == _NO:
        return
    stats.unique = words.distinct
    most = max(settings.top_values, settings.rank_buckets)
    ranking = rank_words(words, most, settings.sketched, categorical)
    _list(stats, ranking, settings.at_least, settings)
    if isinstance(feature.weighted, WeightedWords):
        ranking = rank_weighted_words(feature.weighted, most)
        target = stats.weighted_string_stats
        _list(target, ranking, settings.weighing_at_least, settings)


def _fill_categories(
    stats: statistics_pb2.StringStatistics,
    feature: FeatureStatistics,
    common: statistics_pb2.CommonStatistics,
    settings: Settings,
) -> None:
    """Statistics of numbers that the schema calls categories: as of text."""
    stats.common_stats.CopyFrom(common)
    numbers = feature.numbers
    if numbers is None or not numbers.count:
        return
    stats.avg_length = avg_length_of_numbers(numbers)
    stats.unique = numbers.distinct
    most = max(settings.top_values, settings.rank_buckets)
    ranking = rank_numbers(numbers, most, as_text=settings.sketched)
    _list(stats, ranking, settings.at_least, settings)
    if isinstance(feature.weighted, WeightedNumbers):
        ranking = rank_weighted_numbers(feature.weighted, most)
        target = stats.weighted_string_stats
        _list(target, ranking, settings.weighing_at_least, settings)


def _fill_bytes(
    stats: statistics_pb2.BytesStatistics,
    feature: FeatureStatistics,
    common: statistics_pb2.CommonStatistics,
) -> None:
    stats.common_stats.CopyFrom(common)
    words = feature.words
    if words is None or not words.count:
        return
    stats.avg_num_bytes = words.octets.total / words.count
    stats.min_num_bytes = words.octets.shortest
    stats.max_num_bytes = words.octets.longest
    stats.max_num_bytes_int = words.octets.longest


def _list(
    stats: statistics_pb2.StringStatistics | statistics_pb2.WeightedStringStatistics,
    ranking: Ranking,
    at_least: float,
    settings: Settings,
) -> None:
    """Adds the most frequent values to a proto."""
    for rank, (label, count) in enumerate(ranking):
        if count < at_least:
            return
        if rank < settings.top_values:
            stats.top_values.add(value=label, frequency=count)
        if rank < settings.rank_buckets:
            stats.rank_histogram.buckets.add(
                low_rank=rank, high_rank=rank, label=label, sample_count=count
            )


def _inner_lengths(
    levels: Sequence[Valency], settings: Settings
) -> list[statistics_pb2.CustomStatistic]:
    """Histograms of the numbers of values in inner lists."""
    found = []
    for number, level in enumerate(levels, 2):
        shape = spread(level.lengths)
        for name, made in (
            ("quantiles", equal_shares),
            ("standard", widths_of_lengths),
        ):
            proto = statistics_pb2.CustomStatistic(
                name=f"level_{number}_value_list_length_{name}"
            )
            proto.histogram.CopyFrom(made(shape, settings.length_buckets))
            found.append(proto)
    return found
