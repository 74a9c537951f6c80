"""Conditions in SQL and hashes of keys, all of a batch in one query.

The DuckDB that runs them can reach nothing outside: no files, no network, no
extensions, and its configuration is locked.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.documents import near_miss

Mask = npt.NDArray[np.bool_]
Hashes = npt.NDArray[np.uint64]
_LOCKED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "1",
}
# Errors that come of the condition alone; all others may quote a value.
_OF_THE_TEXT = {"Binder Error", "Catalog Error", "Parser Error", "Syntax Error"}
_OF_A_VALUE = {
    "Conversion Error": "a value cannot be converted to another type",
    "Out of Range Error": "a value is too large for what is done with it",
    "Permission Error": "files and the network are disabled",
    "Invalid Input Error": "a value is not valid for what is done with it",
}
# Functions whose answer is another one each time.
_BY_CHANCE = {"random", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "nextval"}
_connections = threading.local()


class ConditionError(ValueError):
    """A condition cannot be parsed, or not be evaluated on these columns."""

    fix = "restore the column in the export, or change the condition"


@dataclass(frozen=True, eq=False)
class Answers:
    """What the questions of a suite come to on the rows of one batch.

    Attributes:
        conditions: By condition, of which rows it is true; a text says why it
            cannot be evaluated.
        hashes: By key, a hash of each row's values.
    """

    conditions: dict[str, Mask | str] = field(default_factory=dict)
    hashes: dict[tuple[str, ...], Hashes] = field(default_factory=dict)

    def only(self, mask: Mask) -> Answers:
        """The answers for some of the rows."""
        kept = {
            condition: answer if isinstance(answer, str) else answer[mask]
            for condition, answer in self.conditions.items()
        }
        return Answers(kept, {key: held[mask] for key, held in self.hashes.items()})


@dataclass(frozen=True)
class Questions:
    """The SQL conditions and the keys of all tests of a suite."""

    conditions: tuple[str, ...] = ()
    keys: tuple[tuple[str, ...], ...] = ()

    def ask(self, table: pa.Table) -> Answers:
        """What they come to on the rows of a table."""
        if not self.conditions and not self.keys:
            return Answers()
        known = _Known(table)
        answers = Answers(
            dict(self._refused(known)), {key: known.no_hash() for key in self.keys}
        )
        asked = [c for c in self.conditions if c not in answers.conditions]
        keys = [k for k in self.keys if set(k) <= set(table.column_names)]
        try:
            found = known.query([*map(_flag, asked), *map(_hash, keys)])
        except ConditionError:
            return self._one_by_one(known, answers, asked, keys)
        answers.conditions.update(zip(asked, found, strict=False))
        answers.hashes.update(zip(keys, found[len(asked) :], strict=True))
        return answers

    def _refused(self, known: _Known) -> Iterator[tuple[str, str]]:
        for condition in self.conditions:
            if reason := known.why_not(condition):
                yield condition, reason

    def _one_by_one(
        self,
        known: _Known,
        answers: Answers,
        asked: Sequence[str],
        keys: Sequence[tuple[str, ...]],
    ) -> Answers:
        """The same, when one of the conditions breaks on some value."""
        for condition in asked:
            try:
                (answers.conditions[condition],) = known.query([_flag(condition)])
            except ConditionError as error:
                answers.conditions[condition] = str(error)
        if keys:
            found = known.query([_hash(key) for key in keys])
            answers.hashes.update(zip(keys, found, strict=True))
        return answers


class _Known:
    """A table that queries can name `examples`, with only the columns it needs."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._names = tuple(table.column_names)
        self._kinds = tuple(str(kind) for kind in table.schema.types)

    def no_hash(self) -> Hashes:
        return np.arange(self._table.num_rows, dtype=np.uint64)

    def why_not(self, condition: str) -> str | None:
        return _why_not(condition, self._names, self._kinds)

    def column(self, expression: str) -> pa.Array:
        import duckdb

        table = _only(self._table, columns_in(expression))
        connection = _connection()
        connection.register("examples", table)
        try:
            query = f"select (\n{expression}\n) as c0 from examples"
            found = connection.sql(query).to_arrow_table()["c0"]
        except duckdb.Error as error:
            raise ConditionError(_reason(error)) from None
        finally:
            connection.unregister("examples")
        return _plain_values(found)

    def query(self, expressions: Sequence[str]) -> list[npt.NDArray[Any]]:
        if not expressions:
            return []
        listed = ", ".join(f"{text} as c{i}" for i, text in enumerate(expressions))
        needed = set().union(*(columns_in(text) for text in expressions))
        found = _fetch(f"select {listed} from examples", _only(self._table, needed))
        return [_plain(found[f"c{i}"]) for i in range(len(expressions))]


@lru_cache(maxsize=1024)
def check_syntax(condition: str) -> None:
    """Refuses what is not one SQL condition.

    Raises:
        ConditionError: It does not parse; says where.
    """
    if "\0" in condition:
        raise ConditionError("not a valid SQL condition: it holds a NUL character")
    parsed = _parsed(f"select 1 from examples where (\n{condition}\n)")
    if parsed.get("error"):
        message = str(parsed.get("error_message", "it cannot be parsed"))
        raise ConditionError(f"not a valid SQL condition: {message.splitlines()[0]}")
    if len(parsed["statements"]) != 1:
        raise ConditionError("must be one SQL condition, without a semicolon")
    found = set(_kinds(parsed))
    if "SUBQUERY" in found:
        raise ConditionError("must be about one row: it cannot hold a query itself")
    if _ends_early(parsed):
        raise ConditionError("not a valid SQL condition: an operator lacks its value")
    if "STAR" in found:
        raise ConditionError("must name its columns: it cannot hold * or COLUMNS")
    if chance := found & _BY_CHANCE:
        raise ConditionError(
            f"must have one answer for a row: it cannot hold {min(chance)}()"
        )


def column_of(expression: str, table: pa.Table) -> pa.Array:
    """The value of an SQL expression in each row: numbers, text, or missing.

    What is true is 1, what is false 0; dates and times are text.

    Raises:
        ConditionError: It cannot be evaluated on these columns.
    """
    known = _Known(table)
    if reason := known.why_not(f"(\n{expression}\n) is not null"):
        raise ConditionError(reason)
    return known.column(expression)


@lru_cache(maxsize=4096)
def columns_in(expression: str) -> frozenset[str]:
    """Names in an SQL expression that may be columns, in lower case."""
    tree = _parsed(f"select (\n{expression}\n)")
    return frozenset(name.casefold() for name in _column_names(tree))


def named_columns(condition: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the columns that a condition names."""
    held = columns_in(condition)
    return tuple(name for name in names if name.casefold() in held)


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


@lru_cache(maxsize=4096)
def _why_not(
    condition: str, names: tuple[str, ...], kinds: tuple[str, ...]
) -> str | None:
    """Why a condition does not fit columns of these names and types."""
    needed = columns_in(condition)
    columns = {
        name: pa.array([], _KINDS.get(kind) or _type_of(kind))
        for name, kind in zip(names, kinds, strict=True)
        if name.casefold() in needed
    }
    table = pa.table(columns) if columns else pa.table({"__none__": pa.array([], "i8")})
    try:
        # After `where` nothing may stand that looks at several rows at once.
        _fetch(f"select 1 as c0 from examples where (\n{condition}\n)", table)
    except ConditionError as error:
        found = str(error).split('"')
        if "not found in FROM clause" in str(error) and len(found) > 1:
            near = near_miss(found[1], names)
            return f"no column {found[1]}" + (f", but there is {near}" if near else "")
        return str(error)
    return None


_KINDS = {
    "large_string": pa.large_string(),
    "string": pa.string(),
    "int64": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "large_binary": pa.large_binary(),
    "null": pa.null(),
}


def _type_of(kind: str) -> pa.DataType:
    if "list<" in kind:
        inner = kind.split("item: ", 1)[1].rstrip(">").split(" ")[0]
        return pa.large_list(_KINDS.get(inner) or pa.type_for_alias(inner))
    return pa.type_for_alias(kind)


def _flag(condition: str) -> str:
    # On lines of its own, so that a comment in it ends with it. What is a number
    # is true unless 0, as after `where`.
    return f"coalesce(cast((\n{condition}\n) as boolean), false)"


def _hash(key: tuple[str, ...]) -> str:
    # As text, for a part may hold numbers in a column where another holds lists.
    return f"hash({', '.join(f'cast({quoted(name)} as varchar)' for name in key)})"


def _only(table: pa.Table, needed: Iterable[str]) -> pa.Table:
    held = set(needed)
    names = [name for name in table.column_names if name.casefold() in held]
    if names:
        return table.select(names)
    return pa.table({"__none__": pa.nulls(table.num_rows, pa.int8())})


def _fetch(query: str, table: pa.Table) -> dict[str, Any]:
    import duckdb

    connection = _connection()
    connection.register("examples", table)
    try:
        found: dict[str, Any] = connection.execute(query).fetchnumpy()
    except duckdb.Error as error:
        raise ConditionError(_reason(error)) from None
    finally:
        connection.unregister("examples")
    return found


def _plain(column: Any) -> npt.NDArray[Any]:
    return np.asarray(column)


def _plain_values(column: pa.ChunkedArray) -> pa.Array:
    """Numbers and text as data sets have them, whatever the database made."""
    joined = pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0)
    kind = joined.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return joined.cast(pa.int64(), safe=False)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return joined.cast(pa.float64())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return joined
    return joined.cast(pa.large_string())


def _connection() -> Any:
    import duckdb

    if not hasattr(_connections, "held"):
        _connections.held = duckdb.connect(":memory:", config=_LOCKED)
        _connections.held.execute("set lock_configuration = true")
    return _connections.held


def _parsed(query: str) -> dict[str, Any]:
    # As a literal: with a parameter DuckDB would import pandas to see its type.
    literal = "'" + query.replace("'", "''") + "'"
    try:
        query = f"select json_serialize_sql({literal})"
        parsed: dict[str, Any] = json.loads(_connection().execute(query).fetchone()[0])
        return parsed
    except RecursionError:
        return {"error": True, "error_message": "it is nested too deep"}


def _column_names(tree: Any) -> Iterator[str]:
    rest = [tree]
    while rest:
        node = rest.pop()
        if isinstance(node, dict):
            names = node.get("column_names")
            if isinstance(names, list):
                yield from (str(name) for name in names)
            rest += node.values()
        elif isinstance(node, list):
            rest += node


def _kinds(parsed: dict[str, Any]) -> Iterator[str]:
    """Kinds and functions of all that is in a condition after `where`."""
    rest = [statement["node"]["where_clause"] for statement in parsed["statements"]]
    while rest:
        node = rest.pop()
        if isinstance(node, dict):
            yield str(node.get("class"))
            yield str(node.get("function_name")).casefold()
            rest += node.values()
        elif isinstance(node, list):
            rest += node


def _ends_early(node: Any) -> bool:
    """Whether an operator stands behind its value, as in `origin ==`."""
    if isinstance(node, dict):
        name = str(node.get("function_name", ""))
        return name.endswith("__postfix") or any(map(_ends_early, node.values()))
    return isinstance(node, list) and any(map(_ends_early, node))


def _reason(error: Exception) -> str:
    """Why, without the value that the database quotes when it chokes on one."""
    first = str(error).splitlines()[0]
    kind = first.partition(":")[0].strip()
    if kind in _OF_THE_TEXT:
        return f"it cannot be evaluated: {first}"
    return f"it cannot be evaluated: {_OF_A_VALUE.get(kind, f'{kind} on some value')}"
