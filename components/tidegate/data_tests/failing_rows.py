"""The table of every row that broke a test: where it stands, why, its values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from tidegate.columnar.examples import Examples
from tidegate.data_tests.catalogue.base import Rows

PRIVATE = "(private)"
Broken: TypeAlias = "Sequence[tuple[str, Rows]]"


def failing_rows(
    broken: Broken, examples: Examples, private: frozenset[str]
) -> pa.Table:
    """Every row that broke a test, once, in the order of the examples.

    Args:
        broken: Name and rows of each failed test; two may have one name.
        examples: The examples of all splits.
        private: Columns whose values are masked.

    Returns:
        `file` and `line` (null where not known), `split`, `row`, the names of
        the broken `tests`, then the columns of the examples. One of theirs that
        has the name of one of ours gets underscores at its end.
    """
    rows = np.unique(np.concatenate([np.zeros(0, np.int64), *(r for _, r in broken)]))
    columns = {**_places(rows, examples), "tests": _tests(broken, rows)}
    taken = examples.table.take(pa.array(rows))
    own = set(examples.table.column_names)
    for name in taken.column_names:
        free = name
        while free in columns or (free != name and free in own):
            free += "_"
        masked = name in private
        columns[free] = pa.array([PRIVATE] * len(rows)) if masked else taken[name]
    return pa.table(columns)


def _places(rows: Rows, examples: Examples) -> dict[str, Any]:
    """`file`, `line`, `split` and `row`, found for all rows of a split at once."""
    parts: dict[str, list[pa.Array]] = {"file": [], "line": [], "split": [], "row": []}
    start = 0
    for split, count in examples.splits.items():
        within = rows[(rows >= start) & (rows < start + count)] - start
        start += count
        known = examples.provenance.get(split)
        if known is None:
            parts["file"].append(pa.nulls(len(within), pa.string()))
            parts["line"].append(pa.nulls(len(within), pa.int64()))
        else:
            names = pa.array(known.files, pa.string())
            parts["file"].append(names.take(pa.array(known.file_index[within])))
            parts["line"].append(pa.array(known.lines[within], pa.int64()))
        parts["split"].append(pa.array([split] * len(within), pa.string()))
        parts["row"].append(pa.array(within + 1, pa.int64()))
    kinds = {"line": pa.int64(), "row": pa.int64()}
    return {
        name: pa.chunked_array(chunks, kinds.get(name, pa.string()))
        for name, chunks in parts.items()
    }


def _tests(broken: Broken, rows: Rows) -> pa.Array:
    """For each row the names of the tests that it broke, in their order."""
    every = np.concatenate([np.zeros(0, np.int64), *(r for _, r in broken)])
    lengths = [len(found) for _, found in broken]
    which = np.repeat(np.arange(len(lengths)), lengths)
    # Stable, so that the tests of one row stay in the order of the suite.
    order = np.argsort(every, kind="stable")
    starts = np.append(np.searchsorted(every[order], rows), len(every))
    names = pa.array([name for name, _ in broken], pa.string()).take(
        pa.array(which[order])
    )
    return pa.ListArray.from_arrays(pa.array(starts, pa.int32()), names)
