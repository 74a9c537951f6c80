"""Columns whose type is another one in the data, and those that the data lack.

TFDV's own update takes such a column out of use, after which nothing is checked in
it any more. A new type is taken over instead; what is missing is told by name.
"""

from __future__ import annotations

import math

from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.data_tests.schema_verdict import infer_schema, update_schema
from tidegate.schema_life.seen_data import SeenData

_STRUCT = schema_pb2.FeatureType.STRUCT


def retyped(schema: schema_pb2.Schema, seen: SeenData) -> schema_pb2.Schema:
    """The schema with the types that its columns have in the data.

    Bounds of numbers stay, as those of the new type; text has no bounds, and
    numbers no list of texts.

    Args:
        schema: The schema in force; left as it is.
        seen: The data.
    """
    made = schema_pb2.Schema()
    made.CopyFrom(schema)
    updated, _ = update_schema(schema, seen.statistics(schema))
    # Where TFDV is content with the type, it is no other one.
    refused = set(out_of_use(schema, updated))
    types = _types(schema, seen) if refused else {}
    for feature in made.feature:
        if feature.name not in refused:
            continue
        found = types.get(feature.name, feature.type)
        if found != feature.type and _STRUCT not in (found, feature.type):
            _convert(feature, found)
    return made


def out_of_use(before: schema_pb2.Schema, after: schema_pb2.Schema) -> list[str]:
    """Columns that are in use in one schema and not in the other one."""
    old = {feature.name: feature for feature in before.feature}
    return [
        feature.name
        for feature in after.feature
        if feature.lifecycle_stage == schema_pb2.LifecycleStage.DEPRECATED
        and feature.name in old
        and feature.lifecycle_stage != old[feature.name].lifecycle_stage
    ]


def _types(schema: schema_pb2.Schema, seen: SeenData) -> dict[str, int]:
    """The type of each column that has a value."""
    inferred = infer_schema(seen.statistics(schema), largest_domain=0, shapes=False)
    return {
        feature.name: feature.type
        for feature in inferred.feature
        if feature.name in seen.columns and seen.profile(feature.name).values
    }


def _convert(feature: schema_pb2.Feature, found: int) -> None:
    limits = _limits(feature)
    kind = feature.WhichOneof("domain_info")
    if kind is not None:
        feature.ClearField(kind)
    feature.ClearField("distribution_constraints")
    feature.type = found  # type: ignore[assignment]
    low, high = limits
    if found == schema_pb2.FeatureType.FLOAT:
        domain = feature.float_domain
        if low is not None:
            domain.min = float(low)
        if high is not None:
            domain.max = float(high)
    elif found == schema_pb2.FeatureType.INT:
        if low is not None and math.isfinite(low):
            feature.int_domain.min = math.ceil(low)
        if high is not None and math.isfinite(high):
            feature.int_domain.max = math.floor(high)


def _limits(feature: schema_pb2.Feature) -> tuple[float | None, float | None]:
    for kind in ("int_domain", "float_domain"):
        if feature.HasField(kind):
            domain = getattr(feature, kind)
            low = domain.min if domain.HasField("min") else None
            return low, domain.max if domain.HasField("max") else None
    return None, None
