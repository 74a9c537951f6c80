"""Outputs of a model as columns: numbers, texts, and vectors of a fixed size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.errors import ComponentError

Array = npt.NDArray[Any]
_PLAIN = "biuf"
# Types that Parquet, or numpy without TensorFlow, does not have.
_HALF = ("float16", "bfloat16")


def as_columns(
    outputs: Mapping[str, Array], chosen: Mapping[str, str], rows: int
) -> dict[str, pa.Array]:
    """One column an output: single values, or lists of a fixed size.

    Args:
        outputs: Outputs of the model, one line a row.
        chosen: Outputs to take, with the names of their columns.
        rows: Rows that the model was given.

    Raises:
        ComponentError: An output is not one line a row, or of an odd type.
    """
    return {
        column: _column(name, outputs[name], rows) for name, column in chosen.items()
    }


def not_finite(outputs: Mapping[str, Array], chosen: Mapping[str, str]) -> int:
    """Rows with an infinite value or one that is no number in a chosen output."""
    wrong: Any = np.zeros(0, bool)
    for name in chosen:
        output = outputs[name]
        if output.dtype.kind != "f" and output.dtype.name not in _HALF:
            continue
        lines = output.reshape(len(output), -1).astype(np.float64, copy=False)
        odd = ~np.isfinite(lines).all(axis=1)
        wrong = odd if not wrong.size else wrong | odd
    return int(wrong.sum())


def _column(name: str, output: Array, rows: int) -> pa.Array:
    if output.ndim < 1 or len(output) != rows:
        raise _refused(
            name,
            f"one line for each of {rows:,} rows",
            f"the shape {list(output.shape)}",
            "have the signature answer for each row",
        )
    sizes = output.shape[1:]
    if sizes == (1,):
        # What a layer of one unit gives is one number a row.
        sizes = ()
    column = _values(name, output.reshape(-1))
    for size in reversed(sizes):
        if not size:
            raise _refused(
                name,
                "at least one value a row",
                f"the shape {list(output.shape)}",
                "leave it out of output_columns",
            )
        column = pa.FixedSizeListArray.from_arrays(column, size)
    return column


def _values(name: str, flat: Array) -> pa.Array:
    if flat.dtype.name in _HALF:
        flat = flat.astype(np.float32)
    if flat.dtype.kind in _PLAIN:
        return pa.array(flat)
    if flat.dtype.kind in "OSU" and all(isinstance(one, (bytes, str)) for one in flat):
        try:
            return pa.array(flat.tolist(), pa.large_binary()).cast(pa.large_string())
        except (pa.ArrowInvalid, UnicodeDecodeError):
            raise _refused(
                name,
                "text in UTF-8",
                "other bytes",
                "leave it out of output_columns; inference_result has it",
            ) from None
    raise _refused(
        name,
        "numbers, texts, or vectors of them",
        f"values of type {flat.dtype}",
        "leave it out of output_columns",
    )


def _refused(name: str, expected: str, got: str, fix: str) -> ComponentError:
    return ComponentError(
        f"the output {name!r} of the model cannot be a column",
        where="BulkInferrer",
        expected=expected,
        got=got,
        fix=fix,
    )
