"""What a schema says about each tensor: the column, its kind and its shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS = {1: "bytes", 2: "int64", 3: "float"}
"""Kinds of value by the number of the schema's feature type."""


class NotCovered(Exception):
    """The examples need the stock reader; the text says why."""


@dataclass(frozen=True)
class Feature:
    """One tensor of a batch.

    Attributes:
        name: Key in the batch.
        column: Feature of the tf.Example that it is made from.
        kind: "int64", "float" or "bytes".
        shape: Of one row of a dense tensor; None is a sparse tensor of as many
            values as the row has.
        default: What stands in a dense tensor for a missing value; None allows
            no missing value.
    """

    name: str
    column: str
    kind: str
    shape: tuple[int, ...] | None = ()
    default: int | float | bytes | None = None

    @property
    def is_dense(self) -> bool:
        """True where every row has the same number of values."""
        return self.shape is not None


def read_features(
    representations: Mapping[str, Any], types: Mapping[str, int]
) -> tuple[Feature, ...]:
    """The features behind a schema's tensor representations, sorted by name.

    Args:
        representations: `TensorRepresentation` by the name of the tensor.
        types: The schema's type of each column.

    Raises:
        NotCovered: A tensor is neither dense nor a plain sparse one.
    """
    return tuple(
        _feature(name, representations[name], types) for name in sorted(representations)
    )


def _feature(name: str, given: Any, types: Mapping[str, int]) -> Feature:
    which = given.WhichOneof("kind")
    if which == "varlen_sparse_tensor":
        column = given.varlen_sparse_tensor.column_name
        return Feature(name, column, _kind(column, types), None)
    if which != "dense_tensor":
        raise NotCovered(f"the tensor {name!r} is a {which}")
    dense = given.dense_tensor
    shape = tuple(int(dim.size) for dim in dense.shape.dim)
    if any(size < 1 for size in shape):
        raise NotCovered(f"the tensor {name!r} has an axis without a size")
    kind = _kind(dense.column_name, types)
    return Feature(name, dense.column_name, kind, shape, _default(dense, name, kind))


def _kind(column: str, types: Mapping[str, int]) -> str:
    kind = KINDS.get(types.get(column, 0))
    if kind is None:
        raise NotCovered(f"the column {column!r} holds neither numbers nor bytes")
    return kind


def _default(dense: Any, name: str, kind: str) -> int | float | bytes | None:
    if not dense.HasField("default_value"):
        return None
    which = dense.default_value.WhichOneof("kind")
    # Stock refuses a default of another kind with a message of its own.
    if which != f"{kind.removesuffix('64')}_value":
        raise NotCovered(f"the default of the tensor {name!r} is not of its kind")
    value: int | float | bytes = getattr(dense.default_value, which)
    return value
