"""Beam writes the same examples into the same splits, or tells the same faults."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import apache_beam as beam
import pyarrow as pa
import pytest
from tests.hostile.corpus import examples, framed, parquet_bytes

from tidegate.columnar.open_data import open_artifact
from tidegate.columnar.twin_dataset import TwinDataset
from tidegate.errors import DataError, Problems
from tidegate.example_gen.inputs import find_inputs
from tidegate.example_gen.on_beam import write_on_beam
from tidegate.example_gen.splits import HashSplit, Splits
from tidegate.example_gen.value_splits import ColumnSplit
from tidegate.example_gen.writing import write_examples

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


def pipeline() -> beam.Pipeline:
    """An empty pipeline."""
    return beam.Pipeline(runner=RUNNER)


def rows_of(folder: Path) -> Counter[tuple[str, ...]]:
    """The rows with split, source file and line, counted."""
    dataset = open_artifact(folder)
    assert isinstance(dataset, TwinDataset)
    found: Counter[tuple[str, ...]] = Counter()
    for batch in dataset.batches():
        split = dataset.parts[batch.part].split
        assert batch.lines is not None
        assert batch.sources is not None
        places = zip(batch.sources.to_pylist(), batch.lines.tolist(), strict=True)
        for row, place in zip(batch.table.to_pylist(), places, strict=True):
            found[(split, *map(repr, row.items()), *map(str, place))] += 1
    return found


def csv(folder: Path) -> None:
    """Three files; only the last shows that a column is text."""
    for name, cell in (("a", "1"), ("b", "2.5"), ("c", "x")):
        rows = "".join(f"{name}{i},{cell},{i}\n" for i in range(40))
        (folder / f"{name}.csv").write_text(f"id,odd,n\n{rows}")


def parquet(folder: Path) -> None:
    for name in "ab":
        table = pa.table({"id": list(range(30)), "odd": [None, 1, 2] * 10})
        (folder / f"{name}.parquet").write_bytes(parquet_bytes(table))


def records(folder: Path) -> None:
    for name in "ab":
        (folder / f"{name}.tfrecord").write_bytes(framed(examples(30)))


@pytest.mark.parametrize(
    ("make", "splits"),
    [
        (csv, HashSplit(train=2, eval=1)),
        # Of each file, one split has no rows.
        (csv, ColumnSplit("odd", train=["1", "x"], eval=["2.5"])),
        (parquet, HashSplit({"train": 2, "eval": 1})),
        (records, HashSplit({"train": 2, "eval": 1})),
    ],
    ids=["csv", "csv by value", "parquet", "records"],
)
def test_beam_writes_the_same_examples(make, splits: Splits, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    data = tmp_path / "data"
    data.mkdir()
    make(data)
    inputs = find_inputs(str(data), Path())
    here, there = tmp_path / "here", tmp_path / "there"
    one = write_examples(inputs.open(), here, splits)
    assert write_on_beam(inputs.open(), there, splits, pipeline) == one
    assert rows_of(there) == rows_of(here)
    assert not list(there.glob(".*"))


def test_all_bad_files_are_told(tmp_path: Path) -> None:
    csv(tmp_path)
    for name in "ab":
        with open(tmp_path / f"{name}.csv", "a") as stream:
            stream.write("1,2\n")
    dataset = find_inputs(str(tmp_path), Path()).open()
    out = tmp_path / "out"
    with pytest.raises((DataError, Problems)) as caught:
        write_on_beam(dataset, out, HashSplit(train=1), pipeline)
    assert "a.csv:42" in str(caught.value)
    assert "b.csv:42" in str(caught.value)
    assert str(caught.value).count("a.csv:42") == 1
    assert not list(out.iterdir())
