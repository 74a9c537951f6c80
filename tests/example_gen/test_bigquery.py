"""A query's result becomes examples as the stock component would have them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import tensorflow as tf
from google.api_core.exceptions import BadRequest, ServiceUnavailable
from google.cloud.bigquery import SchemaField
from google.cloud.bigquery.table import RowIterator
from tfx.extensions.google_cloud_big_query.utils import row_to_example

from tidegate.columnar.tf_record import read_records
from tidegate.errors import DataError, ExitCode, TidegateError, UsageError
from tidegate.example_gen import keys
from tidegate.example_gen.bigquery import BigQuery, BigQueryDataset
from tidegate.example_gen.component import ExampleGen
from tidegate.example_gen.writing import write_examples

FIELDS = {
    "id": "INTEGER",
    "rate": "FLOAT",
    "late": "BOOLEAN",
    "name": "STRING",
    "many": "INTEGER",
}
ROWS: list[dict[str, Any]] = [
    {"id": 0, "rate": 0.5, "late": False, "name": "", "many": []},
    {"id": 2**62, "rate": None, "late": True, "name": "Zürich", "many": [1, 2]},
    {"id": None, "rate": 0.0, "late": None, "name": None, "many": [0]},
]


class Result(RowIterator):  # type: ignore[misc]
    """The result of a query without a service behind it."""

    def __init__(self, table: pa.Table, fields: dict[str, str], total: int) -> None:
        schema = [SchemaField(name, kind) for name, kind in fields.items()]
        super().__init__(None, None, None, schema, total_rows=total)
        self._table = table

    def to_arrow_iterable(self, *_: Any, **__: Any) -> Iterator[pa.RecordBatch]:
        """The rows, two at a time."""
        yield from self._table.to_batches(max_chunksize=2)


class Client:
    """Answers every query in the same way."""

    def __init__(self, answer: Result | Exception) -> None:
        self._answer = answer

    def query(self, query: str) -> Client:
        """The job."""
        return self

    def result(self) -> Result:
        """The rows."""
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def dataset(answer: Result | Exception) -> BigQueryDataset:
    return BigQueryDataset(BigQuery("select 1"), lambda _: Client(answer))


def result(total: int = len(ROWS)) -> Result:
    kinds = [pa.int64(), pa.float64(), pa.bool_(), pa.string(), pa.list_(pa.int64())]
    table = pa.Table.from_pylist(
        ROWS, schema=pa.schema(list(zip(FIELDS, kinds, strict=True)))
    )
    return Result(table, FIELDS, total)


def test_examples_are_those_of_the_stock_component(tmp_path: Path) -> None:
    write_examples(dataset(result()), tmp_path, {"all": 1})
    (path,) = (tmp_path / "Split-all").iterdir()
    found = [tf.train.Example.FromString(record) for record in read_records(path)]
    assert found == [row_to_example(FIELDS, row) for row in ROWS]


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (BadRequest("no such column"), ExitCode.USAGE, "no such column"),
        (ServiceUnavailable("later"), ExitCode.INFRASTRUCTURE, "later"),
        (result(total=9), ExitCode.TESTS_FAILED, "not read whole"),
        (Result(pa.table({"x": [1]}).slice(1), {"x": "INTEGER"}, 0), 1, "no rows"),
        (Result(pa.table({"x": [{"y": 1}]}), {"x": "RECORD"}, 1), 1, "RECORD"),
    ],
    ids=["wrong", "away", "cut", "empty", "nested"],
)
def test_what_goes_wrong_is_told_by_who_can_mend_it(
    tmp_path: Path, answer: Any, kind: int, says: str
) -> None:
    with pytest.raises(TidegateError, match=says) as caught:
        write_examples(dataset(answer), tmp_path / "out", {"all": 1})
    assert caught.value.exit_code == kind
    assert not list(tmp_path.glob("out/*"))


def test_a_query_is_part_of_the_cache_key() -> None:
    one, other = (ExampleGen(BigQuery(q)).exec_properties for q in ("a", "b"))
    assert one[keys.FINGERPRINT] != other[keys.FINGERPRINT]
    query = "select * from x where day = @span_yyyymmdd_utc"
    given = ExampleGen(BigQuery(query, project="p"), span=15706).exec_properties
    (held,) = json.loads(given[keys.DATA]).values()
    assert held == {"query": "select * from x where day = '20130101'", "project": "p"}


@pytest.mark.parametrize(
    "wrong",
    [{"engine": "beam"}, {"data": BigQuery(" ")}],
    ids=["beam", "empty"],
)
def test_queries_that_cannot_run_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        ExampleGen(**{"data": BigQuery("select 1"), **wrong})
    assert caught.value.fix


def test_a_nested_value_is_a_fault_of_the_data(tmp_path: Path) -> None:
    table = pa.table({"x": [[[1]]]})
    answer = Result(table, {"x": "INTEGER"}, 1)
    with pytest.raises(DataError, match="cannot be held"):
        write_examples(dataset(answer), tmp_path, {"all": 1})
