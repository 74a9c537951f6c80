"""Every bad CSV file is refused with its place, what was expected, and the fix."""

from __future__ import annotations

import bz2
import functools
import gzip
import pickle
from dataclasses import dataclass
from pathlib import Path

import pytest

from tidegate.columnar.byte_stream import CHUNK
from tidegate.columnar.csv_blocks import LONGEST_RECORD
from tidegate.columnar.csv_file import read_blocks, verify
from tidegate.errors import DataError, ExitCode, Problems, TidegateError

# Without the time of day, so that every worker names its tests alike.
GZIP = functools.partial(gzip.compress, mtime=0)

GOOD = b"id,name\n1,Ann\n2,Bob\n"


@dataclass(frozen=True)
class Bad:
    """A bad file, and what must be said about it."""

    content: bytes
    where: str
    says: tuple[str, ...]
    name: str = "in.csv"


CORPUS = {
    "empty": Bad(b"", "in.csv", ("empty", "0 bytes")),
    "empty gz": Bad(GZIP(b""), "in.csv.gz", ("empty",), "in.csv.gz"),
    "header only": Bad(b"id,name\n", "in.csv:1", ("no rows", "2 columns")),
    "header without newline": Bad(b"id,name", "in.csv:1", ("no rows",)),
    "header and blank lines": Bad(b"id,name\n\n\r\n\n", "in.csv:1", ("no rows",)),
    "blank first line": Bad(b"\n" + GOOD, "in.csv:1", ("no name",)),
    "duplicate names": Bad(
        b"id,name,id\n1,a,2\n", "in.csv:1", ("twice", "'id'", "columns 1 and 3")
    ),
    "empty name": Bad(b",name\n1,Ann\n", "in.csv:1", ("no name", "column 1")),
    "spaces around a name": Bad(b"id, name\n1,Ann\n", "in.csv:1", ("' name'",)),
    "UTF-8 mark": Bad(b"\xef\xbb\xbf" + GOOD, "in.csv:1", ("UTF-8", "sed -i")),
    "UTF-8 mark in gz": Bad(
        GZIP(b"\xef\xbb\xbf" + GOOD),
        "in.csv.gz:1",
        ("UTF-8 byte-order mark", "without a byte-order mark"),
        "in.csv.gz",
    ),
    "UTF-16": Bad(
        GOOD.decode().encode("utf-16"), "in.csv:1", ("UTF-16", "iconv -f UTF-16")
    ),
    "UTF-16 without mark": Bad(
        GOOD.decode().encode("utf-16-le"), "in.csv:1", ("NUL", "UTF-16")
    ),
    "Latin-1": Bad(
        b"id,name\n1,Ann\n2,Jos\xe9\n",
        "in.csv:3, column 'name'",
        ("not UTF-8", "0xE9", "'é'", "iconv -f LATIN1 -t UTF-8 in.csv"),
    ),
    "Windows-1252": Bad(
        b"id,name\n1,\x93Ann\n", "in.csv:2", ("0x93", "iconv -f WINDOWS-1252")
    ),
    "Latin-1 in the header": Bad(b"id,pr\xe9nom\n1,Ann\n", "in.csv:1", ("0xE9",)),
    "NUL": Bad(b"id,name\n1,Ann\n2,B\0b\n", "in.csv:3, column 'name'", ("NUL",)),
    "too few fields": Bad(
        b"id,name\n1,Ann\n2\n3,Cid\n4\n",
        "in.csv:3",
        ("2 rows have too few", "2 fields", "line 3: 1, line 5: 1"),
    ),
    "too many fields": Bad(
        b"id,name\n1,Ann\n2,Bob,x\n", "in.csv:3", ("1 row has too many", "line 3: 3")
    ),
    "both": Bad(
        b"id,name\n1\n2,b,c\n", "in.csv:2", ("2 rows have too few or too many",)
    ),
    "many wrong rows": Bad(
        b"id,name\n" + b"1\n" * 12, "in.csv:2", ("12 rows", "and 7 more")
    ),
    "lines after blank and quoted ones": Bad(
        b'id,name\n\n1,"two\nlines"\r\n\n2\n', "in.csv:6", ("line 6: 1",)
    ),
    "open quote": Bad(
        b'id,name\n1,Ann\n2,"Bob\n3,Cid\n', "in.csv:3", ("never closed", "line 3")
    ),
    "open quote in the header": Bad(b'id,"name\n1,Ann\n', "in.csv:1", ("never",)),
    "open quote that another closes": Bad(
        b'id,name\n1,"Ann\n2,"Bob"\n',
        "in.csv:3",
        ("text follows a closing quote", "opened on line 2"),
    ),
    "quote inside a field": Bad(
        b'id,name\n1,5" pipe, 7" tube\n', "in.csv:2", ("inside a field", "RFC 4180")
    ),
    "carriage returns alone": Bad(
        b"id,name\r1,Ann\r2,Bob\r", "in.csv:1", ("carriage return", "tr ")
    ),
    "carriage return in a row": Bad(
        b"id,name\n1,Ann\n2,B\rb\n", "in.csv:3", ("carriage return",)
    ),
    "gz cut short": Bad(
        GZIP(GOOD * 999)[:60], "in.csv.gz", ("cut short",), "in.csv.gz"
    ),
    "gz without trailer": Bad(
        GZIP(GOOD)[:-8], "in.csv.gz", ("cut short",), "in.csv.gz"
    ),
    "gz with half a trailer": Bad(
        GZIP(GOOD)[:-3], "in.csv.gz", ("cut short",), "in.csv.gz"
    ),
    "gz second member cut short": Bad(
        GZIP(GOOD) + GZIP(GOOD)[:-9],
        "in.csv.gz",
        ("cut short",),
        "in.csv.gz",
    ),
    "gz with a wrong checksum": Bad(
        GZIP(GOOD)[:-8] + bytes(8), "in.csv.gz", ("corrupt",), "in.csv.gz"
    ),
    "gz with something behind": Bad(
        GZIP(GOOD) + b"what?", "in.csv.gz", ("follows",), "in.csv.gz"
    ),
    "gz that is none": Bad(
        GOOD, "in.csv.gz", ("not compressed", "drop .gz"), "in.csv.gz"
    ),
    "bz2 cut short": Bad(
        bz2.compress(GOOD)[:-4], "in.csv.bz2", ("cut short",), "in.csv.bz2"
    ),
    "bz2 corrupt": Bad(
        bz2.compress(GOOD)[:20] + b"\xff" * 30, "in.csv.bz2", ("corrupt",), "in.csv.bz2"
    ),
    "bz2 with something behind": Bad(
        bz2.compress(GOOD) + b"what?", "in.csv.bz2", ("follows",), "in.csv.bz2"
    ),
    "gz named csv": Bad(GZIP(GOOD), "in.csv:1", ()),
}


@pytest.fixture(params=list(CORPUS.values()), ids=list(CORPUS))
def bad(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Bad]:
    """Each bad file of the corpus, written."""
    case: Bad = request.param
    path = tmp_path / case.name
    path.write_bytes(case.content)
    return path, case


def test_verify_names_the_place_and_the_fix(bad: tuple[Path, Bad]) -> None:
    path, case = bad
    with pytest.raises(DataError) as caught:
        verify([path])
    error = caught.value
    assert error.exit_code is ExitCode.TESTS_FAILED
    assert error.where is not None
    assert error.where.startswith(f"{path.parent}/{case.where}")
    assert error.expected
    assert error.got
    assert error.fix
    for text in case.says:
        assert text in str(error)


def test_reading_refuses_what_verify_refuses(bad: tuple[Path, Bad]) -> None:
    path, _ = bad
    with pytest.raises(TidegateError) as verified:
        verify([path])
    with pytest.raises(TidegateError) as read:
        list(read_blocks(path))
    assert str(read.value) == str(verified.value)


def test_a_refusal_survives_pickling(bad: tuple[Path, Bad]) -> None:
    path, _ = bad
    with pytest.raises(TidegateError) as caught:
        verify([path])
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize(
    ("content", "name", "rows"),
    [
        (GOOD, "in.csv", 2),
        (GOOD[:-1], "in.csv", 2),
        (GOOD.replace(b"\n", b"\r\n"), "in.csv", 2),
        (GOOD.replace(b"\n", b"\r\n")[:-2], "in.csv", 2),
        (b'id,"na,me"\n1,"a\nb ""c"""\n"",""\n', "in.csv", 2),
        (b"id\n1\n\n2\n", "in.csv", 2),
        (GZIP(GOOD) + GZIP(b"3,Cid\n"), "in.csv.gz", 3),
        (GZIP(GOOD) + bytes(512), "in.csv.gz", 2),
        (bz2.compress(GOOD) + bz2.compress(b"3,Cid\n"), "in.csv.bz2", 3),
    ],
)
def test_a_good_file_is_read_whole(
    content: bytes, name: str, rows: int, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert verify([path]) == [rows]
    assert sum(block.batch.num_rows for block in read_blocks(path)) == rows


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    contents = {
        "1.csv": GOOD,
        "2.csv": b"",
        "3.csv": b"id,name\n1\n" + GOOD[8:] * (CHUNK // 12) + b"2,J\xe9\n",
        "4.csv": b"id,nmae\n1,Ann\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(Problems) as caught:
        verify(sorted(tmp_path.iterdir()))
    text = str(caught.value)
    assert caught.value.exit_code is ExitCode.TESTS_FAILED
    for expected in ("2.csv: the file is empty", "3.csv:2: 1 row", "0xE9"):
        assert expected in text
    assert "rename 'nmae' to 'name'" in text


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (b"id\n1\n", "missing 'name'"),
        (b"id,name,age\n1,a,2\n", "extra 'age'"),
        (b"name,id\na,1\n", "another order"),
        (b"id,label\n1,a\n", "rename 'label' to 'name' if it is the same"),
    ],
)
def test_headers_must_agree(header: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(GOOD)
    (tmp_path / "b.csv").write_bytes(header)
    with pytest.raises(DataError, match=says) as caught:
        verify([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert caught.value.where == f"{tmp_path}/b.csv:1"
    assert caught.value.fix


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file") as caught:
        verify([tmp_path / "gone.csv"])
    assert caught.value.exit_code is ExitCode.TESTS_FAILED


def test_an_open_quote_does_not_hold_the_whole_file_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b'id,name\n1,"Ann\n' + b"2,Bob\n" * (LONGEST_RECORD // 4))
    with pytest.raises(DataError, match="never closed") as caught:
        verify([path])
    assert caught.value.where == f"{path}:2"
