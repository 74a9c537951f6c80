"""The columns that go from the examples to the predictions, looked at beforehand.

A batch of examples shows a column only as its own rows have it: empty, whole
numbers or text. A Parquet file has one type for all its rows, so that all rows
are looked at once before the first prediction; only these columns are decoded.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tidegate.columnar.artifact_dataset import ExamplesDataset
from tidegate.columnar.dataset import Batch
from tidegate.columnar.open_data import open_artifact
from tidegate.columnar.scan import scan
from tidegate.documents import near_miss
from tidegate.errors import DataError, TidegateError, UsageError, raise_all


@dataclass(frozen=True)
class RowColumns:
    """What all rows have in some columns.

    Attributes:
        kinds: Type of each column that some row has.
        rows: Rows of each file of examples, by its number.
        missing: Rows without a value, by column, of those that some row has.
    """

    kinds: dict[str, pa.DataType]
    rows: dict[int, int]
    missing: dict[str, int]

    def merge(self, other: RowColumns) -> RowColumns:
        """What the rows of both have."""
        kinds = dict(self.kinds)
        for name, kind in other.kinds.items():
            kinds[name] = _wider(kinds.get(name, kind), kind)
        rows, missing = dict(self.rows), dict(self.missing)
        for part, count in other.rows.items():
            rows[part] = rows.get(part, 0) + count
        before, after = sum(self.rows.values()), sum(other.rows.values())
        for name in {*self.missing, *other.missing}:
            missing[name] = self.missing.get(name, before) + other.missing.get(
                name, after
            )
        return RowColumns(kinds, rows, missing)


def look_at(
    folder: Path, splits: Sequence[str], key: Sequence[str], copied: Sequence[str]
) -> tuple[ExamplesDataset, RowColumns]:
    """The data set of an Examples artifact, and what its rows have.

    Args:
        folder: Folder of the artifact.
        splits: Names of the splits.
        key: Columns that name a row.
        copied: Other columns that are copied.

    Raises:
        UsageError: The examples do not have a column.
        DataError: The examples cannot be read whole, or a row has no value or
            several in a column of the key.
        Problems: Several of that.
    """
    there = _features(folder, splits)
    _demand_there(key, there, there, folder)
    dataset = open_artifact(folder, splits, columns=[*key, *copied], with_lines=False)
    found = RowColumns({}, {}, {})
    for one in scan(dataset, _look):
        found = found.merge(one)
    _demand_there(copied, found.kinds, there, folder)
    _demand_values(found, key, folder)
    return dataset, found


def _demand_there(
    columns: Sequence[str], known: Container[str], there: Sequence[str], folder: Path
) -> None:
    absent = [name for name in columns if name not in known]
    raise_all("the columns", [_no_column(name, there, folder) for name in absent])


def _demand_values(found: RowColumns, key: Sequence[str], folder: Path) -> None:
    """Demands one value in every row of each column of the key."""
    errors: list[TidegateError] = []
    for name in key:
        if pa.types.is_large_list(found.kinds[name]):
            errors.append(_several(name, folder))
        elif found.missing[name]:
            errors.append(_no_value(name, found, folder))
    raise_all("the columns of the key", errors)


def _look(batch: Batch) -> RowColumns:
    columns = dict(zip(batch.table.column_names, batch.table.columns, strict=True))
    there = {
        name: column
        for name, column in columns.items()
        if not pa.types.is_null(column.type)
    }
    return RowColumns(
        {name: column.type for name, column in there.items()},
        {batch.part: batch.rows},
        {name: column.null_count for name, column in there.items()},
    )


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """The type that holds both; text that is not UTF-8 somewhere is bytes."""
    if one == other:
        return one
    values = [
        kind.value_type if pa.types.is_large_list(kind) else kind
        for kind in (one, other)
    ]
    value = values[0] if values[0] == values[1] else pa.large_binary()
    return value if values == [one, other] else pa.large_list(value)


def _features(folder: Path, splits: Sequence[str]) -> list[str]:
    """Features with a value in some of the first rows."""
    whole = open_artifact(folder, splits, with_lines=False)
    for batch in whole.batches():
        return [
            one.name for one in batch.table.schema if not pa.types.is_null(one.type)
        ]
    return []


def _no_column(name: str, there: Sequence[str], folder: Path) -> UsageError:
    near = near_miss(name, list(there))
    return UsageError(
        f"the examples have no column {name!r}",
        where=str(folder),
        expected="columns with values: the key in every row, others in some",
        got=f"did you mean {near}?" if near else ", ".join(there) or "no column",
        fix="correct key or pass_through of the BulkInferrer",
    )


def _several(name: str, folder: Path) -> DataError:
    return DataError(
        f"the column {name!r} of the key has several values in a row",
        where=str(folder),
        expected="one value in every row",
        got="lists of values",
        fix="name other columns in key, and this one in pass_through",
    )


def _no_value(name: str, found: RowColumns, folder: Path) -> DataError:
    return DataError(
        f"rows have no value in the column {name!r} of the key",
        where=str(folder),
        expected="a value in every row",
        got=f"{found.missing[name]:,} of {sum(found.rows.values()):,} rows without",
        fix="fill or drop these rows, and have a data test hold it: missing",
    )
