"""Data of any format open as one shape; their rows, lines and types are right."""

from __future__ import annotations

import csv
import datetime
import io
import pickle
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hostile.corpus import (
    GZIP,
    artifact,
    examples,
    framed,
    parquet_bytes,
)

from tidegate.columnar import csv_blocks
from tidegate.columnar.csv_dataset import CsvDataset
from tidegate.columnar.dataset import Batch, Dataset, StartAgain
from tidegate.columnar.examples import read_examples
from tidegate.columnar.inference import ColumnType, value_type
from tidegate.columnar.open_data import open_artifact, open_dataset
from tidegate.columnar.table_dataset import TableDataset
from tidegate.errors import DataError, TidegateError, UsageError

QUICK = settings(
    deadline=None, max_examples=25, suppress_health_check=list(HealthCheck)
)
CELLS = st.sampled_from(
    [
        "",
        "0",
        "+7",
        " 7",
        "1_0",
        "0x1F",
        "1.5",
        "1e400",
        "nan",
        "nan(1)",
        "-inf",
        "NA",
        "007",
        "é",
        "a,b\n",
        '"',
        *f"9223372036854775807 9223372036854775808 {'1' * 30}".split(),
    ]
)
TEXTS = st.text(
    st.characters(blacklist_characters="\0\r", blacklist_categories=["Cs"]), max_size=8
)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few rows, so that small files have several."""
    monkeypatch.setattr("tidegate.columnar.byte_stream.CHUNK", 40)
    monkeypatch.setattr(csv_blocks, "ROWS", 2)


def settled(dataset: Dataset) -> tuple[Dataset, list[Batch]]:
    """The data set and its batches, after at most one restart."""
    try:
        return dataset, list(dataset.batches())
    except StartAgain as again:
        return again.dataset, list(again.dataset.batches())


def rows_of(batches: list[Batch]) -> list[dict[str, object]]:
    return [row for batch in batches for row in batch.table.to_pylist()]


def lines_of(batch: Batch) -> list[int]:
    return [] if batch.lines is None else batch.lines.tolist()


def as_csv(rows: list[list[str]]) -> bytes:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerows(rows)
    return sink.getvalue().encode()


@QUICK
@given(
    st.lists(st.lists(CELLS | TEXTS, min_size=2, max_size=2), min_size=1, max_size=12)
)
def test_types_are_the_highest_of_all_cells(
    small_blocks: None, rows: list[list[str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        half = len(rows) // 2 + 1
        for name, part in (("a.csv", rows[:half]), ("b.csv", rows[half:])):
            if part:
                content = as_csv([["x", "y"], *part])
                (Path(folder) / name).write_bytes(content)
        opened = open_dataset(folder)
        dataset, batches = settled(opened)
        assert isinstance(dataset, CsvDataset)
        assert dataset.types == {
            name: max(value_type(row[place]) for row in rows)
            for place, name in enumerate("xy")
        }
        assert sum(batch.rows for batch in batches) == len(rows)
        if dataset is opened:  # No restart: the batches were read in these types.
            kinds = {str(f.type) for batch in batches for f in batch.table.schema}
            assert kinds <= {"int64", "float", "large_string", "null"}
        schemas = {batch.table.schema for batch in batches}
        assert len(schemas) == 1


@QUICK
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=10))
def test_text_comes_back_with_its_lines(
    small_blocks: None, rows: list[tuple[str, str]]
) -> None:
    # A first cell that is text keeps the types of both columns text.
    table = [["x", "y"], ["text", "text"], *map(list, rows)]
    lines, line = [], 1
    for row in table:
        lines.append(line)
        line += as_csv([row]).count(b"\n")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "in.csv"
        file.write_bytes(as_csv(table))
        _, batches = settled(open_dataset(str(file)))
    read = [[row["x"] or "", row["y"] or ""] for row in rows_of(batches)]
    assert read == table[1:]
    told = [line for batch in batches for line in lines_of(batch)]
    assert told == lines[1:]


@QUICK
@given(
    st.binary(max_size=200),
    st.sampled_from(["a.csv", "a.csv.gz", "a.csv.bz2", "a.parquet", "a.tfrecord"]),
    st.sampled_from(
        [b"", b"id,x\n", b"PAR1", b"\x1f\x8b\x08\0\0\0\0\0\0\xff", b"BZh9"]
    ),
)
def test_arbitrary_bytes_are_rows_or_refused(
    content: bytes, name: str, head: bytes
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(head + content)
        error = None
        try:
            settled(open_dataset(str(file)))
        except TidegateError as refused:
            error = refused
    if error is not None:
        assert error.exit_code == 1
        assert name in str(error)


ROWS = b"id,x\n" + b"".join(b"%d,%d\n" % (i, i) for i in range(99))
HONEST = {
    "a.csv.gz": (
        GZIP(b"id,x\n" + b"".join(b"%d,%d\n" % (i, i) for i in range(99))),
        99,
    ),
    "a.tfrecord": (framed(examples(30)), 30),
    "a.tfrecord.gz": (GZIP(framed(examples(30))), 30),
    "a.parquet": (parquet_bytes(pa.table({"id": list(range(60))})), 60),
}


@settings(QUICK, max_examples=60)
@given(st.sampled_from(sorted(HONEST)), st.data())
def test_damage_never_loses_rows_silently(name: str, data: st.DataObject) -> None:
    content, rows = HONEST[name]
    cut = data.draw(st.integers(0, len(content)))
    flip = data.draw(st.none() | st.integers(0, len(content) - 1))
    if flip is not None:
        changed = bytearray(content)
        changed[flip] ^= 1 << data.draw(st.integers(0, 7))
        damaged = bytes(changed)
    else:
        damaged = content[:cut]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(damaged)
        try:
            _, batches = settled(open_dataset(str(file)))
        except DataError:
            return
    got = sum(batch.rows for batch in batches)
    # Plain records have no count: a cut between two of them cannot be seen.
    assert got == rows or (name == "a.tfrecord" and flip is None and got <= rows)


def test_a_wider_cell_starts_again_once(tmp_path: Path, small_blocks: None) -> None:
    (tmp_path / "a.csv").write_bytes(b"x\n" + b"1\n" * 50 + b"1.5\n" * 50)
    (tmp_path / "b.csv").write_bytes(b"x\n" + b"1\n" * 50 + b"text\n")
    opened = open_dataset(str(tmp_path))
    with pytest.raises(StartAgain) as again:
        list(opened.batches())
    dataset, batches = settled(again.value.dataset)
    assert dataset is again.value.dataset
    assert {batch.table.schema.field("x").type for batch in batches} == {
        pa.large_string()
    }
    assert rows_of(batches)[0] == {"x": "1"}


def test_given_types_are_taken_where_cells_fit(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x,y,z\n1,text,\n2,b,\n")
    given_types = dict.fromkeys("xyz", ColumnType.FLOAT)
    opened = open_dataset(str(tmp_path / "a.csv"), types=given_types)
    assert [row["x"] for row in rows_of(list(opened.batches()))] == [1.0, 2.0]
    types = next(opened.batches()).table.schema.types
    assert types == [pa.float32(), pa.large_string(), pa.float32()]


def test_numbers_of_rows_go_on_from_batch_to_batch(
    tmp_path: Path, small_blocks: None
) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(b"x\n" + b"1\n" * 60)
    batches = list(open_dataset(str(tmp_path)).batches())
    assert len(batches) > 4
    for part in (0, 1):
        ends = 0
        for batch in (one for one in batches if one.part == part):
            assert batch.start == ends
            ends += batch.rows
        assert ends == 60


@pytest.mark.parametrize(
    ("pattern", "span", "chosen", "rows"),
    [
        ("s-{SPAN}/*.csv", None, 12, 4),
        ("s-{SPAN}/*.csv", 2, 2, 2),
        ("s-{SPAN}", None, 12, 4),
        ("s-{SPAN:2}/a.csv", None, 12, 4),
        ("v-{SPAN}-{VERSION}.csv", None, 3, 11),
        ("v-{SPAN}-{VERSION}.csv", 1, 1, 3),
        ("d-{YYYY}-{MM}-{DD}.csv", None, 15706, 6),
        ("d-{YYYY}-{MM}-{DD}.csv", 15705, 15705, 5),
    ],
)
def test_a_span_is_chosen(
    tmp_path: Path, pattern: str, span: int | None, chosen: int, rows: int
) -> None:
    made = {"s-2/a": 2, "s-12/a": 4, "v-1-1": 1, "v-1-3": 3, "v-3-2": 7, "v-3-10": 11}
    made |= {"d-2012-12-31": 5, "d-2013-01-01": 6}
    for name, count in made.items():
        file = tmp_path / f"{name}.csv"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x\n" + b"1\n" * count)
    opened = open_dataset(pattern, base=tmp_path, span=span)
    assert opened.span == chosen
    assert sum(batch.rows for batch in opened.batches()) == rows


@pytest.mark.parametrize(
    ("data", "span", "says"),
    [
        ("s-{SPAN}.csv", 9, "span 9 is not there"),
        ("t-{SPAN}.csv", None, "no span"),
        ("s-{SPAN}-{SPAN}.csv", None, "makes no sense"),
        ("s-{VERSION}.csv", None, "makes no sense"),
        ("s-{YYYY}.csv", None, "makes no sense"),
        ("s-1.csv", 3, "no path has a place"),
        ("u-{SPAN}.csv", None, "two names"),
        ("d-{YYYY}-{MM}-{DD}.csv", None, "not with a date"),
        (["s-{SPAN}.csv", "w-{SPAN}.csv"], None, "no span is there for all"),
    ],
)
def test_a_span_that_cannot_be_is_refused(
    tmp_path: Path, data: str | list[str], span: int | None, says: str
) -> None:
    made = ("s-1", "u-1", "u-01", "w-2", "w-3", "d-2013-01-01", "d-2013-02-31")
    for name in (f"{one}.csv" for one in made):
        (tmp_path / name).write_bytes(b"x\n1\n")
    with pytest.raises(UsageError, match=says):
        open_dataset(data, base=tmp_path, span=span)


@pytest.mark.parametrize("folder", ["gone", "half"])
def test_a_folder_without_splits_is_no_empty_data_set(
    tmp_path: Path, folder: str
) -> None:
    (tmp_path / "half" / ".unfinished" / "Split-train").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"no examples|no such file"):
        open_artifact(tmp_path / folder)


def test_parquet_has_what_an_example_can_hold(tmp_path: Path) -> None:
    moment = datetime.datetime(2013, 1, 2, 3, 4, 5, 120_000, datetime.timezone.utc)
    table = pa.table(
        {
            "day": pa.array([datetime.date(2013, 1, 2), None]),
            "at": pa.array([moment, moment.replace(microsecond=0)]),
            "local": pa.array([moment.replace(tzinfo=None, microsecond=0), None]),
            "flag": [True, None],
            "code": pa.array(["a", None]).dictionary_encode(),
            "many": pa.array([[1, 2], None], pa.list_(pa.int16())),
            "raw": pa.array([b"\xff", None]),
            "double": [0.1, None],
        }
    )
    (tmp_path / "a.parquet").write_bytes(parquet_bytes(table))
    (batch,) = open_dataset(str(tmp_path / "a.parquet")).batches()
    assert batch.table.to_pydict() == {
        "day": ["2013-01-02", None],
        "at": ["2013-01-02T03:04:05.12Z", "2013-01-02T03:04:05Z"],
        "local": ["2013-01-02T03:04:05", None],
        "flag": [1, None],
        "code": ["a", None],
        "many": [[1, 2], None],
        "raw": [b"\xff", None],
        "double": [float(np.float32(0.1)), None],
    }


@pytest.mark.parametrize(
    "lists", [[[1, None, 3]], [["a"], [None]], [[None], []]], ids=repr
)
def test_a_missing_value_in_a_list_is_no_zero(
    tmp_path: Path, lists: list[list[object]]
) -> None:
    (tmp_path / "a.parquet").write_bytes(parquet_bytes(pa.table({"x": lists})))
    with pytest.raises(DataError, match="'x' cannot be held") as caught:
        list(open_dataset(str(tmp_path / "a.parquet")).batches())
    assert "missing value" in str(caught.value.got)
    assert "fill it" in str(caught.value.fix)


def test_examples_are_named_by_source_line(tmp_path: Path) -> None:
    artifact(200, 3)(tmp_path)
    opened = open_dataset(str(tmp_path))
    assert opened.splits == ("train",)
    batches = list(opened.batches())
    lines = [line for batch in batches for line in lines_of(batch)]
    assert lines == list(range(2, 202))
    assert batches[2].sources.to_pylist()[-1] == "a.csv"
    # A part alone, as on another machine, has the same lines.
    (alone,) = open_dataset(str(tmp_path)).batches(1)
    assert alone.lines is not None
    assert alone.lines[0] == 2 + 67


def test_examples_in_memory_are_the_same_rows(tmp_path: Path) -> None:
    artifact(200)(tmp_path)
    held = TableDataset.of(read_examples(tmp_path, ["train"]))
    ((memory,), (file,)) = held.batches(), open_dataset(str(tmp_path)).batches()
    assert memory.table.equals(file.table)
    assert memory.lines is not None
    assert file.lines is not None
    assert memory.lines.tolist() == file.lines.tolist()


@pytest.fixture(params=["a.csv", "a.parquet", "a.tfrecord"])
def honest(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    content = {
        "a.csv": b"id,name\n" + b"1,x\n" * 200,
        "a.parquet": parquet_bytes(pa.table({"id": [1] * 200, "name": ["x"] * 200})),
        "a.tfrecord": framed(examples()),
    }[request.param]
    (tmp_path / request.param).write_bytes(content)
    return tmp_path / request.param


def test_a_data_set_can_be_sent_to_another_process(honest: Path) -> None:
    opened = open_dataset(str(honest))
    before = rows_of(list(opened.batches()))
    sent = pickle.loads(pickle.dumps(opened))
    assert rows_of(list(sent.batches())) == before
    assert len(before) == 200
