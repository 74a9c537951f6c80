"""What is computed of a table once, and kept as long as the table is."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

import pyarrow as pa

T = TypeVar("T")


class PerTable(Generic[T]):
    """Something of tables, computed when it is first asked for.

    Args:
        compute: Computes it of one table.
    """

    def __init__(self, compute: Callable[[pa.Table], T]) -> None:
        self._compute = compute
        self._known: dict[int, tuple[weakref.ref[pa.Table], T]] = {}

    def of(self, table: pa.Table) -> T:
        """What it is of this table."""
        key, known = id(table), self._known
        held = known.get(key)
        if held is not None and held[0]() is table:
            return held[1]
        found = self._compute(table)

        def gone(_: object) -> None:
            known.pop(key, None)

        known[key] = (weakref.ref(table, gone), found)
        return found
