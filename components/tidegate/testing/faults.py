"""What a corruption is, what it reports, and doing several after each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Rows: TypeAlias = "npt.NDArray[np.int64]"


@dataclass(frozen=True, eq=False)
class Fault:
    """What one corruption did.

    Attributes:
        what: In words, with the number of rows.
        rows: Rows that it changed or added, counted from 0 in the table that
            it returned, ascending. A row that kept its value is not among them.
        kind: Stable name of the corruption, such as "missing" or "unit_jump".
        columns: The columns that it changed; none if it is about whole rows.
        whole: True if it changed the table as a whole, such as its columns or
            the number of its rows, so that `rows` cannot tell all.
    """

    what: str
    rows: Rows
    kind: str = ""
    columns: tuple[str, ...] = ()
    whole: bool = False

    @property
    def changed(self) -> bool:
        """False if the corruption found nothing to change."""
        return self.whole or len(self.rows) > 0


Corruption: TypeAlias = Callable[
    [pa.Table, np.random.Generator], tuple[pa.Table, Fault]
]


def corrupt(
    table: pa.Table, corruptions: Sequence[Corruption], *, seed: int
) -> tuple[pa.Table, list[Fault]]:
    """The table with every corruption done to it, one after the other.

    Args:
        table: What to break; it is not changed itself.
        corruptions: What to do, in this order.
        seed: The same seed breaks the same rows in the same way.
    """
    generator = np.random.default_rng(seed)
    faults = []
    for corruption in corruptions:
        table, fault = corruption(table, generator)
        faults.append(fault)
    return table, faults


def count(rows: Rows | int) -> str:
    """The number of rows, in words."""
    number = rows if isinstance(rows, int) else len(rows)
    return f"{number:,} row{'s' if number != 1 else ''}"
