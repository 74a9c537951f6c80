"""Which columns a schema marks as private."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import schema_pb2

_TAG = "pii"


def pii_columns(schema: schema_pb2.Schema | None) -> frozenset[str]:
    """Columns whose values are never shown, by the annotations of a schema.

    Such a feature reads, in `schema.pbtxt`:

        feature { name: "email" type: BYTES annotation { tag: "pii" } }

    Args:
        schema: The schema; None marks nothing.
    """
    if schema is None:
        return frozenset()
    return frozenset(
        feature.name
        for feature in schema.feature
        if any(tag.casefold() == _TAG for tag in feature.annotation.tag)
    )
