"""What a schema says of private columns' values stays: no value gets into a file."""

from __future__ import annotations

from collections.abc import Collection

from tensorflow_metadata.proto.v0 import schema_pb2

# What may change in the rules of a private column: nothing here holds a value.
_WITHOUT_VALUES = ("presence", "value_count", "shape", "group_presence")


def without_values_of(
    private: Collection[str], before: schema_pb2.Schema, after: schema_pb2.Schema
) -> None:
    """Takes back, in `after`, what it learned from the values of private columns.

    Domains and bounds are as before, and new columns have none. A list of values
    that a private column shares with others stays for all of them.

    Args:
        private: The private columns.
        before: The schema in force.
        after: The schema made from data; changed in place.
    """
    known = {feature.name: feature for feature in before.feature}
    lists = {feature.domain for feature in before.feature if feature.name in private}
    for feature in after.feature:
        if feature.name not in private:
            continue
        if feature.name in known:
            _restore(feature, known[feature.name])
            continue
        lists.add(feature.domain)
        kind = feature.WhichOneof("domain_info")
        if kind is not None:
            feature.ClearField(kind)
    _restore_lists({name for name in lists if name}, before, after)


def _restore(feature: schema_pb2.Feature, before: schema_pb2.Feature) -> None:
    made = schema_pb2.Feature()
    made.CopyFrom(before)
    for name in (*_WITHOUT_VALUES, "lifecycle_stage", "deprecated"):
        made.ClearField(name)
        if feature.HasField(name):
            value = getattr(feature, name)
            if isinstance(value, int):
                setattr(made, name, value)
            else:
                getattr(made, name).CopyFrom(value)
    feature.CopyFrom(made)


def _restore_lists(
    names: Collection[str], before: schema_pb2.Schema, after: schema_pb2.Schema
) -> None:
    there = {domain.name: domain for domain in before.string_domain}
    made = schema_pb2.Schema()
    for domain in after.string_domain:
        if domain.name not in names:
            made.string_domain.add().CopyFrom(domain)
        elif domain.name in there:
            made.string_domain.add().CopyFrom(there[domain.name])
    del after.string_domain[:]
    after.string_domain.extend(made.string_domain)
