"""A month of flights broken on purpose, to see the gate shut.

Five faults that real exports have had: values lost in a join, a code mistyped,
miles sent as kilometres, columns that contradict each other, rows sent twice.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow as pa

from tidegate.report.model import write_whole
from tidegate.testing.corruptions import (
    Fault,
    corrupt,
    drop_values,
    duplicate_rows,
    fill_missing,
    replace_value,
    scale,
)

SEED = 12
KILOMETRES_A_MILE = 1.609344

FAULTS = (
    drop_values("dep_delay", 0.12),
    replace_value("origin", "JFK", "JKF", 0.03),
    scale("distance", KILOMETRES_A_MILE, 0.2),
    fill_missing("air_time", "90", 0.1),
    duplicate_rows(0.01),
)


def write_broken(clean: Path, to: Path, *, seed: int = SEED) -> list[Fault]:
    """Writes `clean` with all faults to `to`; says what was done.

    A row that no fault touched keeps its bytes.
    """
    table, faults = corrupt(read_text(clean), FAULTS, seed=seed)
    write_whole(to, as_csv(table))
    return faults


def read_text(file: Path) -> pa.Table:
    """The CSV file as columns of text, an empty cell as missing."""
    with open(file, encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    columns = zip(*rows, strict=True)
    texts = ([cell or None for cell in column] for column in columns)
    return pa.table([pa.array(text, pa.string()) for text in texts], names=header)


def as_csv(table: pa.Table) -> bytes:
    """The columns of text as CSV, a missing value as an empty cell."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table.column_names)
    columns = (table.column(name).to_pylist() for name in table.column_names)
    writer.writerows(zip(*columns, strict=True))
    return stream.getvalue().encode()
