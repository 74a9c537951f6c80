"""A suite as a check of tables, to prove with `tidegate.testing` that it closes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from tidegate.columnar.inference import TypeInference, convert
from tidegate.columnar.table_dataset import TableDataset
from tidegate.data_tests.evaluate import Circumstances, evaluate
from tidegate.data_tests.reference import read_reference
from tidegate.data_tests.schema_verdict import read_schema
from tidegate.data_tests.suite import Suite, load_suite
from tidegate.report.model import TestReport


def verdict_by(
    suite: Suite | str | Path,
    *,
    schema: str | Path | None = None,
    reference: str | Path | None = None,
    given: Circumstances | None = None,
) -> Callable[[pa.Table], TestReport]:
    """A function that gives the report on a table, for `tidegate.testing.prove`.

    A table of text alone is taken for the cells of a CSV file: its columns get the
    types that ExampleGen would infer.

    Args:
        suite: The suite, or its file.
        schema: The schema's file; None leaves out the schema's verdict.
        reference: Folder of summaries of accepted spans; None compares with none.
        given: What else the verdict depends on, such as the time.

    Raises:
        UsageError: The suite, the schema or the reference is wrong.
    """
    tests = suite if isinstance(suite, Suite) else load_suite(Path(suite))
    judged = None if schema is None else read_schema(Path(schema))
    circumstances = given or Circumstances(
        reference=None if reference is None else read_reference(Path(reference))
    )

    def verdict(table: pa.Table) -> TestReport:
        dataset = TableDataset({"data": _inferred(table)})
        return evaluate(tests, dataset, schema=judged, given=circumstances).report

    return verdict


def _inferred(table: pa.Table) -> pa.Table:
    kinds = table.schema.types
    if not all(pa.types.is_string(kind) or pa.types.is_null(kind) for kind in kinds):
        return table
    text = pa.schema([pa.field(name, pa.string()) for name in table.column_names])
    batches = table.cast(text).combine_chunks().to_batches() or [None]
    if batches[0] is None:
        return table
    inference = TypeInference()
    inference.add(batches[0])
    return pa.Table.from_batches([convert(batches[0], inference.types)])
