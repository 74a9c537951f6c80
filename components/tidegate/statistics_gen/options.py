"""TFDV's options, read from their JSON, and which of them are not covered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from google.protobuf import json_format
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.columnar.statistics.dataset_statistics import Plan
from tidegate.columnar.statistics.feature_protos import Settings
from tidegate.columnar.statistics.features import Path
from tidegate.columnar.statistics.slices import SliceBy
from tidegate.columnar.statistics.tfdv import leaves
from tidegate.errors import UsageError

# What TFDV's StatsOptions write into their JSON, and the value that says nothing.
_COVERED = {
    "weight_feature",
    "label_feature",
    "num_top_values",
    "frequency_threshold",
    "weighted_frequency_threshold",
    "num_rank_histogram_buckets",
    "_num_values_histogram_buckets",
    "_num_histogram_buckets",
    "_num_quantiles_histogram_buckets",
    "epsilon",
    "_feature_allowlist",
    "_use_sketch_based_topk_uniques",
    "_schema",
    "schema_json",
    "_slicing_config",
    "slicing_config_json",
    "_per_feature_weight_override",
    "per_feature_weight_override_json",
    # They change how fast TFDV is, not what it finds.
    "infer_type_from_schema",
    "_desired_batch_size",
    "_experimental_num_feature_partitions",
    "semantic_domain_stats_sample_rate",
    "_semantic_domain_stats_sample_rate",
    "vocab_paths",
    "_vocab_paths",
    "TYPE_NAME",
}
_NEUTRAL: Mapping[str, Any] = {
    "_generators": None,
    "_slice_functions": None,
    "_slice_sqls": None,
    "_sample_rate": None,
    "enable_semantic_domain_stats": False,
    "_add_default_generators": True,
    "_experimental_result_partitions": 1,
    "_experimental_filter_read_paths": False,
    "_per_feature_stats_config": None,
}
# Up to here the bound of `Numbers.rank_error` holds.
_EPSILON = 0.01


@dataclass(frozen=True)
class Options:
    """What to make of examples.

    Attributes:
        plan: What to look at.
        settings: How much to tell.
        schema: Schema in the options, or the one given beside them.
        label: Feature that is the label, by which TFDV takes lift.
        uncovered: Why the stock executor has to do it; empty where not.
    """

    plan: Plan = field(default_factory=Plan)
    settings: Settings = field(default_factory=Settings)
    schema: schema_pb2.Schema | None = None
    label: str | None = None
    uncovered: tuple[str, ...] = field(default=())


def parse(options_json: str | None, given: schema_pb2.Schema | None = None) -> Options:
    """The options that a component was given.

    Args:
        options_json: JSON of TFDV's StatsOptions; None takes its defaults.
        given: Schema that the component was given beside them.

    Raises:
        UsageError: There are two schemas, or it is no such JSON.
    """
    raw = _raw(options_json)
    schema = _schema(raw, given)
    found = Options(_plan(raw), _settings(raw), schema, raw.get("label_feature"))
    return replace(found, uncovered=tuple(_uncovered(raw, found)))


def _raw(options_json: str | None) -> dict[str, Any]:
    if not options_json:
        return {}
    try:
        raw = json.loads(options_json)
    except ValueError as error:
        raise _no_options(str(error)) from error
    if not isinstance(raw, dict) or raw.get("TYPE_NAME") not in (None, "StatsOptions"):
        raise _no_options(options_json[:80])
    return raw


def _schema(
    raw: Mapping[str, Any], given: schema_pb2.Schema | None
) -> schema_pb2.Schema | None:
    text = raw.get("schema_json")
    if not text:
        return given
    if given is not None:
        raise UsageError(
            "there are two schemas for the statistics",
            where="StatisticsGen(schema=…, stats_options=…)",
            expected="one schema at the most",
            got="one in the options and one beside them",
            fix="leave out one of them",
        )
    return json_format.Parse(text, schema_pb2.Schema())


def _plan(raw: Mapping[str, Any]) -> Plan:
    allowed = raw.get("_feature_allowlist")
    overrides = raw.get("per_feature_weight_override_json") or {}
    return Plan(
        columns=tuple(allowed) if allowed else None,
        weight=raw.get("weight_feature"),
        weight_of={_path(key): name for key, name in overrides.items()},
        slices=tuple(_slices(raw.get("slicing_config_json"))),
        null_means="told",
    )


def _path(key: str) -> Path:
    steps = json.loads(key)
    return tuple(steps) if isinstance(steps, list) else (str(steps),)


def _slices(config: str | None) -> Iterator[SliceBy]:
    for one in json.loads(config or "{}").get("slicingSpecs", []):
        by: dict[str, tuple[str, ...] | None] = dict.fromkeys(
            one.get("featureKeys", [])
        )
        by |= {name: (value,) for name, value in one.get("featureValues", {}).items()}
        if by:
            yield tuple(by.items())


def _settings(raw: Mapping[str, Any]) -> Settings:
    standard = Settings()
    return Settings(
        raw.get("num_top_values", standard.top_values),
        raw.get("num_rank_histogram_buckets", standard.rank_buckets),
        raw.get("frequency_threshold", standard.at_least),
        raw.get("weighted_frequency_threshold", standard.weighing_at_least),
        raw.get("_num_values_histogram_buckets", standard.length_buckets),
        raw.get("_num_histogram_buckets", standard.width_buckets),
        raw.get("_num_quantiles_histogram_buckets", standard.share_buckets),
        bool(raw.get("_use_sketch_based_topk_uniques")),
    )


def _uncovered(raw: Mapping[str, Any], options: Options) -> Iterator[str]:
    """Each reason why the columnar statistics would differ from TFDV's."""
    for key, value in raw.items():
        # Nothing, or an empty list, asks for nothing.
        neutral = _NEUTRAL.get(key)
        if key not in _COVERED and (value or None) != (neutral or None):
            yield f"{key.strip('_')} = {str(value)[:40]}"
    if raw.get("epsilon", _EPSILON) < _EPSILON:
        yield f"epsilon below {_EPSILON}"
    if any("sliceKeysSql" in one for one in _specs(raw)):
        yield "slices by SQL"
    plan = options.plan
    if plan.weight_of and plan.weight is None:
        yield "weights for some features only"
    if plan.weights and options.settings.sketched:
        yield "weights in sketches of frequent values"
    if plan.columns is not None:
        if not all(isinstance(name, str) for name in plan.columns):
            yield "an allowlist of paths"
        elif not set(plan.weights) <= set(plan.columns):
            yield "an allowlist without the weights"
    if options.schema is not None:
        yield from _uncovered_schema(options.schema, options.label)


def _specs(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        raw.get("slicing_config_json") or "{}"
    ).get("slicingSpecs", [])
    return found


def _uncovered_schema(schema: schema_pb2.Schema, label: str | None) -> Iterator[str]:
    if label:
        yield "lift on a label"
    if schema.sparse_feature:
        yield "sparse features in the schema"
    if schema.weighted_feature:
        yield "weighted features in the schema"
    for path, feature in leaves(schema):
        name = ".".join(path)
        if feature.HasField("natural_language_domain"):
            yield f"the natural language domain of {name}"
        if feature.type == schema_pb2.FLOAT and feature.float_domain.is_categorical:
            yield f"the categorical floats of {name}"


def _no_options(got: str) -> UsageError:
    return UsageError(
        "the options of the statistics cannot be read",
        where="StatisticsGen(stats_options=…)",
        expected="the JSON of tfdv.StatsOptions",
        got=got,
        fix="give a tfdv.StatsOptions",
    )
