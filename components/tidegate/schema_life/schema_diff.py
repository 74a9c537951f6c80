"""The semantic difference of two schemas, column by column."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.documents import near_miss
from tidegate.report.wording import printable
from tidegate.schema_life.changes import Change, Effect
from tidegate.schema_life.feature_diff import Feature, described, feature_changes

_HARD = "deliveries without it are refused now"


def schema_diff(
    old: schema_pb2.Schema, new: schema_pb2.Schema, private: Collection[str] = ()
) -> list[Change]:
    """What changed from one schema to another, in the order of the columns.

    Order, comments and how a domain is called mean nothing and are not told.

    Args:
        old: A schema.
        new: A later one.
        private: Columns whose values are not told, beside those with the tag `pii`.
    """
    return [*_environments(old, new), *_columns(old, new, private)]


def _environments(old: schema_pb2.Schema, new: schema_pb2.Schema) -> Iterator[Change]:
    for name in new.default_environment:
        if name not in old.default_environment:
            yield Change(
                "schema",
                f"environment {printable(name)} added",
                Effect.NEUTRAL,
                "data can be held against it from now on",
            )
    for name in old.default_environment:
        if name not in new.default_environment:
            yield Change(
                "schema",
                f"environment {printable(name)} removed",
                Effect.BREAKING,
                "data of this environment know no column any more",
            )


def _columns(
    old: schema_pb2.Schema, new: schema_pb2.Schema, private: Collection[str]
) -> Iterator[Change]:
    before, after = _features(old, private), _features(new, private)
    renamed = dict(_renamed(before, after))
    for name, feature in before.items():
        if name in after:
            yield from feature_changes(name, feature, after[name])
        elif name in renamed:
            yield Change(
                name,
                f"renamed to {printable(renamed[name])}",
                Effect.BREAKING,
                "consumers ask for the old name; data with it are refused",
            )
            yield from feature_changes(renamed[name], feature, after[renamed[name]])
        else:
            yield Change(
                name,
                f"removed ({described(feature)})",
                Effect.BREAKING,
                "consumers lose the column; data with it have a column too many",
            )
    for name, feature in after.items():
        if name not in before and name not in renamed.values():
            yield _added(name, feature)


def _added(name: str, feature: Feature) -> Change:
    what = f"added ({described(feature)})"
    if feature.is_demanded:
        return Change(name, what, Effect.BREAKING, _HARD)
    return Change(name, what, Effect.LOOSER, "data may have it, and need not")


def _features(
    schema: schema_pb2.Schema, private: Collection[str]
) -> dict[str, Feature]:
    domains = {domain.name: domain for domain in schema.string_domain}
    return {
        one.name: Feature.of(one, domains, hidden=one.name in private)
        for one in schema.feature
    }


def _renamed(
    before: Mapping[str, Feature], after: Mapping[str, Feature]
) -> Iterator[tuple[str, str]]:
    """Columns that are gone, each with the new one that must be the same.

    The names are near, or both hold the same closed list of values; and the type
    is the same.
    """
    gone = [name for name in before if name not in after]
    come = [name for name in after if name not in before]
    for name in gone:
        alike = [n for n in come if after[n].type == before[name].type]
        near = near_miss(name, alike)
        values = before[name].values
        same = [n for n in alike if values is not None and after[n].values == values]
        found = near or (same[0] if len(same) == 1 else None)
        if found:
            come.remove(found)
            yield name, found
