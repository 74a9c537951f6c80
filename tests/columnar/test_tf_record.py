"""TFRecord files are read whole or refused with the record's number."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pytest

from tidegate.columnar.tf_record import RecordWriter, read_records, write_records
from tidegate.errors import DataError

RECORDS = [b"first", b"", b"third" * 100]
# The first record, as TensorFlow writes it.
FRAMED = bytes.fromhex("0500000000000000ea b2043e".replace(" ", "")) + b"first"


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "plain"])
@pytest.mark.parametrize("name", ["x.gz", "x"])
def test_records_come_back(tmp_path: Path, name: str, packed: bool) -> None:
    path = write_records(tmp_path / "w.gz", RECORDS)
    content = path.read_bytes()
    if not packed:
        content, name = gzip.decompress(content), "plain"
    (tmp_path / name).write_bytes(content)
    assert list(read_records(tmp_path / name)) == RECORDS


def test_the_framing_is_that_of_the_format(tmp_path: Path) -> None:
    path = write_records(tmp_path / "w.gz", RECORDS[:1])
    assert gzip.decompress(path.read_bytes())[: len(FRAMED)] == FRAMED


@pytest.mark.parametrize(
    ("place", "says", "record"),
    [(0, "length", 1), (14, "content", 1), (21, "length", 2)],
)
def test_a_changed_byte_is_found(
    tmp_path: Path, place: int, says: str, record: int
) -> None:
    content = bytearray(plain(tmp_path))
    content[place] ^= 1
    with pytest.raises(DataError, match=f"record's {says}") as caught:
        list(read_records(written(tmp_path, bytes(content))))
    assert caught.value.where == f"{tmp_path}/bad, record {record}"


@pytest.mark.parametrize(
    ("places", "says", "record"),
    [
        ([21 * 2], "length", 3),
        ([21 * 2 + 8], "length", 3),
        ([21 * 2 + 12], "content", 3),
        ([21 * 3 - 1], "content", 3),
        ([21 * 3 + 13, 21 * 4], "content", 4),
        ([21 * 3 + 13, 21 * 5 + 13], "content", 4),
    ],
    ids=str,
)
def test_the_first_of_many_like_records_that_is_damaged_is_named(
    tmp_path: Path, places: list[int], says: str, record: int
) -> None:
    path = write_records(tmp_path / "w.gz", [b"alike"] * 9)
    content = bytearray(gzip.decompress(path.read_bytes()))
    for place in places:
        content[place] ^= 1
    with pytest.raises(DataError, match=f"record's {says}") as caught:
        list(read_records(written(tmp_path, bytes(content))))
    assert caught.value.where == f"{tmp_path}/bad, record {record}"


@pytest.mark.parametrize("cut", [5, 12, 18, 25])
def test_a_cut_inside_a_record_is_found(tmp_path: Path, cut: int) -> None:
    content = plain(tmp_path)
    with pytest.raises(DataError, match="ends inside a record"):
        list(read_records(written(tmp_path, content[:cut])))


def test_an_impossible_length_is_not_believed(tmp_path: Path) -> None:
    content = struct.pack("<QI", 1 << 60, 0) + b"x"
    with pytest.raises(DataError, match="length"):
        list(read_records(written(tmp_path, content)))


@pytest.mark.parametrize("name", ["cut.gz", "cut"])
def test_a_gzip_without_its_end_is_refused(tmp_path: Path, name: str) -> None:
    content = write_records(tmp_path / "w.gz", RECORDS).read_bytes()
    (tmp_path / name).write_bytes(content[:-8])
    with pytest.raises(DataError):
        list(read_records(tmp_path / name))


def test_nothing_is_left_of_a_write_that_failed(tmp_path: Path) -> None:
    def break_midway() -> None:
        with RecordWriter(tmp_path / "w.gz") as writer:
            writer.write(RECORDS)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_midway()
    assert not list(tmp_path.iterdir())


def plain(folder: Path) -> bytes:
    return gzip.decompress(write_records(folder / "w.gz", RECORDS).read_bytes())


def written(folder: Path, content: bytes) -> Path:
    path = folder / "bad"
    path.write_bytes(content)
    return path
