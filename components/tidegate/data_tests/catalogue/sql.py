"""Row conditions in SQL, run by a DuckDB that can reach nothing outside."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from tidegate.data_tests.catalogue.base import Rows
from tidegate.documents import near_miss

_ROW = "__row__"
_LOCKED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


class ConditionError(ValueError):
    """A condition cannot be parsed, or not be evaluated on these columns."""


@lru_cache(maxsize=1024)
def check_syntax(condition: str) -> None:
    """Refuses what is not one SQL condition.

    Raises:
        ConditionError: It does not parse; says where.
    """
    query = _query(condition)
    with _connect() as connection:
        found = connection.execute("select json_serialize_sql(?)", [query]).fetchone()
    parsed: dict[str, Any] = json.loads(found[0]) if found else {"error": True}
    if parsed.get("error"):
        message = str(parsed.get("error_message", "it cannot be parsed"))
        raise ConditionError(f"not a valid SQL condition: {message.splitlines()[0]}")
    if len(parsed["statements"]) != 1:
        raise ConditionError("must be one SQL condition, without a semicolon")


def rows_that_satisfy(condition: str, table: pa.Table) -> Rows:
    """Positions of the rows of which the condition is true.

    Args:
        condition: SQL over the table's columns. Null counts as not true.
        table: Any table.

    Raises:
        ConditionError: It names a column that is not there, or mixes types.
    """
    return _positions(_query(condition), table)


def named_columns(condition: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the columns that a condition names."""
    return tuple(name for name in names if _mentions(condition, name))


def repeated_rows(table: pa.Table) -> Rows:
    """Positions of the rows whose values an earlier row has already.

    Missing values are equal to each other.
    """
    # Arrow's own grouping crashes on large text columns before version 12.
    columns = ", ".join(_quoted(name) for name in table.column_names)
    return _positions(
        f"""
        select "{_ROW}" from (
            select "{_ROW}",
                row_number() over (partition by {columns} order by "{_ROW}") as n
            from examples
        ) where n > 1
        """,
        table,
    )


def _positions(query: str, table: pa.Table) -> Rows:
    """The row positions that a query over the table `examples` selects."""
    if _ROW in table.column_names:
        table = table.drop([_ROW])
    numbered = table.append_column(_ROW, pa.array(np.arange(table.num_rows)))
    with _connect() as connection:
        connection.register("examples", numbered)
        connection.execute("set lock_configuration = true")
        try:
            found = connection.execute(query).fetchnumpy()[_ROW]
        except duckdb.Error as error:
            raise ConditionError(_reason(error, table.column_names)) from None
    return np.sort(np.asarray(found, np.int64))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _query(condition: str) -> str:
    # On lines of its own, so that a comment in it ends with it.
    return f'select "{_ROW}" from examples where (\n{condition}\n)'


def _connect() -> Any:
    return duckdb.connect(":memory:", config=_LOCKED)


def _reason(error: Exception, columns: list[str]) -> str:
    first = str(error).splitlines()[0]
    quoted = first.split('"')
    if "not found in FROM clause" in first and len(quoted) > 1:
        near = near_miss(quoted[1], columns)
        return f"no column {quoted[1]}" + (f", but there is {near}" if near else "")
    return f"it cannot be evaluated: {first}"


def _mentions(condition: str, name: str) -> bool:
    words = "".join(c if c.isalnum() or c == "_" else " " for c in condition).split()
    return name.casefold() in {word.casefold() for word in words}
