"""`column: [a, b]` in a suite: the same test of several columns, one each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tidegate.data_tests.catalogue.base import CATALOGUE
from tidegate.data_tests.catalogue.shapes import ColumnTest
from tidegate.documents import Document
from tidegate.errors import UsageError


def one_a_column(item: Any) -> list[Any]:
    """The test of a suite once for each column of its list; else itself.

    Raises:
        ValueError: The list is empty: a test of no column holds of anything.
    """
    listed = _columns(item)
    if listed is None:
        return [item]
    if not listed:
        raise ValueError("column must name at least one column")
    ((name, parameters),) = item.items()
    return [{name: {**parameters, "column": column}} for column in listed]


def faulty_columns(document: Document, index: int, item: Any) -> Iterator[UsageError]:
    """What is wrong with the list of columns of a test, each with its line."""
    listed = _columns(item)
    if listed is None:
        return
    (name,) = item
    at = ("tests", index, name, "column")
    if not listed:
        yield UsageError(
            "column names no column",
            where=document.place(at),
            expected="at least one name",
            fix="name the columns, or leave the test out",
        )
    for place, column in enumerate(listed):
        where = document.place((*at, place))
        if not isinstance(column, str) or not column:
            yield UsageError(
                "the name of a column must be text",
                where=where,
                expected="column: [dep_delay, arr_delay]",
                got=repr(column)[:60],
                fix="quote it if it looks like something else",
            )
        elif column in listed[:place]:
            yield UsageError(
                f"column {column} stands twice",
                where=where,
                got=column,
                fix="name it once",
            )


def _columns(item: Any) -> list[Any] | None:
    """The list of columns of a test; None where it names one, or none."""
    if not isinstance(item, dict) or len(item) != 1:
        return None
    ((name, parameters),) = item.items()
    kind = CATALOGUE.get(name)
    if kind is None or not issubclass(kind, ColumnTest):
        return None
    listed = parameters.get("column") if isinstance(parameters, dict) else None
    return listed if isinstance(listed, list) else None
