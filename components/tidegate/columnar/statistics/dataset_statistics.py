"""What is known of the features of a table, whole and by slice.

Everything here merges: that of parts, in any order and any division, is that of
the whole (see `profile` for what that means for sketches).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.example_decoding import absent_rows, with_absent
from tidegate.columnar.statistics.features import (
    FeatureStatistics,
    Found,
    Mask,
    Path,
    describe,
    is_list,
    walk,
)
from tidegate.columnar.statistics.slices import ALL_ROWS, SliceBy, slices_of
from tidegate.columnar.statistics.valency import Weights
from tidegate.errors import DataError


class WeightBelowZero(DataError):
    """Weights are below 0, with which ranks by weight have no meaning here."""


@dataclass(frozen=True)
class Plan:
    """What to look at.

    Attributes:
        columns: Names of the columns; None takes all.
        weight: Column with the weight of each row; None weighs nothing.
        weight_of: Columns with other weights, by the path of a feature.
        slices: By which values the rows are sliced.
        null_means: What a null is: "absent", a row that lacks the feature;
            "empty", a row with a list without values; "told", a list without
            values unless the table says otherwise, see `absent_rows`.
    """

    columns: Sequence[str] | None = None
    weight: str | None = None
    weight_of: Mapping[Path, str] = field(default_factory=dict)
    slices: tuple[SliceBy, ...] = ()
    null_means: Literal["absent", "empty", "told"] = "absent"

    def weight_for(self, path: Path) -> str | None:
        """The column that weighs a feature."""
        return self.weight_of.get(path, self.weight)

    @property
    def weights(self) -> list[str]:
        """All columns with weights."""
        named = [*self.weight_of.values(), *([self.weight] if self.weight else [])]
        return sorted(set(named))


@dataclass(frozen=True, eq=False)
class DatasetStatistics:
    """What is known of some rows.

    Attributes:
        rows: Number of rows.
        weight: Sum of their weights; 0 without a column of weights.
        features: Each feature by its path, structs before what is in them.
    """

    rows: int = 0
    weight: float = 0.0
    features: Mapping[Path, FeatureStatistics] = field(default_factory=dict)

    @classmethod
    def of(cls, table: pa.Table | pa.RecordBatch, plan: Plan) -> DatasetStatistics:
        """What is known of the rows of a table.

        Args:
            table: Columns of numbers, text, bytes, null, and lists and structs
                of these in any depth.
            plan: What to look at; its slices are not.

        Raises:
            ComponentError: A column is of another type.
            DataError: A row has no weight, or several.
        """
        weights = {name: weights_of(table, name) for name in plan.weights}
        own = float(weights[plan.weight].sum()) if plan.weight else 0.0
        features = {}
        for found in features_of(table, plan):
            by = plan.weight_for(found.path)
            of_rows = None if by is None else weights[by]
            if of_rows is not None and found.parents is not None:
                of_rows = of_rows[found.parents]
            features[found.path] = describe(found, of_rows)
        return cls(table.num_rows, own, features)

    def merge(self, other: DatasetStatistics) -> DatasetStatistics:
        """What is known of the rows of both.

        Raises:
            DataError: A feature differs in its kind or nesting between them.
        """
        features = dict(self.features)
        for path, described in other.features.items():
            mine = features.get(path)
            features[path] = (
                described if mine is None else _merged(path, mine, described)
            )
        return DatasetStatistics(
            self.rows + other.rows, self.weight + other.weight, features
        )


@dataclass(frozen=True, eq=False)
class SlicedStatistics:
    """What is known of all rows, and of the rows of each slice.

    Attributes:
        slices: By the name of the slice; `ALL_ROWS` is there always.
    """

    slices: Mapping[str, DatasetStatistics]

    @classmethod
    def of(cls, table: pa.Table | pa.RecordBatch, plan: Plan) -> SlicedStatistics:
        """What is known of the rows of a table; see `DatasetStatistics.of`."""
        found = {ALL_ROWS: DatasetStatistics.of(table, plan)}
        for name, rows in slices_of(table, plan.slices, plan.columns):
            part = DatasetStatistics.of(taken(table, rows), plan)
            found[name] = found[name].merge(part) if name in found else part
        return cls(found)

    def merge(self, other: SlicedStatistics) -> SlicedStatistics:
        """What is known of the rows of both."""
        found = dict(self.slices)
        for name, part in other.slices.items():
            found[name] = found[name].merge(part) if name in found else part
        return SlicedStatistics(found)


def taken(table: pa.Table | pa.RecordBatch, rows: pa.Array) -> pa.Table:
    """Some rows, with what the schema says of rows without a feature."""
    if isinstance(table, pa.RecordBatch):
        table = pa.Table.from_batches([table])
    places = np.asarray(rows)
    masks = {}
    for name in table.column_names:
        absent = absent_rows(table, name)
        if absent is not None:
            masks[name] = absent[places]
    return with_absent(table.take(rows), masks)


def features_of(table: pa.Table | pa.RecordBatch, plan: Plan) -> Iterator[Found]:
    """Every feature of a table that the plan takes, and what is nested in it."""
    names = table.schema.names if plan.columns is None else plan.columns
    for name in names:
        place = table.schema.get_field_index(name)
        if place >= 0:
            array = _in_one_piece(table.column(place))
            yield from walk(
                Found((name,), array, None, _absent(table, name, array, plan))
            )


def _absent(
    table: pa.Table | pa.RecordBatch, name: str, array: pa.Array, plan: Plan
) -> Mask | None:
    """See `Found.absent`."""
    if is_list(array.type) or pa.types.is_null(array.type):
        return None
    if plan.null_means == "absent":
        return None
    known = absent_rows(table, name) if plan.null_means == "told" else None
    return np.zeros(len(array), bool) if known is None else known


def _without_nulls(array: pa.Array) -> pa.Array:
    """Lists with an empty one in place of each null."""
    if not array.null_count:
        return array
    lengths = np.asarray(pc.fill_null(pc.list_value_length(array), 0), np.int64)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    return pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), array.flatten())


def _in_one_piece(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if not isinstance(column, pa.ChunkedArray):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    if not column.num_chunks:
        return pa.array([], column.type)
    return pa.concat_arrays(column.chunks)


def weights_of(table: pa.Table | pa.RecordBatch, name: str) -> Weights:
    """The weight of each row.

    Raises:
        DataError: A row has no number, or several.
        WeightBelowZero: A number is below 0.
    """
    place = table.schema.get_field_index(name)
    if place < 0:
        raise _bad_weight(name, "no such column in some of the rows")
    array = _in_one_piece(table.column(place))
    if is_list(array.type):
        if array.null_count or len(array.flatten()) != len(array):
            raise _bad_weight(name, "rows without one, or with several")
        array = array.flatten()
    if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        raise _bad_weight(name, f"values of type {array.type}")
    if array.null_count:
        raise _bad_weight(name, f"{array.null_count:,} rows without one")
    found = np.asarray(array).astype(np.float64)
    if np.isnan(found).any():
        raise _bad_weight(name, "weights that are not a number")
    if found.size and found.min() < 0:
        raise WeightBelowZero(
            f"the column {name!r} has weights below 0",
            where=f"the column {name!r}",
            expected="one number from 0 on in every row",
            got=f"{int(np.count_nonzero(found < 0)):,} rows with less",
            fix="fill the column, or name another as weight_feature",
        )
    return found


def _bad_weight(name: str, got: str) -> DataError:
    return DataError(
        f"the column {name!r} does not weigh all rows",
        expected="one number from 0 on in every row",
        got=got,
        fix="fill the column, or name another as weight_feature",
    )


def _merged(
    path: Path, one: FeatureStatistics, other: FeatureStatistics
) -> FeatureStatistics:
    try:
        return one.merge(other)
    except ValueError as error:
        raise DataError(
            f"the feature {'.'.join(path)!r} differs between parts of the data",
            expected="one kind of value and one depth of lists for each feature",
            got=f"{_shown(one)} and {_shown(other)}",
            fix="write the examples again with one type for each feature",
        ) from error


def _shown(feature: FeatureStatistics) -> str:
    return f"{feature.kind} in {len(feature.levels)} level(s) of lists"
