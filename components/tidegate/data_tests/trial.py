"""One test on one table: to try a test in a notebook, and to test tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from tidegate.columnar.dataset import Batch, Part
from tidegate.columnar.held_dataset import HeldDataset
from tidegate.columnar.table_dataset import TableDataset
from tidegate.data_tests.catalogue.base import DataTest, Evidence
from tidegate.data_tests.evaluate import Circumstances, look, whole_of
from tidegate.data_tests.suite import Suite
from tidegate.data_tests.verdicts import verdicts


def try_test(
    test: DataTest,
    data: pa.Table | Mapping[str, pa.Table],
    *,
    batch_rows: int = 65_536,
    given: Circumstances | None = None,
    **suite: Any,
) -> Evidence:
    """What a test says of a table.

    Args:
        test: The test.
        data: A table, or one for each split.
        batch_rows: Rows of a batch; the verdict is the same whatever it is.
        given: What else the verdict depends on, such as a reference.
        **suite: Further settings of a suite, such as `label`.

    Returns:
        The evidence; positions of rows count from 0 in a table without splits.
    """
    tables = {"data": data} if isinstance(data, pa.Table) else dict(data)
    whole_suite = Suite(dataset="trial", tests=[test], **suite)
    held = HeldDataset(
        [Part(name, name) for name in tables], _batches(tables, batch_rows)
    )
    glance, dataset = look(whole_suite, held)
    whole = whole_of(whole_suite, dataset, glance, given or Circumstances())
    return verdicts(whole_suite, dataset, glance, whole)[0]


def _batches(tables: Mapping[str, pa.Table], rows: int) -> Iterator[Batch]:
    # As a file of them would be read: dates as text, numbers as tf.Example has them.
    stored = TableDataset(tables).tables
    for part, table in enumerate(stored.values()):
        for start in range(0, max(table.num_rows, 1), rows):
            yield Batch(table.slice(start, rows), part, start)
