"""The first eight corruptions; `tidegate.testing` itself has them all.

    broken, faults = corrupt(
        table,
        [drop_values("dep_delay", 0.1), duplicate_rows(0.01)],
        seed=7,
    )

Columns of text that hold numbers, as a CSV reader gives them before it infers
types, are treated as the numbers that they are. A share is of the rows that the
corruption can change at all, and never less than one row of them; a fault names
the rows that differ afterwards, and no others.
"""

from tidegate.testing.absence import drop_values, fill_missing
from tidegate.testing.batch import drop_rows, shuffle_values
from tidegate.testing.categories import replace_value
from tidegate.testing.faults import Corruption, Fault, corrupt
from tidegate.testing.numbers import scale
from tidegate.testing.rows import duplicate_rows, swap_columns

__all__ = [
    "Corruption",
    "Fault",
    "corrupt",
    "drop_rows",
    "drop_values",
    "duplicate_rows",
    "fill_missing",
    "replace_value",
    "scale",
    "shuffle_values",
    "swap_columns",
]
