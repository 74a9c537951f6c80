"""A test of the catalogue on a table: whole, in batches, and merged backwards."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from tidegate.columnar.dataset import Batch, Part
from tidegate.columnar.held_dataset import HeldDataset
from tidegate.columnar.statistics.numbers import EXACT_NUMBERS
from tidegate.data_tests.catalogue import CATALOGUE, Evidence
from tidegate.data_tests.evaluate import Circumstances, plan_of, whole_of
from tidegate.data_tests.plan import Glance
from tidegate.data_tests.reference import Reference
from tidegate.data_tests.reference.summarising import summarise
from tidegate.data_tests.suite import Suite

TEXT = pa.large_string()
STRANGE = {
    "ints": pa.array([1, 2, None, 99, -(2**63), 2**63 - 1]),
    "floats": pa.array([0.5, float("nan"), float("inf"), -0.0, None, 3e38], "f4"),
    "text": pa.array(["x", "", None, "\ud7ff\x00", "12", "NA"], TEXT),
    "bytes": pa.array([b"\xff", b"x", None, b"", b"\x00", b"12"], pa.large_binary()),
    "nothing": pa.nulls(6),
    "empty text": pa.nulls(6, TEXT),
    "empty floats": pa.nulls(6, pa.float32()),
    "lists": pa.array([[1], None, [2, 99], [], [5], [1]], pa.large_list(pa.int64())),
    "words": pa.array([["x"], None, ["y", "q"], [], ["1"], ["x"]], pa.large_list(TEXT)),
    "empty lists": pa.array([[], None, [], [], [], []], pa.large_list(TEXT)),
}


def text(*values: str | None) -> pa.Array:
    """A column of text."""
    return pa.array(values, TEXT)


def look(
    name: str, data: Any, *, reference: Any = None, rows: int = 2, **parameters: Any
) -> Evidence:
    """What a test says of a column `a`, or of a table, however it is cut.

    Args:
        name: Name of the test.
        data: The column, or columns by name.
        reference: The same of accepted data, of one span or a list of them.
        rows: Rows of the small batches.
        **parameters: Parameters of the test; `column` is "a" unless said.
    """
    table = pa.table(data if isinstance(data, dict) else {"a": data})
    kind = CATALOGUE[name]
    if "column" in kind.model_fields:
        parameters = {"column": "a", **parameters}
    test = kind.model_validate(parameters)
    given = Circumstances(reference=_reference(reference))
    found = _judge(test, table, max(table.num_rows, 1), given)
    for backwards in (False, True):
        again = _judge(test, table, rows, given, backwards)
        assert (again.holds, again.observed) == (found.holds, found.observed)
        assert blamed(again) == blamed(found)
        # Beyond that, quantiles are sketched and bins may differ a little.
        assert table.num_rows > EXACT_NUMBERS or again.plot == found.plot
    return found


def blamed(evidence: Evidence) -> list[int] | None:
    """The bad rows by number; None where the test blames none."""
    if evidence.rows is None:
        return None
    return [int(row) for row in evidence.rows.positions()]


def glance_at(
    test: Any, table: pa.Table, rows: int, backwards: bool = False
) -> tuple[Suite, HeldDataset, Glance]:
    """What a test sees of a table in batches of `rows`."""
    suite = Suite(dataset="trial", tests=[test])
    batches = [
        Batch(table.slice(start, rows), 0, start)
        for start in range(0, max(table.num_rows, 1), rows)
    ]
    held = HeldDataset([Part("data", "data")], batches)
    glances = [plan_of(suite, held).look(batch) for batch in batches]
    total = Glance()
    for glance in reversed(glances) if backwards else glances:
        total = total.merge(glance)
    return suite, held, total


def _judge(
    test: Any, table: pa.Table, rows: int, given: Circumstances, backwards: bool = False
) -> Evidence:
    suite, held, total = glance_at(test, table, rows, backwards)
    whole = whole_of(suite, held, total, given)
    evidence: Evidence = test.verdict(total.seen[0], whole)
    return evidence


def _reference(data: Any) -> Reference | None:
    if data is None:
        return None
    spans = data if isinstance(data, list) else [data]
    test = CATALOGUE["rows"].model_validate({"at_least": 0})
    summaries = []
    for number, span in enumerate(spans):
        table = pa.table(span if isinstance(span, dict) else {"a": span})
        suite, held, total = glance_at(test, table, max(table.num_rows, 1))
        whole = whole_of(suite, held, total, Circumstances())
        summaries.append(summarise(whole, f"{number:02}", number))
    return Reference(tuple(summaries))
