"""Corruptions that let private data in: in cells, or by the name of a column."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from tidegate.errors import UsageError
from tidegate.testing import private_values
from tidegate.testing.cells import as_text, cells, mix, put
from tidegate.testing.drawing import check_share, every_row, no_rows, sample
from tidegate.testing.faults import Corruption, Fault, count
from tidegate.testing.private_values import NATIONAL_IDS, Draw
from tidegate.testing.structure import unused

_DISTINCT = 200


def write_emails(column: str, share: float) -> Corruption:
    """Writes e-mail addresses into a share of the rows of `column`.

    A column that the table lacks is added, empty elsewhere; one that is not
    text becomes text. So do the other functions here.
    """
    return _write("email", column, share, private_values.email, "e-mail addresses")


def write_phone_numbers(column: str, share: float) -> Corruption:
    """Writes telephone numbers into a share of the rows of `column`."""
    return _write("phone", column, share, private_values.phone, "phone numbers")


def write_card_numbers(column: str, share: float) -> Corruption:
    """Writes card numbers that pass the Luhn check into a share of the rows."""
    return _write("card", column, share, private_values.card, "card numbers")


def write_national_ids(column: str, share: float, *, country: str = "us") -> Corruption:
    """Writes national ids into a share of the rows of `column`.

    Args:
        column: The column.
        share: Share of all rows.
        country: "us", "de", "gb" or "es".
    """
    if country not in NATIONAL_IDS:
        raise UsageError(
            "no national ids are made up for this country",
            expected="one of " + ", ".join(NATIONAL_IDS),
            got=country,
            fix="name one of these",
        )
    draw = NATIONAL_IDS[country]
    return _write("national_id", column, share, draw, f"national ids ({country})")


def add_telling_column(name: str = "customer_email") -> Corruption:
    """Appends a column whose name promises private data; it holds only numbers."""

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        free = unused(table, name)
        codes = pa.array(generator.integers(0, 1000, table.num_rows))
        fault = Fault(f"{free}: new column", no_rows(), "telling_name", (free,), True)
        return table.append_column(free, codes), fault

    return corruption


def _write(kind: str, column: str, share: float, draw: Draw, words: str) -> Corruption:
    check_share(share)

    def corruption(
        table: pa.Table, generator: np.random.Generator
    ) -> tuple[pa.Table, Fault]:
        new = column not in table.column_names
        if new:
            empty = pa.nulls(table.num_rows, pa.string())
            table = table.append_column(column, empty)
        old = as_text(cells(table, column))
        rows = sample(every_row(table.num_rows), share, generator)
        # A few hundred distinct values do, and cost a tenth of one for each row.
        drawn = pa.array([draw(generator) for _ in range(_DISTINCT)], old.type)
        private = drawn.take(pa.array(generator.integers(0, _DISTINCT, len(old))))
        broken = put(table, column, mix(old, private, rows)) if len(rows) else table
        what = f"{column}: {words} on {count(rows)}"
        return broken, Fault(what, rows, kind, (column,), new)

    return corruption
