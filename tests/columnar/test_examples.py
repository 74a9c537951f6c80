"""Examples are one table whose rows know where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tidegate.columnar.examples import Examples, read_examples
from tidegate.columnar.open_data import open_artifact
from tidegate.columnar.parquet_file import write_parquet
from tidegate.columnar.provenance import (
    Provenance,
    ProvenanceBuilder,
    read_provenance,
    side_file,
    write_provenance,
)
from tidegate.columnar.record_dataset import KindLedger
from tidegate.columnar.tf_example import encode, records
from tidegate.columnar.tf_record import write_records
from tidegate.errors import DataError, ExitCode


def write_split(
    folder: Path, split: str, file: str, **columns: Sequence[object]
) -> None:
    """One file of a split, as a stock component writes it."""
    target = folder / f"Split-{split}"
    target.mkdir(exist_ok=True)
    batch = pa.RecordBatch.from_pydict({n: pa.array(v) for n, v in columns.items()})
    write_records(target / file, records(encode(batch)))


def places(lines: Sequence[int], files: Sequence[int]) -> Provenance:
    return Provenance(
        ("a.csv", "b.csv"), np.array(files, np.int32), np.array(lines, np.int64)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Examples without source lines, the second file lacking a feature."""
    write_split(tmp_path, "train", "data-0.gz", x=[1, 2], y=["a", None])
    write_split(tmp_path, "train", "data-1.gz", x=[3])
    write_split(tmp_path, "eval", "data-0.gz", x=[4], y=["b"])
    return tmp_path


def test_splits_stand_one_after_the_other(folder: Path) -> None:
    read = read_examples(folder, ["train", "eval"])
    assert read.splits == {"train": 3, "eval": 1}
    assert read.table.to_pydict() == {"x": [1, 2, 3, 4], "y": ["a", None, None, "b"]}
    assert read_examples(folder, ["eval", "train"]).table["x"][0].as_py() == 4


def test_only_the_columns_wanted_are_read(folder: Path) -> None:
    assert read_examples(folder, ["train"], ["y"]).table.column_names == ["y"]


def test_a_row_of_stock_examples_is_named_by_split(folder: Path) -> None:
    read = read_examples(folder, ["train", "eval"])
    assert [str(read.place(row)) for row in (0, 2, 3)] == [
        "train row 1",
        "train row 3",
        "eval row 1",
    ]
    assert read.sources == ()
    with pytest.raises(IndexError):
        read.place(4)


def test_a_row_with_a_source_is_named_by_line(folder: Path) -> None:
    write_provenance(folder, "train", places([2, 9, 2], [0, 0, 1]))
    read = read_examples(folder, ["train", "eval"])
    assert [str(read.place(row)) for row in range(4)] == [
        "a.csv:2",
        "a.csv:9",
        "b.csv:2",
        "eval row 1",
    ]
    assert read.sources == ("a.csv", "b.csv")


def test_lines_of_other_examples_are_refused(folder: Path) -> None:
    write_provenance(folder, "train", places([2], [0]))
    with pytest.raises(DataError, match="source lines do not match"):
        read_examples(folder, ["train"])


def test_damaged_lines_are_refused(folder: Path) -> None:
    path = write_provenance(folder, "train", places([2], [0]))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match="Parquet file cannot be read"):
        read_provenance(folder, "train")


FILE = pa.array(["a.csv", "a.csv"]).dictionary_encode()


@pytest.mark.parametrize(
    "columns",
    [
        {"line": [2, 3]},
        {"file": FILE},
        {"file": ["a.csv", "a.csv"], "line": [2, 3]},
        {"file": FILE, "line": ["2", "3"]},
        {"file": FILE, "line": [2, None]},
        {"file": FILE, "line": [2, 3], "more": [0, 0]},
    ],
    ids=["no file", "no line", "text", "words", "a gap", "more"],
)
def test_a_side_file_of_another_kind_is_refused(
    folder: Path, columns: dict[str, object]
) -> None:
    write_parquet(side_file(folder, "train"), pa.table(columns))
    with pytest.raises(DataError, match="places of the examples cannot be read"):
        read_provenance(folder, "train")


def test_lines_are_left_unread_where_nobody_asks(folder: Path) -> None:
    path = write_provenance(folder, "train", places([2, 9, 2], [0, 0, 1]))
    path.write_bytes(b"no Parquet")
    dataset = open_artifact(folder, ["train"], with_lines=False)
    assert {batch.lines for batch in dataset.batches()} == {None}
    with pytest.raises(DataError):
        open_artifact(folder, ["train"])


@pytest.mark.parametrize("files", [["a.csv"], ["b.csv", "a.csv"]])
@pytest.mark.parametrize("line", [2, 1 << 8, 1 << 32])
def test_places_are_read_as_they_were_written(
    tmp_path: Path, files: list[str], line: int
) -> None:
    builder = ProvenanceBuilder(files)
    wanted = []
    for number in [*range(len(files)), 0]:
        builder.add(number, np.array([line, line + 3]))
        wanted += [(files[number], line), (files[number], line + 3)]
    write_provenance(tmp_path, "train", builder.build())
    found = read_provenance(tmp_path, "train")
    assert found is not None
    assert [found.at(row) for row in range(len(found))] == wanted


def test_a_missing_split_is_told_with_those_there(folder: Path) -> None:
    with pytest.raises(DataError, match="no split 'test'") as caught:
        read_examples(folder, ["test"])
    assert caught.value.got == "splits eval, train"
    assert caught.value.exit_code is ExitCode.TESTS_FAILED


def test_a_feature_of_two_kinds_is_refused(folder: Path) -> None:
    write_split(folder, "train", "data-2.gz", x=["text"])
    with pytest.raises(DataError, match="'x' has values of two kinds"):
        read_examples(folder, ["train"])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["as-named", "other-way"])
def test_two_kinds_are_told_the_same_in_any_order_of_reading(
    order: tuple[int, int],
) -> None:
    batches = [(pa.table({"x": [1]}), "a.gz"), (pa.table({"x": ["text"]}), "b.gz")]
    kinds = KindLedger()
    kinds.add(*batches[order[0]])
    with pytest.raises(DataError) as caught:
        kinds.add(*batches[order[1]])
    told = caught.value
    assert (told.where, told.got) == ("b.gz", "bytes")
    assert told.expected == "int64, as in a.gz"


def test_splits_must_add_up() -> None:
    with pytest.raises(ValueError, match="2 rows in splits, 1 held"):
        Examples(pa.table({"x": [1]}), {"train": 2})
