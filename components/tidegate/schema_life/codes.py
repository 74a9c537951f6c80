"""Columns of a sample as numbers of their distinct values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def codes_of(column: pa.ChunkedArray) -> Codes:
    """For each row the number of its value, from 0; -1 where it is missing."""
    chunks = column.combine_chunks()
    if isinstance(chunks, pa.ChunkedArray):
        chunks = chunks.chunk(0) if chunks.num_chunks else pa.array([], column.type)
    indices = chunks.dictionary_encode().indices
    return np.asarray(pc.fill_null(indices, -1)).astype(np.int64)


def gaps_of(column: pa.ChunkedArray) -> Mask:
    """Which rows have no value: null, or a list without values."""
    gaps = pc.is_null(column)
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        lengths = pc.fill_null(pc.list_value_length(column), 0)
        gaps = pc.or_(gaps, pc.equal(lengths, 0))
    return np.asarray(gaps.to_numpy(), np.bool_)
