"""Examples are one table whose rows know where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tidegate.columnar.examples import Examples, read_examples
from tidegate.columnar.provenance import Provenance, read_provenance, write_provenance
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


def test_a_missing_split_is_told_with_those_there(folder: Path) -> None:
    with pytest.raises(DataError, match="no split 'test'") as caught:
        read_examples(folder, ["test"])
    assert caught.value.got == "splits eval, train"
    assert caught.value.exit_code is ExitCode.TESTS_FAILED


def test_a_feature_of_two_kinds_is_refused(folder: Path) -> None:
    write_split(folder, "train", "data-2.gz", x=["text"])
    with pytest.raises(DataError, match="'x' has values of two kinds"):
        read_examples(folder, ["train"])


def test_splits_must_add_up() -> None:
    with pytest.raises(ValueError, match="2 rows in splits, 1 held"):
        Examples(pa.table({"x": [1]}), {"train": 2})
