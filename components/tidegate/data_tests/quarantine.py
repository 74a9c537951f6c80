"""Divides a data set: bad rows leave into quarantine, the rest go on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from tidegate.columnar.dataset import Batch, Dataset
from tidegate.columnar.parquet_sink import ParquetSink
from tidegate.columnar.scan import scan
from tidegate.data_tests.blame import Blame
from tidegate.data_tests.column_types import column_types
from tidegate.data_tests.failing_rows import RowsReader
from tidegate.data_tests.whole import Whole
from tidegate.errors import ComponentError

PASSED_FILE = "passed.parquet"
QUARANTINE_FILE = "quarantine.parquet"


@dataclass(frozen=True)
class Divided:
    """Where the rows of a data set went; together they are all of its rows.

    Attributes:
        passed: Rows that go on.
        quarantined: Rows that left.
        passed_file: File of the rows that go on; None if there are none.
        quarantine_file: File of the rows that left, each with its place; None
            if there are none.
    """

    passed: int
    quarantined: int
    passed_file: Path | None
    quarantine_file: Path | None


def divide(dataset: Dataset, bad: Blame, whole: Whole, folder: Path) -> Divided:
    """Writes the rows that go on and those that leave as two Parquet files.

    Values are as they were, private ones too: these are data, not a report.

    Args:
        dataset: The data set.
        bad: The rows that leave.
        whole: What is known of the data set.
        folder: Folder of the two files; a file of an earlier run is replaced, or
            removed if nothing goes there any more.
    """
    reader = RowsReader(dataset)
    leaving = bad.positions()
    kinds = column_types(whole)

    def split(batch: Batch) -> tuple[pa.Table, pa.Table]:
        # The range of the batch within the sorted positions.
        first, last = np.searchsorted(leaving, [batch.first, batch.first + batch.rows])
        rows = leaving[first:last] - batch.first
        mask = np.zeros(batch.rows, np.bool_)
        mask[rows] = True
        out = batch.table.filter(pa.array(mask))
        for name, column in reversed(reader.places(batch, rows).items()):
            out = out.add_column(0, f"__{name}__", column)
        return batch.table.filter(pa.array(~mask)), out

    passed = ParquetSink(folder / PASSED_FILE, kinds)
    gone = ParquetSink(folder / QUARANTINE_FILE, kinds)
    with passed, gone:
        for kept, out in scan(dataset, split):
            passed(kept)
            if out.num_rows:
                gone(out)
    if passed.rows + gone.rows != whole.rows:
        raise ComponentError(
            "rows were lost between reading and quarantine",
            where=str(folder),
            expected=f"{whole.rows:,} rows",
            got=f"{passed.rows:,} passed and {gone.rows:,} quarantined",
            fix="check that the data did not change meanwhile, and run again",
        )
    for sink in (passed, gone):
        if not sink.rows:
            # What an earlier run left there is not of this data.
            sink.path.unlink(missing_ok=True)
    return Divided(
        passed.rows,
        gone.rows,
        passed.path if passed.rows else None,
        gone.path if gone.rows else None,
    )
