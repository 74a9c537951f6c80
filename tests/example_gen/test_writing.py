"""CSV files become splits of examples, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.columnar import byte_stream
from tidegate.columnar.examples import read_examples
from tidegate.columnar.open_data import open_dataset
from tidegate.columnar.provenance import Provenance
from tidegate.errors import DataError, Problems, UsageError
from tidegate.example_gen import writing
from tidegate.example_gen.fingerprint import fingerprint
from tidegate.example_gen.splits import HashSplit
from tidegate.example_gen.value_splits import ColumnSplit

SPLITS = {"train": 2, "eval": 1}
ROWS = 300


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two CSV files; a number in the first is text in the second."""
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path, odd in zip(paths, ("7", "x"), strict=True):
        rows = [f"{path.stem}{i},{i},{i / 2},,{odd}\n" for i in range(ROWS)]
        path.write_text("id,n,half,none,odd\n\n" + "".join(rows))
    return paths


@pytest.mark.parametrize("chunk", [512, byte_stream.CHUNK])
def test_every_row_is_in_one_split_with_its_line(
    files: list[Path], tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(byte_stream, "CHUNK", chunk)
    written = write(files, tmp_path / "out")
    read = read_examples(tmp_path / "out", list(SPLITS))
    assert all(map(is_rising, read.provenance.values()))
    assert read.splits == written.rows
    assert read.table.num_rows == 2 * ROWS
    for row, (name, number) in enumerate(
        zip(read.table["id"].to_pylist(), read.table["n"].to_pylist(), strict=True)
    ):
        # The header is line 1 and a blank line follows it.
        assert str(read.place(row)) == f"{name[0]}.csv:{number + 3}"


def write(files: list[Path], folder: Path) -> writing.Written:
    """Writes the files as examples."""
    dataset = open_dataset([str(path) for path in files])
    return writing.write_examples(dataset, folder, SPLITS)


def is_rising(rows: Provenance) -> bool:
    """True if the rows are in the order of the files."""
    places = list(zip(rows.file_index.tolist(), rows.lines.tolist(), strict=True))
    return places == sorted(places)


def test_types_hold_for_all_files(files: list[Path], tmp_path: Path) -> None:
    write(files, tmp_path)
    types = read_examples(tmp_path, list(SPLITS)).table.schema
    assert {field.name: str(field.type) for field in types} == {
        "id": "large_string",
        "n": "int64",
        "half": "float",
        "none": "null",
        "odd": "large_string",
    }


def test_the_same_data_give_the_same_bytes(files: list[Path], tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(files, tmp_path / name)
    one, two = (
        [p.read_bytes() for p in sorted((tmp_path / name).rglob("*")) if p.is_file()]
        for name in ("one", "two")
    )
    assert one == two


def test_all_bad_files_are_told(files: list[Path], tmp_path: Path) -> None:
    files[0].write_text("id,n,half,none,odd\n1,2\n")
    files[1].write_text("id,n,half,none\n1,2,3\n")
    with pytest.raises(Problems) as caught:
        write(files, tmp_path / "out")
    assert len(caught.value.errors) == 3
    assert not list(tmp_path.glob("out/*"))


def test_a_split_without_rows_is_refused(files: list[Path], tmp_path: Path) -> None:
    files[0].write_text("id\n1\n")
    with pytest.raises(DataError, match="would be empty"):
        write(files[:1], tmp_path / "out")
    assert not list(tmp_path.glob("out/*"))


def test_a_rule_is_held_against_the_types_of_all_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first rows alone show whole numbers, which no text of the rule matches."""
    path = tmp_path / "a.csv"
    monkeypatch.setattr(byte_stream, "CHUNK", 512)
    path.write_text("zip\n" + "10001\n" * 4000 + "1A\n")
    splits = ColumnSplit("zip", train=["10001"], eval=["1A"])
    dataset = open_dataset(str(path))
    written = writing.write_examples(dataset, tmp_path / "out", splits)
    assert written.rows == {"train": 4000, "eval": 1}


def test_a_run_that_breaks_leaves_no_split(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "write_provenance", broken)
    with pytest.raises(KeyboardInterrupt):
        write(files, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_rows_are_split_by_their_bytes_alone() -> None:
    records = [str(i).encode() for i in range(3000)]
    split = HashSplit(a=1, b=3)
    places = split.of_keys(records)
    assert list(split.of_keys(records[::-1])) == list(places[::-1])
    assert 600 < (places == 0).sum() < 900


@pytest.mark.parametrize(
    "splits", [{}, {"": 1}, {"a/b": 1}, {"train": 0}, {"train": True}, {"train": 1.5}]
)
def test_splits_that_cannot_be_used_are_refused(splits: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="splits") as caught:
        HashSplit(splits)
    assert caught.value.fix


def test_a_fingerprint_sees_every_change(files: list[Path]) -> None:
    first = fingerprint(files)
    assert fingerprint(files) == first
    content = files[1].read_text()
    files[1].write_text(content.replace("b7,", "b8,", 1))
    assert fingerprint(files) != first
    files[1].write_text(content)
    assert fingerprint(files) == first
    assert fingerprint(files[:1]) != first
    renamed = files[1].rename(files[1].with_name("c.csv"))
    assert fingerprint([files[0], renamed]) != first
