"""TFRecord files of tf.Examples as a data set, and the Examples of an artifact."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from tidegate.columnar.artifact_dataset import ExamplesDataset
from tidegate.columnar.artifact_dataset import path_of as _path
from tidegate.columnar.dataset import Batch, Part, Task
from tidegate.columnar.example_decoding import as_table, decode_columns
from tidegate.columnar.formats import shown
from tidegate.columnar.provenance import Provenance
from tidegate.columnar.tf_record import read_record_batches
from tidegate.errors import DataError


class KindLedger:
    """The kind of value that each feature has, held against every batch.

    A batch shows only what its own rows have: nothing, one value a row or a
    list. Whole numbers, floats and bytes exclude each other over all batches.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"_kinds": dict(self._kinds)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__()  # type: ignore[misc]
        self._kinds.update(state["_kinds"])

    def add(self, table: pa.Table, where: str) -> None:
        """Takes a batch into account.

        Raises:
            DataError: A feature has another kind than in an earlier batch.
        """
        for field in table.schema:
            kind = _kind(field.type)
            if kind is None:
                continue
            with self._lock:
                known, place = self._kinds.setdefault(field.name, (kind, where))
            if known != kind:
                raise _two_kinds(field.name, (known, place), (kind, where))


class RecordDataset(ExamplesDataset):
    """TFRecord files of tf.Examples.

    A batch has the features that its rows have, sorted by name, and text where
    all of its bytes are UTF-8.

    Args:
        parts: The files.
        span: See `DataFiles`.
        provenance: Source file and line of each row, by split, where known.
        expected_rows: Rows of each split, where known: a file that was cut
            between two records shows it in no other way.
        columns: Features to decode; None decodes all.
        keep_records: True gives each batch its records as they are.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        span: int | None = None,
        provenance: Mapping[str, Provenance] | None = None,
        expected_rows: Mapping[str, int] | None = None,
        columns: Sequence[str] | None = None,
        keep_records: bool = False,
    ) -> None:
        super().__init__(parts, span, provenance)
        self._columns = None if columns is None else tuple(columns)
        self._keep_records = keep_records
        known = {split: len(places) for split, places in self._provenance.items()}
        self._expected = {**known, **(expected_rows or {})}
        self._ledger = KindLedger()
        self._counted: dict[int, int] = {}

    def tasks(self, part: int) -> Iterator[Task]:
        """See `Dataset.tasks`."""
        one = self.parts[part]
        path = _path(one)
        before = self._rows_before(part) if one.split in self._expected else 0
        start = 0
        for records in self._records(part):
            self._demand_room(one, before + start + len(records))
            yield partial(self._batch, part, before, start, records)
            start += len(records)
        self._counted[part] = start
        if not start and not self._any_records():
            raise _no_records(path)
        if part == self._last_of(one.split):
            self._demand_all(one, before + start)

    def _records(self, part: int) -> Iterator[list[bytes]]:
        path = _path(self.parts[part])
        batches = read_record_batches(path)
        first = next(batches, None)
        if first is None:
            if not path.stat().st_size:
                raise _no_records(path)
            return
        yield first
        yield from batches

    def _batch(self, part: int, before: int, start: int, records: list[bytes]) -> Batch:
        one = self.parts[part]
        count = f"records {start + 1:,} to {start + len(records):,}"
        where = f"{shown(_path(one))}, {count}"
        table = _decoded(records, self._columns, where)
        self._ledger.add(table, where)
        batch = self._placed(table, part, before, start)
        return replace(batch, records=records) if self._keep_records else batch

    def _rows_before(self, part: int) -> int:
        """Rows of the split's files before this one."""
        split = self.parts[part].split
        before = [i for i in range(part) if self.parts[i].split == split]
        for number in before:
            if number not in self._counted:
                self._counted[number] = sum(map(len, self._records(number)))
        return sum(self._counted[number] for number in before)

    def _any_records(self) -> bool:
        for number in range(len(self.parts)):
            if self._counted.get(number) or next(self._records(number), None):
                return True
        return False

    def _last_of(self, split: str) -> int:
        return max(i for i, one in enumerate(self.parts) if one.split == split)

    def _demand_room(self, part: Part, rows: int) -> None:
        expected = self._expected.get(part.split)
        if expected is not None and rows > expected:
            raise _other_count(part, expected, f"at least {rows:,}")

    def _demand_all(self, part: Part, rows: int) -> None:
        expected = self._expected.get(part.split)
        if expected is not None and rows != expected:
            raise _other_count(part, expected, f"{rows:,}")


def _decoded(
    records: list[bytes], wanted: Sequence[str] | None, where: str
) -> pa.Table:
    try:
        columns = decode_columns(records, wanted)
        table = as_table([(len(records), columns)])
    except DataError as error:
        error.where = where
        raise
    if table.num_rows != len(records):
        raise _no_features(where)
    return table


def _kind(kind: pa.DataType) -> str | None:
    if pa.types.is_large_list(kind) or pa.types.is_list(kind):
        return _kind(kind.value_type)
    if pa.types.is_null(kind):
        return None
    if pa.types.is_integer(kind):
        return "int64"
    return "float" if pa.types.is_floating(kind) else "bytes"


def _two_kinds(name: str, one: tuple[str, str], other: tuple[str, str]) -> DataError:
    # Workers read in any order; what is told is the same for all of them.
    one, other = sorted((one, other), key=lambda found: found[1])
    return DataError(
        f"the feature {shown(name)!r} has values of two kinds",
        where=other[1],
        expected=f"{one[0]}, as in {one[1]}",
        got=other[0],
        fix="write the examples again with one type for each feature",
    )


def _no_records(path: Path) -> DataError:
    return DataError(
        "the file holds no records",
        where=shown(path),
        expected="at least one tf.Example",
        got=f"0 records in {path.stat().st_size:,} bytes",
        fix="write the examples again; the file is empty or was cut to nothing",
    )


def _no_features(where: str) -> DataError:
    return DataError(
        "the examples have no features",
        where=where,
        expected="tf.Examples with at least one feature",
        got="records without any",
        fix="write the examples again; their values are lost",
    )


def _other_count(part: Part, expected: int, got: str) -> DataError:
    return DataError(
        f"the examples of split {part.split!r} and their source lines do not match",
        where=shown(_path(part)),
        expected=f"{expected:,} examples",
        got=f"{got} examples",
        fix="run the ExampleGen again; records of the split were lost or added",
    )
