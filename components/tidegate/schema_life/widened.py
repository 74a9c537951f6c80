"""A schema changed so that some data hold: TFDV's own way, for what they break."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.data_tests.schema_verdict import schema_anomalies, update_schema
from tidegate.errors import UsageError
from tidegate.report.wording import printable
from tidegate.schema_life.guess import guess
from tidegate.schema_life.infer import schema_of
from tidegate.schema_life.private_rules import without_values_of
from tidegate.schema_life.retyped import retyped
from tidegate.schema_life.seen_data import SeenData


def widened(
    schema: schema_pb2.Schema,
    seen: SeenData,
    columns: Sequence[str] | None = None,
    private: Collection[str] = (),
) -> schema_pb2.Schema:
    """The schema so that the data hold; what they do not break stays.

    A column of another type gets that type. One that the data lack is taken out of
    use (`DEPRECATED`), as TFDV does; who writes the schema asks before.

    Columns that are new are described as `tidegate schema infer` does, with room
    for other days: TFDV would take their values for all there are.

    Args:
        schema: The schema in force; left as it is.
        seen: The data.
        columns: Change only these; None changes all that has to.
        private: Columns whose values must not get into the schema.

    Raises:
        UsageError: One of the columns is neither in the schema nor in the data.
    """
    fitting = retyped(schema, seen)
    found, _ = update_schema(fitting, seen.statistics(fitting))
    _describe_new(found, schema, seen)
    without_values_of(private, fitting, found)
    if columns is None:
        return found
    known = {*(feature.name for feature in schema.feature), *seen.columns}
    strange = [name for name in columns if name not in known]
    if strange:
        raise UsageError(
            "there are no such columns to accept",
            expected=f"some of {', '.join(map(printable, sorted(known)[:20]))}",
            got=", ".join(map(printable, strange)),
            fix="correct --columns",
        )
    return _only(schema, found, set(columns))


def still_wrong(schema: schema_pb2.Schema, seen: SeenData) -> list[str]:
    """Columns of the data that are not as a schema says."""
    anomalies = schema_anomalies(seen.statistics(schema), schema.SerializeToString())
    whole = ["the data as a whole"] if anomalies.dataset_anomaly_info.reason else []
    return [*sorted(anomalies.anomaly_info), *whole]


def _describe_new(
    found: schema_pb2.Schema, before: schema_pb2.Schema, seen: SeenData
) -> None:
    known = {feature.name for feature in before.feature}
    new = [feature for feature in found.feature if feature.name not in known]
    if not new:
        return
    guessed = schema_of(guess(seen))
    described = {feature.name: feature for feature in guessed.feature}
    domains = {domain.name: domain for domain in guessed.string_domain}
    taken = {domain.name for domain in before.string_domain}
    for feature in new:
        if feature.name not in described:
            continue
        if feature.domain and feature.domain not in taken:
            kept = [d for d in found.string_domain if d.name != feature.domain]
            del found.string_domain[:]
            found.string_domain.extend(kept)
        feature.CopyFrom(described[feature.name])
        if feature.domain:
            domain = found.string_domain.add()
            domain.CopyFrom(domains[feature.domain])
            while domain.name in taken:
                domain.name += "_"
            feature.domain = domain.name


def _only(
    before: schema_pb2.Schema, after: schema_pb2.Schema, columns: set[str]
) -> schema_pb2.Schema:
    made = schema_pb2.Schema()
    made.CopyFrom(before)
    there = {feature.name: feature for feature in made.feature}
    domains = {domain.name: domain for domain in made.string_domain}
    later = {domain.name: domain for domain in after.string_domain}
    for feature in after.feature:
        if feature.name not in columns:
            continue
        (there.get(feature.name) or made.feature.add()).CopyFrom(feature)
        if feature.domain in later:
            old = domains.get(feature.domain) or made.string_domain.add()
            old.CopyFrom(later[feature.domain])
    return made
