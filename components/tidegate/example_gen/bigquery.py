"""The result of a BigQuery query as a data set, by Google's own client.

The client belongs to the extra `bigquery` and is imported when a query runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from tidegate.columnar.column_kinds import Unstorable, stored, stored_type
from tidegate.columnar.dataset import Batch, Part, Task
from tidegate.columnar.formats import DataFiles, shown
from tidegate.errors import DataError, InfrastructureError, TidegateError, UsageError

_PART = "query"
# No split has such a name.
_KEY = "bigquery://"
_WRONG = ("BadRequest", "NotFound", "Forbidden", "Unauthorized")


@dataclass(frozen=True)
class BigQuery:
    """A query whose result an ExampleGen reads.

    Example:
        ```python
        ExampleGen(BigQuery("select * from flights.departures", project="air"))
        ```

    Attributes:
        query: In standard SQL. `@span_yyyymmdd_utc`, `@span_begin_timestamp` and
            `@span_end_timestamp` stand for the span, as in the stock component.
        project: The project that is billed; None takes that of the environment.
    """

    query: str
    project: str | None = None


def to_text(source: BigQuery) -> str:
    """The query as an execution property, unlike one of any files."""
    return json.dumps({_KEY: asdict(source)})


def from_data(data: Any) -> BigQuery | None:
    """The query that `to_text` wrote, None if the data are files."""
    if isinstance(data, dict) and _KEY in data:
        return BigQuery(**data[_KEY])
    return None


def client_of(project: str | None) -> Any:
    """The client for a project.

    Raises:
        UsageError: The extra is not installed, or there are no credentials.
    """
    try:
        from google.auth.exceptions import GoogleAuthError
        from google.cloud import bigquery
    except ImportError as error:
        raise UsageError(
            "the BigQuery client is not installed",
            where="ExampleGen(BigQuery(…))",
            expected="google-cloud-bigquery and google-cloud-bigquery-storage",
            got=str(error),
            fix="pip install 'tidegate[bigquery]'",
        ) from error
    try:
        return bigquery.Client(project=project)
    except (GoogleAuthError, OSError) as error:
        raise UsageError(
            "BigQuery cannot be reached without credentials and a project",
            where="ExampleGen(BigQuery(…))",
            got=shown(str(error).splitlines()[0]),
            fix="gcloud auth application-default login, or BigQuery(…, project=…)",
        ) from error


class BigQueryDataset(DataFiles):
    """The rows of a query's result, in the order in which they come.

    Args:
        source: The query.
        make_client: Makes the client for a project.
    """

    def __init__(
        self, source: BigQuery, make_client: Callable[[str | None], Any] = client_of
    ) -> None:
        self.parts = (Part(_PART),)
        self._source = source
        self._make_client = make_client

    def tasks(self, part: int) -> Iterator[Task]:
        """See `Dataset.tasks`."""
        client = self._make_client(self._source.project)
        try:
            result = client.query(self._source.query).result()
            _refuse_records(result.schema)
            rows = 0
            for batch in result.to_arrow_iterable():
                yield partial(self._batch, rows, batch)
                rows += batch.num_rows
        except TidegateError:
            raise
        except Exception as error:
            raise _told(error) from error
        _demand_all(rows, result.total_rows)

    def _batch(self, start: int, batch: pa.RecordBatch) -> Batch:
        names = batch.schema.names
        columns = []
        for name, column in zip(names, batch.columns, strict=True):
            try:
                stored_type(column.type)
                columns.append(stored(column))
            except Unstorable as reason:
                raise _unstorable(name, str(reason)) from None
        return Batch(pa.Table.from_arrays(columns, names), 0, start)


def _refuse_records(schema: Any) -> None:
    for field in schema:
        if field.field_type in ("RECORD", "STRUCT"):
            raise _unstorable(field.name, f"values of type {field.field_type}")


def _demand_all(rows: int, expected: int | None) -> None:
    if not rows:
        raise DataError(
            "the query gives no rows",
            where=_PART,
            expected="at least one row",
            got="0 rows",
            fix="look at its conditions, such as the span",
        )
    if expected is not None and rows != expected:
        raise DataError(
            "the result of the query was not read whole",
            where=_PART,
            expected=f"{expected:,} rows",
            got=f"{rows:,} rows",
            fix="run it again",
        )


def _told(error: Exception) -> TidegateError:
    """What the client raised, by who can mend it."""
    from google.api_core.exceptions import GoogleAPIError

    if not isinstance(error, (GoogleAPIError, OSError)):
        raise error
    kind: type[TidegateError] = InfrastructureError
    if type(error).__name__ in _WRONG:
        kind = UsageError
    return kind(
        "BigQuery did not answer the query",
        where=_PART,
        expected="a result",
        got=shown(str(error).splitlines()[0] if str(error) else type(error).__name__),
        fix="correct the query or the rights" if kind is UsageError else "try again",
    )


def _unstorable(name: str, reason: str) -> DataError:
    return DataError(
        f"the column {shown(name)!r} cannot be held by a tf.Example",
        where=_PART,
        expected="numbers, text, bytes, dates or times, or lists of one of these",
        got=shown(reason),
        fix="select its fields as columns of their own, or cast it",
    )
