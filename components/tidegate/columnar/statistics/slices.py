"""Which rows are in which slice, by the values of features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.statistics.features import is_list
from tidegate.errors import ComponentError, DataError

# TFDV's name for the slice of all rows.
ALL_ROWS = "All Examples"

# Features, each with the values to slice by; None slices by all that occur.
SliceBy: TypeAlias = tuple[tuple[str, tuple[str, ...] | None], ...]
Rows: TypeAlias = "list[tuple[int, str]]"


def slices_of(
    table: pa.Table | pa.RecordBatch,
    slices: Sequence[SliceBy],
    columns: Sequence[str] | None = None,
) -> Iterator[tuple[str, pa.Array]]:
    """Name and rows of every slice that has rows in a table.

    A row with several values is in several slices. A slice by several features
    is one of each combination of their values. As in TFDV, a feature that the
    table lacks is left out of the names.

    Args:
        table: The rows.
        slices: By what to slice.
        columns: Columns that count as there; None counts all.

    Raises:
        DataError: A value to slice by is not UTF-8.
        ComponentError: A value is no integer, of a feature of integers.
    """
    for by in slices:
        keys: dict[int, list[dict[str, str]]] | None = None
        for name, wanted in by:
            if columns is not None and name not in columns:
                continue
            place = table.schema.get_field_index(name)
            if place >= 0:
                found = _values(name, table.column(place), wanted)
                keys = _crossed(keys, name, found)
        yield from _grouped(keys or {})


def _crossed(
    keys: dict[int, list[dict[str, str]]] | None,
    name: str,
    found: Mapping[int, list[str]],
) -> dict[int, list[dict[str, str]]]:
    if keys is None:
        return {row: [{name: one} for one in held] for row, held in found.items()}
    return {
        row: [{**key, name: one} for key in held for one in found[row]]
        for row, held in keys.items()
        if row in found
    }


def _grouped(
    keys: Mapping[int, list[dict[str, str]]],
) -> Iterator[tuple[str, pa.Array]]:
    rows: dict[str, list[int]] = {}
    for row, held in keys.items():
        for key in held:
            name = "_".join(f"{feature}_{key[feature]}" for feature in sorted(key))
            rows.setdefault(name, []).append(row)
    for name, places in rows.items():
        yield name, pa.array(places, pa.int64())


def _values(
    name: str, column: pa.Array | pa.ChunkedArray, wanted: tuple[str, ...] | None
) -> dict[int, list[str]]:
    """The values of each row that has any, each once; [] if none is wanted."""
    array = column
    if isinstance(column, pa.ChunkedArray):
        array = (
            pa.concat_arrays(column.chunks)
            if column.num_chunks
            else pa.array([], column.type)
        )
    if pa.types.is_null(array.type):
        return {}
    if is_list(array.type):
        lengths = np.asarray(pc.fill_null(pc.list_value_length(array), 0), np.int64)
        rows = np.repeat(np.arange(len(array)), lengths)
        array = array.flatten()
    else:
        rows = np.flatnonzero(np.asarray(array.is_valid()))
        array = array.drop_null()
    if wanted is not None and pa.types.is_integer(array.type):
        wanted = tuple(_integer(name, one) for one in wanted)
    coded = array.dictionary_encode()
    spelled = [_spelled(name, one) for one in coded.dictionary.to_pylist()]
    found: dict[int, list[str]] = {}
    for row, code in zip(
        rows.tolist(), np.asarray(coded.indices).tolist(), strict=True
    ):
        value = spelled[code]
        held = found.setdefault(row, [])
        if value not in held and (wanted is None or value in wanted):
            held.append(value)
    return found


def _spelled(name: str, value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise DataError(
            f"the feature {name!r} has values that cannot name a slice",
            expected="UTF-8 in every value",
            got="bytes that are not UTF-8",
            fix="slice by another feature, or name the values to slice by",
        ) from error


def _integer(name: str, value: str) -> str:
    try:
        return str(int(value))
    except ValueError as error:
        raise ComponentError(
            f"the feature {name!r} cannot be sliced by this value",
            expected="an integer, as the feature has",
            got=repr(value),
            fix="name an integer in the slicing config",
        ) from error
