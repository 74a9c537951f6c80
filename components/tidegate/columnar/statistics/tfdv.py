"""Profiles and statistics as the protos that TFDV has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from tidegate.columnar.statistics.dataset_statistics import (
    DatasetStatistics,
    Plan,
    SlicedStatistics,
)
from tidegate.columnar.statistics.feature_protos import (
    Rows,
    Settings,
    fill_feature,
    is_categorical,
)
from tidegate.columnar.statistics.features import FeatureStatistics, Path
from tidegate.columnar.statistics.numbers import Numbers
from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.columnar.statistics.valency import Valency

Declared: TypeAlias = Mapping[Path, schema_pb2.Feature]


def statistics_list(
    statistics: SlicedStatistics,
    plan: Plan,
    settings: Settings,
    schema: schema_pb2.Schema | None = None,
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """All that is known of a data set, as TFDV's file of statistics has it.

    Args:
        statistics: What is known of it.
        plan: With which it was looked at.
        settings: How much to tell.
        schema: Which numbers are categories, and which bytes images.
    """
    result = statistics_pb2.DatasetFeatureStatisticsList()
    for name, part in statistics.slices.items():
        shown = name if plan.slices else ""
        _fill_dataset(result.datasets.add(), part, plan, settings, shown, schema)
    return result


def dataset_proto(
    statistics: DatasetStatistics,
    plan: Plan,
    settings: Settings,
    *,
    name: str = "",
    schema: schema_pb2.Schema | None = None,
) -> statistics_pb2.DatasetFeatureStatistics:
    """What is known of some rows; see `statistics_list`."""
    result = statistics_pb2.DatasetFeatureStatistics()
    _fill_dataset(result, statistics, plan, settings, name, schema)
    return result


def _fill_dataset(
    result: statistics_pb2.DatasetFeatureStatistics,
    statistics: DatasetStatistics,
    plan: Plan,
    settings: Settings,
    name: str,
    schema: schema_pb2.Schema | None,
) -> None:
    result.name = name
    result.num_examples = statistics.rows
    result.weighted_num_examples = statistics.weight
    declared = _declared(schema)
    features = statistics.features
    for path, feature in features.items():
        around = features.get(path[:-1])
        rows = Rows(
            statistics.rows,
            None if plan.weight_for(path) is None else statistics.weight,
            None if around is None else around.levels[-1],
        )
        said = declared.get(path, schema_pb2.Feature())
        fill_feature(result.features.add(), path, feature, rows, said, settings)


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
    features: dict[Path, FeatureStatistics] = {
        (column,): _described(profile, as_examples)
        for column, profile in profiles.items()
    }
    known = DatasetStatistics(rows, 0.0, features)
    settings = Settings(sketched=True)
    return dataset_proto(known, Plan(), settings, name=name, schema=schema)


def _described(profile: ColumnProfile, as_examples: bool) -> FeatureStatistics:
    """What a profile says of a feature, whose rows are lists of one level."""
    written = as_examples and profile.kind != "none"
    empty = profile.null_rows if written else 0
    filled = profile.rows - profile.null_rows
    if profile.row_lengths is None:
        level = Valency.single(filled, empty)
    else:
        lengths = profile.row_lengths
        if empty:
            lengths = lengths.merge(Numbers.counted({0: empty}))
        level = Valency(filled + empty, profile.values, lengths)
    is_text = profile.kind in ("text", "bytes")
    return FeatureStatistics(
        profile.kind,
        (level,),
        numbers=None if is_text else profile.numbers,
        words=profile.words,
    )


def _declared(schema: schema_pb2.Schema | None) -> Declared:
    """What a schema says of each feature, by its path, with its domain in it."""
    if schema is None:
        return {}
    domains = {domain.name: domain for domain in schema.string_domain}
    found: dict[Path, schema_pb2.Feature] = {}
    for path, feature in leaves(schema):
        own = found[path] = schema_pb2.Feature()
        own.CopyFrom(feature)
        if feature.domain in domains:
            own.string_domain.CopyFrom(domains[feature.domain])
    return found


def integer_categories(schema: schema_pb2.Schema | None) -> list[Path]:
    """Features of integers that a schema calls categories."""
    int_type = statistics_pb2.FeatureNameStatistics.INT
    return [
        path
        for path, declared in _declared(schema).items()
        if is_categorical(declared, int_type)
    ]


def images(schema: schema_pb2.Schema | None) -> list[Path]:
    """Features of bytes that a schema calls images, whose values are not listed."""
    return [
        path
        for path, declared in _declared(schema).items()
        if declared.HasField("image_domain")
    ]


def leaves(
    schema: schema_pb2.Schema | schema_pb2.StructDomain, path: Path = ()
) -> Iterator[tuple[Path, schema_pb2.Feature]]:
    """Every feature of a schema that is no struct, with its path."""
    for feature in schema.feature:
        within = (*path, feature.name)
        if feature.type == schema_pb2.STRUCT:
            yield from leaves(feature.struct_domain, within)
        else:
            yield within, feature
