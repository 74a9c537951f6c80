"""Files that have been seen to break readers, each with how it must end.

Every file is made anew from a few lines, so none stands in the repository. A
user of the corpus calls `make` with an empty folder and gives what it returns
to a command, a component or a reader as its data.
"""

from __future__ import annotations

import bz2
import functools
import gzip
import io
import json
import os
import random
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from tidegate.columnar.provenance import Provenance, write_provenance
from tidegate.columnar.tf_example import encode, records
from tidegate.columnar.tf_record import write_records
from tidegate.errors import ExitCode

Make = Callable[[Path], list[str]]
# Without the time of day, so that a file is the same each time.
GZIP = functools.partial(gzip.compress, mtime=0)
REFUSED = ExitCode.TESTS_FAILED
USAGE = ExitCode.USAGE
SECURITY = ExitCode.SECURITY
PASS = ExitCode.OK


@dataclass(frozen=True)
class Hostile:
    """A broken or strange file.

    Attributes:
        name: What is strange about it; unique.
        make: Writes it into a folder and returns the data arguments.
        ending: PASS for an honest file with a strange look, which must be read
            to its last row; else the exit code of the refusal.
        says: A word that the message of the refusal must have.
        rows: Rows of an honest file.
        kind: Format that its name claims: csv, parquet, tfrecord or paths.
        root_reads: True where a file's permissions keep out all but root.
    """

    name: str
    make: Make
    ending: ExitCode
    says: str = ""
    rows: int = 0
    kind: str = "csv"
    root_reads: bool = False


CORPUS: list[Hostile] = []

GOOD = b"id,name\n1,Ann\n2,Bob\n3,Cid\n"
MANY = b"id,name\n" + b"".join(b"%d,name %d\n" % (i, i * 7919) for i in range(5000))


def file(name: str, content: bytes | Callable[[], bytes]) -> Make:
    """Writes one file."""

    def make(folder: Path) -> list[str]:
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        with open(path, "wb") as stream:
            stream.write(content() if callable(content) else content)
        return [os.fsdecode(path)]

    return make


def folder_of(files: dict[str, bytes]) -> Make:
    """Writes several files and names their folder."""

    def make(folder: Path) -> list[str]:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return [str(folder)]

    return make


def _csv(
    name: str,
    content: bytes | Callable[[], bytes],
    says: str = "",
    *,
    rows: int | None = None,
    file_name: str = "in.csv",
) -> None:
    ending = REFUSED if rows is None else PASS
    CORPUS.append(Hostile(name, file(file_name, content), ending, says, rows or 0))


def _paths(
    name: str, make: Make, ending: ExitCode, says: str = "", rows: int = 0
) -> None:
    CORPUS.append(Hostile(name, make, ending, says, rows, "paths"))


def _wide(columns: int, rows: int) -> bytes:
    head = ",".join(f"c{i}" for i in range(columns))
    body = ",".join(str(i) for i in range(columns))
    return (head + "\n" + (body + "\n") * rows).encode()


def _cut(content: bytes, share: float) -> bytes:
    return content[: int(len(content) * share)]


def _flipped(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 0x40
    return bytes(changed)


# CSV: cut short.
_csv("csv cut inside quotes", b'id,name\n1,Ann\n2,"Bo', "never closed")
_csv("csv cut inside a row", b"id,name,x\n1,Ann,2\n2,Bo", "too few")
_csv("csv cut inside a character", "id,name\n1,é".encode()[:-1], "not UTF-8")
_csv("gz cut in its stream", _cut(GZIP(MANY), 0.5), "cut short", file_name="in.csv.gz")
_csv("gz without trailer", GZIP(MANY)[:-8], "cut short", file_name="in.csv.gz")
_csv("gz with half a trailer", GZIP(MANY)[:-3], "cut short", file_name="in.csv.gz")
_csv("gz cut in its header", GZIP(MANY)[:6], "cut short", file_name="in.csv.gz")
_csv(
    "gz with a wrong checksum",
    _flipped(GZIP(MANY), -7),
    "corrupt",
    file_name="in.csv.gz",
)
_csv(
    "gz with a wrong length", _flipped(GZIP(MANY), -2), "corrupt", file_name="in.csv.gz"
)
_csv(
    "gz followed by garbage", GZIP(GOOD) + b"garbage", "follows", file_name="in.csv.gz"
)
_csv(
    "second gz member cut",
    GZIP(GOOD) + GZIP(b"4,Dan\n" * 99)[:-5],
    "cut short",
    file_name="in.csv.gz",
)
_csv("bz2 cut", bz2.compress(MANY)[:-20], "cut short", file_name="in.csv.bz2")
_csv(
    "bz2 with a flipped byte",
    _flipped(bz2.compress(MANY), 100),
    "corrupt",
    file_name="in.csv.bz2",
)
_csv(
    "bz2 followed by garbage",
    bz2.compress(GOOD) + b"xx",
    "follows",
    file_name="in.csv.bz2",
)
_csv("empty gz file", b"", "empty", file_name="in.csv.gz")
_csv("gz of nothing", GZIP(b""), "empty", file_name="in.csv.gz")
_csv("gz twice", GZIP(GZIP(GOOD)), "gzip", file_name="in.csv.gz")

# CSV: honest in spite of its look.
_csv("gz in two members", GZIP(GOOD) + GZIP(b"4,Dan\n"), rows=4, file_name="in.csv.gz")
_csv("gz padded with zeros", GZIP(GOOD) + b"\0" * 512, rows=3, file_name="in.csv.gz")
_csv(
    "bz2 in two streams",
    bz2.compress(GOOD) + bz2.compress(b"4,D\n"),
    rows=4,
    file_name="in.csv.bz2",
)
_csv("CR LF", GOOD.replace(b"\n", b"\r\n"), rows=3)
_csv("LF and CR LF mixed", b"id,name\r\n1,Ann\n2,Bob\r\n", rows=2)
_csv("no newline at the end", GOOD[:-1], rows=3)
_csv("blank lines", b"id,name\n\n1,Ann\n\r\n\n2,Bob\n\n", rows=2)
_csv("one column", b"id\n1\n2\n3\n", rows=3)
_csv("one column with an empty quoted cell", b'id\n1\n""\n3\n', rows=3)
_csv(
    "newlines, commas and quotes in cells",
    b'id,name\n1,"a\nb, ""c"""\n2,"\r\n"\n3,d\n',
    rows=3,
)
_csv("quotes around everything", b'"id","name"\n"1","Ann"\n"2","Bob"\n', rows=2)
_csv("column names with quotes and commas", b'"a,b","c ""d"""\n1,2\n', rows=1)
_csv("emoji and right-to-left text", "id,név\n1,🛶\n2,שלום\n".encode(), rows=2)
_csv("all cells empty", b"id,name\n,\n,\n", rows=2)
_csv("huge float", b"id,name\n1e400,a\n-1e400,b\n", rows=2)
_csv("integer of 40 digits", b"id,name\n%s,a\n2,b\n" % (b"9" * 40), rows=2)
_csv("integer of 4,000 digits", b"id,name\n%s,a\n2,b\n" % (b"9" * 4000), rows=2)
_csv("integer of 5,000 digits", b"id,name\n%s,a\n2,b\n" % (b"9" * 5000), rows=2)
_csv(
    "numbers in all spellings",
    b"id,x\n1,0x1F\n2,nan(1)\n3,+7\n4,1_000\n5, 8\n6,-inf\n",
    rows=6,
)
_csv(
    "types that widen late",
    b"id,x\n" + b"1,2\n" * 400_000 + b"1,2.5\n" * 1000 + b"1,text\n",
    rows=401_001,
)
_csv("5,000 columns", functools.partial(_wide, 5000, 20), rows=20)
_csv("a cell of 8 MB", lambda: b"id,x\n1," + b"y" * (8 << 20) + b"\n2,z\n", rows=2)
_csv("formulas in cells", b"id,x\n1,=cmd|' /C calc'!A0\n2,@SUM(1)\n", rows=2)
_csv("escape sequences in cells", b"id,x\n1,\x1b[2J\x1b]0;x\x07\n2,b\n", rows=2)

# CSV: bytes that are not text in UTF-8.
_csv("UTF-16 with a mark", "id,name\n1,Ann\n".encode("utf-16"), "UTF-16")
_csv("UTF-16 without a mark", "id,name\n1,Ann\n".encode("utf-16-le"), "NUL")
_csv("UTF-32", "id,name\n1,Ann\n".encode("utf-32"), "UTF-16")
_csv("UTF-8 mark", b"\xef\xbb\xbf" + GOOD, "byte-order mark")
_csv("Latin-1", b"id,name\n1,Jos\xe9\n", "not UTF-8")
_csv("Windows-1252", b"id,name\n1,\x93Ann\x94\n", "not UTF-8")
_csv("lone surrogate", b"id,name\n1,\xed\xa0\x80\n", "not UTF-8")
_csv("overlong encoding", b"id,name\n1,\xc0\xaf\n", "not UTF-8")
_csv("NUL byte", b"id,name\n1,A\0n\n", "NUL")
_csv("NUL bytes only", b"\0" * 4096, "NUL")
_csv("random bytes", lambda: random.Random(7).randbytes(10_000), "in.csv")

# CSV: quotes, line ends, fields.
_csv(
    "quote never closed",
    b'id,name\n1,"Ann\n2,Bob\n' + b"3,Cid\n" * 1000,
    "never closed",
)
_csv(
    "quote inside a cell", b'id,name\n1,5" pipe\n2,Bob\n', "does not start with a quote"
)
_csv("text after a quote", b'id,name\n1,"Ann" B\n', "follows a closing quote")
_csv("backslash before a quote", b'id,name\n1,"a\\"b"\n', "quote")
_csv("CR only", GOOD.replace(b"\n", b"\r"), "carriage return")
_csv("CR inside a row", b"id,name\n1,A\rnn\n", "carriage return")
_csv("row too short", b"id,name\n1,Ann\n2\n3,Cid\n", "too few")
_csv("row too long", b"id,name\n1,Ann\n2,Bob,x\n", "too many")
_csv("rows too short and too long", b"id,name\n1\n2,b,c\n", "too few or too many")
_csv("semicolons", b"id;name\n1;Ann, B\n", "too many")
_csv("last of 20,000 rows too short", MANY * 1 + b"7\n", "too few")
_csv("a line of 64 MB", lambda: b"id\n1\n" + b"x" * (64 << 20) + b"\n", "longer than")
_csv("a header of 64 MB", lambda: b"x" * (64 << 20) + b"\n1\n", "longer than")
_csv("a quote of 64 MB", lambda: b'id\n"' + b"x\n" * (32 << 20), "never closed")

# CSV: headers.
_csv("names given twice", b"id,name,id\n1,a,2\n", "twice")
_csv("empty name", b"id,,x\n1,a,2\n", "no name")
_csv("padded name", b"id, name\n1,a\n", "spaces")
_csv("a name of 200 KB", b"id," + b"x" * 200_000 + b"\n1,2\n", "too long")
_csv("header only", b"id,name\n", "no rows")
_csv("header without newline", b"id,name", "no rows")
_csv("blank first line", b"\n" + GOOD, "no name")
_csv("empty file", b"", "empty")
_csv("newlines only", b"\n\n\n\n", "no name")

# CSV: other things by that name.
_csv("parquet named csv", lambda: parquet_bytes(), "Parquet")
_csv("gz named csv", GZIP(MANY), "gzip")
_csv("bz2 named csv", bz2.compress(MANY), "bzip2")
_csv("zip named csv", b"PK\x03\x04" + random.Random(3).randbytes(500), "zip")
_csv("csv named gz", GOOD, "not compressed", file_name="in.csv.gz")
_csv("csv named bz2", GOOD, "not compressed", file_name="in.csv.bz2")
_csv("html named csv", b"<html>\n<p>404, not found, sorry</p>\n", "too many")


def _bomb(unit: bytes, size: int, level: int = 9) -> bytes:
    """A gzip file that unpacks to `size` bytes of one unit, thousandfold."""
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    block = unit * ((1 << 20) // len(unit))
    parts = [packer.compress(block) for _ in range(size >> 20)]
    return b"".join([*parts, packer.flush()])


_csv("gz bomb of zeros", lambda: _bomb(b"\0", 100 << 20), "NUL", file_name="in.csv.gz")
_csv(
    "gz bomb of one line",
    lambda: _bomb(b"x", 100 << 20),
    "longer than",
    file_name="in.csv.gz",
)
_csv(
    "gz bomb of rows",
    lambda: GZIP(b"id\n") + _bomb(b"x" * ((1 << 19) - 1) + b"\n", 100 << 20),
    "far more",
    file_name="in.csv.gz",
)
_csv(
    "bz2 bomb of rows",
    lambda: b"".join([bz2.compress((b"0" * 15 + b"\n") * (1 << 18))] * 40),
    "far more",
    file_name="in.csv.bz2",
)


# Parquet.
def parquet_bytes(table: pa.Table | None = None, **options: object) -> bytes:
    """A Parquet file of 5,000 rows, or of a table."""
    if table is None:
        numbers = np.random.default_rng(5).integers(0, 1000, 5000)
        table = pa.table({"id": numbers, "name": [f"name {i}" for i in numbers]})
    sink = io.BytesIO()
    parquet.write_table(table, sink, **options)
    return sink.getvalue()


def _parquet(
    name: str,
    content: bytes | Callable[[], bytes],
    says: str = "",
    *,
    rows: int | None = None,
) -> None:
    ending = REFUSED if rows is None else PASS
    make = file("in.parquet", content)
    CORPUS.append(Hostile(name, make, ending, says, rows or 0, "parquet"))


def _duplicate_names() -> bytes:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"])
    return parquet_bytes(table)


def _odd_types() -> pa.Table:
    return pa.table(
        {
            "day": pa.array([1, None, 3], pa.date32()),
            "time": pa.array([0, 1_500_000, None], pa.timestamp("us", "UTC")),
            "flag": pa.array([True, False, None]),
            "money": pa.array([1, 2, 3], pa.int64()).cast(pa.decimal128(25, 2)),
            "code": pa.array(["a", None, "b"]).dictionary_encode(),
            "list": pa.array([[1, 2], [], None], pa.list_(pa.int32())),
            "nothing": pa.nulls(3),
        }
    )


_parquet("parquet without footer", lambda: parquet_bytes()[:-8], "cut short")
_parquet("half a parquet", lambda: _cut(parquet_bytes(), 0.5), "cut short")
_parquet("parquet of four bytes", b"PAR1", "Parquet file cannot be read")
_parquet(
    "parquet with a footer of zeros",
    lambda: parquet_bytes()[:-200] + bytes(192) + parquet_bytes()[-8:],
    "Parquet file cannot be read",
)
_parquet(
    "parquet with an absurd footer length",
    lambda: parquet_bytes()[:-8] + b"\xff\xff\xff\x7fPAR1",
    "longer than the file",
)
_parquet(
    "parquet with pages overwritten",
    lambda: parquet_bytes()[:40] + bytes(400) + parquet_bytes()[440:],
    "in.parquet",
)
_parquet("encrypted parquet", lambda: parquet_bytes()[:-4] + b"PARE", "encrypted")
_parquet(
    "parquet with a struct",
    lambda: parquet_bytes(pa.table({"a": [{"b": 1}]})),
    "column of its own",
)
_parquet(
    "parquet with a map",
    lambda: parquet_bytes(
        pa.table({"a": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64()))})
    ),
    "cannot be held",
)
_parquet(
    "parquet with lists of lists",
    lambda: parquet_bytes(pa.table({"a": [[[1]]]})),
    "cannot be held",
)
_parquet("parquet with a name twice", _duplicate_names, "twice")
_parquet(
    "parquet with zero rows",
    lambda: parquet_bytes(pa.table({"a": pa.array([], pa.int64())})),
    "no rows",
)
_parquet(
    "parquet with zero columns",
    lambda: parquet_bytes(pa.table({"a": [1]}).select([])),
    "no columns",
)
_parquet(
    "parquet with whole numbers beyond 64 bits",
    lambda: parquet_bytes(pa.table({"a": pa.array([2**64 - 1], pa.uint64())})),
    "64 signed bits",
)
_parquet(
    "parquet with text that is not UTF-8",
    lambda: parquet_bytes(
        pa.table({"a": pa.array([b"\xff\xfe"]).cast(pa.binary()).view(pa.string())})
    ),
    "not UTF-8",
)
_parquet("empty file named parquet", b"", "0 bytes")
_parquet("csv named parquet", GOOD, "other bytes at its start")
_parquet("gz named parquet", GZIP(GOOD), "other bytes at its start")
_parquet("parquet twice in one file", lambda: parquet_bytes() * 2, "two files")
_parquet("parquet with odd types", lambda: parquet_bytes(_odd_types()), rows=3)
_parquet(
    "parquet of many row groups", lambda: parquet_bytes(row_group_size=7), rows=5000
)
_parquet(
    "parquet with 2,000 columns",
    lambda: parquet_bytes(pa.table({f"c{i}": [i, i] for i in range(2000)})),
    rows=2,
)


# TFRecord.
def examples(rows: int = 200, first: int = 0) -> list[bytes]:
    """Serialized tf.Examples with an integer and a text."""
    numbers = list(range(first, first + rows))
    batch = pa.RecordBatch.from_pydict(
        {"id": pa.array(numbers), "name": pa.array([f"name {i}" for i in numbers])}
    )
    return records(encode(batch))


def framed(rows: Sequence[bytes], folder: Path | None = None) -> bytes:
    """The records as the content of a plain TFRecord file."""
    import tempfile

    with tempfile.TemporaryDirectory(dir=folder) as place:
        packed = write_records(Path(place) / "x.gz", rows).read_bytes()
    return gzip.decompress(packed)


def _tfrecord(
    name: str,
    content: Callable[[], bytes],
    says: str = "",
    *,
    rows: int | None = None,
    file_name: str = "in.tfrecord",
) -> None:
    ending = REFUSED if rows is None else PASS
    make = file(file_name, content)
    CORPUS.append(Hostile(name, make, ending, says, rows or 0, "tfrecord"))


def _two_kinds() -> bytes:
    text = pa.RecordBatch.from_pydict({"id": pa.array(["text"])})
    return framed([*examples(), *records(encode(text))])


def _two_kinds_far_apart() -> bytes:
    text = pa.RecordBatch.from_pydict({"id": pa.array(["text"])})
    return framed([*(examples(1000) * 100), *records(encode(text))])


def _long_record() -> bytes:
    head = struct.pack("<Q", 1 << 40)
    return framed(examples(3)) + head + _crc(head) + b"x" * 100


def _crc(data: bytes) -> bytes:
    import google_crc32c

    crc = google_crc32c.value(data)
    masked = (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
    return struct.pack("<I", masked)


_tfrecord("tfrecord cut in a length", lambda: framed(examples())[:5], "inside a record")
_tfrecord(
    "tfrecord cut in a length's checksum",
    lambda: framed(examples()) + framed(examples(1))[:10],
    "inside a record",
)
_tfrecord(
    "tfrecord cut in a payload", lambda: framed(examples())[:-9], "inside a record"
)
_tfrecord(
    "tfrecord cut in a checksum", lambda: framed(examples())[:-2], "inside a record"
)
_tfrecord(
    "tfrecord with a wrong length",
    lambda: _flipped(framed(examples()), 1),
    "record's length",
)
_tfrecord(
    "tfrecord with a wrong byte",
    lambda: _flipped(framed(examples()), 20),
    "record's content",
)
_tfrecord("tfrecord with an absurd length", _long_record, "longer than")
_tfrecord(
    "tfrecord of other messages",
    lambda: framed([b"\xff\xff\xff\xff\x0f"] * 3),
    "decoded",
)
_tfrecord("tfrecord of text", lambda: framed([b"not an example"] * 3), "decoded")
_tfrecord("feature of two kinds", _two_kinds, "kind")
_tfrecord("feature of two kinds far apart", _two_kinds_far_apart, "kind")
_tfrecord("empty tfrecord", lambda: b"", "no records")
_tfrecord(
    "gz tfrecord of nothing",
    lambda: GZIP(b""),
    "no records",
    file_name="in.tfrecord.gz",
)
_tfrecord("tfrecord of empty payloads", lambda: framed([b""] * 3), "no features")
_tfrecord(
    "tfrecord with one empty payload",
    lambda: framed([*examples(5), b"", *examples(5)]),
    rows=11,
)
_tfrecord(
    "gz tfrecord cut",
    lambda: GZIP(framed(examples()))[:-30],
    "cut short",
    file_name="in.tfrecord.gz",
)
_tfrecord(
    "gz tfrecord without trailer",
    lambda: GZIP(framed(examples()))[:-8],
    "cut short",
    file_name="in.tfrecord.gz",
)
_tfrecord("gz tfrecord without its name", lambda: GZIP(framed(examples())), rows=200)
_tfrecord(
    "plain tfrecord named gz",
    lambda: framed(examples()),
    "not compressed",
    file_name="in.tfrecord.gz",
)
_tfrecord("csv named tfrecord", lambda: GOOD, "tfrecord")
_tfrecord("parquet named tfrecord", lambda: parquet_bytes(), "Parquet")
_tfrecord(
    "tfrecord shard",
    lambda: GZIP(framed(examples())),
    rows=200,
    file_name="data_tfrecord-00000-of-00001.gz",
)


def artifact(kept: int, shards: int = 1) -> Make:
    """Examples with a side file for 200 rows, of which the first `kept` are left."""

    def make(folder: Path) -> list[str]:
        split = folder / "Split-train"
        split.mkdir(parents=True)
        rows = examples()[:kept]
        size = -(-len(rows) // shards)
        for number in range(shards):
            name = f"data_tfrecord-{number:05}-of-{shards:05}.gz"
            write_records(split / name, rows[number * size : (number + 1) * size])
        lines = np.arange(2, 202, dtype=np.int64)
        places = Provenance(("a.csv",), np.zeros(200, np.int32), lines)
        write_provenance(folder, "train", places)
        return [str(folder)]

    return make


def _broken_side_file(folder: Path) -> list[str]:
    data = artifact(200)(folder)
    path = folder / "rows-train.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    return data


def _add(name: str, make: Make, says: str = "", rows: int | None = None) -> None:
    ending = REFUSED if rows is None else PASS
    CORPUS.append(Hostile(name, make, ending, says, rows or 0, "tfrecord"))


_add("examples with source lines", artifact(200), rows=200)
_add("examples in three shards", artifact(200, 3), rows=200)
_add("examples cut between two records", artifact(150), "do not match")
_add("shards cut between two records", artifact(199, 3), "do not match")
_add("examples with a broken side file", _broken_side_file, "Parquet file")


# Paths.
def _link_out(folder: Path) -> list[str]:
    (folder / "outside.csv").write_bytes(GOOD)
    inside = folder / "data"
    inside.mkdir()
    (inside / "a.csv").write_bytes(GOOD)
    (inside / "b.csv").symlink_to(folder / "outside.csv")
    return [str(inside)]


def _link_out_by_glob(folder: Path) -> list[str]:
    return [_link_out(folder)[0] + "/*.csv"]


def _split_out(folder: Path) -> list[str]:
    data = artifact(200)(folder / "real")
    other = folder / "other"
    other.mkdir()
    (other / "Split-train").symlink_to(Path(data[0]) / "Split-train")
    return [str(other)]


def _link_given(folder: Path) -> list[str]:
    (folder / "real.csv").write_bytes(GOOD)
    (folder / "link.csv").symlink_to(folder / "real.csv")
    return [str(folder / "link.csv")]


def _link_loop(folder: Path) -> list[str]:
    (folder / "a.csv").symlink_to(folder / "b.csv")
    (folder / "b.csv").symlink_to(folder / "a.csv")
    return [str(folder / "a.csv")]


def _dead_link_inside(folder: Path) -> list[str]:
    (folder / "a.csv").write_bytes(GOOD)
    (folder / "b.csv").symlink_to(folder / "gone.csv")
    return [str(folder)]


def _pipe(folder: Path) -> list[str]:
    os.mkfifo(folder / "in.csv")
    return [str(folder / "in.csv")]


def _pipe_inside(folder: Path) -> list[str]:
    (folder / "a.csv").write_bytes(GOOD)
    os.mkfifo(folder / "b.csv")
    return [str(folder)]


def _folder_named_csv(folder: Path) -> list[str]:
    (folder / "x.csv").mkdir()
    return [str(folder / "x.csv")]


def _folder_inside(folder: Path) -> list[str]:
    (folder / "a.csv").write_bytes(GOOD)
    (folder / "b.csv").mkdir()
    return [str(folder)]


def _unreadable(folder: Path) -> list[str]:
    path = folder / "in.csv"
    path.write_bytes(GOOD)
    path.chmod(0)
    return [str(path)]


def _spark_folder(folder: Path) -> list[str]:
    target = folder / "out.parquet"
    target.mkdir()
    for number in range(2):
        (target / f"part-{number:05}.snappy.parquet").write_bytes(parquet_bytes())
    (target / "_SUCCESS").write_bytes(b"")
    (target / ".part-00000.crc").write_bytes(b"crc")
    return [str(target)]


def _spans(folder: Path) -> list[str]:
    for span, rows in ((1, GOOD), (12, GOOD + b"4,Dan\n"), (3, GOOD)):
        path = folder / f"span-{span}"
        path.mkdir()
        (path / "in.csv").write_bytes(rows)
    return [str(folder / "span-{SPAN}" / "*.csv")]


_paths("link out of the folder", _link_out, SECURITY, "out of the folder")
_paths("link out of the glob's folder", _link_out_by_glob, SECURITY, "out of the")
_paths("split that links out", _split_out, SECURITY, "out of the folder")
_paths("link that was named itself", _link_given, PASS, rows=3)
_paths("links in a circle", _link_loop, REFUSED, "circle")
_paths("link to nowhere", _dead_link_inside, REFUSED, "nowhere")
_paths("pipe", _pipe, USAGE, "pipe")
_paths("pipe in a folder", _pipe_inside, USAGE, "pipe")
_paths("empty folder named like a file", _folder_named_csv, USAGE, "empty")
_paths("folder in a folder named like a file", _folder_inside, USAGE, "is a folder")
_paths("Spark's folder named like a file", _spark_folder, PASS, rows=10_000)
_paths("spans", _spans, PASS, rows=4)
_paths(
    "formats mixed in a folder",
    folder_of({"a.csv": GOOD, "b.parquet": b"PAR1"}),
    USAGE,
    "several formats",
)
_paths(
    "unknown compression in a folder",
    folder_of({"a.csv": GOOD, "b.csv.zst": b"x"}),
    USAGE,
    "compressed",
)
_paths(
    "unfinished files left out",
    folder_of({"a.csv": GOOD, ".b.csv": b"\0", "_c.csv": b"\0", "README.md": b"#"}),
    PASS,
    rows=3,
)
_paths(
    "headers that differ",
    folder_of({"a.csv": GOOD, "b.csv": GOOD.replace(b"name", b"nmae")}),
    REFUSED,
    "nmae",
)
_paths(
    "columns in another order",
    folder_of({"a.csv": GOOD, "b.csv": b"name,id\nAnn,1\n"}),
    REFUSED,
    "another order",
)
_paths(
    "types that differ between files",
    folder_of({"a.csv": GOOD, "b.csv": b"id,name\nx,1\n", "c.csv": b"id,name\n1.5,\n"}),
    PASS,
    rows=5,
)
_paths(
    "several broken files",
    folder_of({"a.csv": GOOD, "b.csv": b"", "c.csv": b"id,name\n1\n"}),
    REFUSED,
    "2 problems",
)
_paths(
    "parquet types that differ",
    folder_of(
        {
            "a.parquet": parquet_bytes(pa.table({"a": [1]})),
            "b.parquet": parquet_bytes(pa.table({"a": ["x"]})),
        }
    ),
    REFUSED,
    "another type",
)
_paths(
    "parquet numbers that widen",
    folder_of(
        {
            "a.parquet": parquet_bytes(pa.table({"a": [1]})),
            "b.parquet": parquet_bytes(pa.table({"a": [None, 1.5]})),
        }
    ),
    PASS,
    rows=3,
)
_paths("nothing there", lambda folder: [str(folder / "no.csv")], USAGE, "no such file")
_paths("unknown suffix", file("in.xlsx", b"PK"), USAGE, "does not say")
_paths("NUL in the path", lambda folder: [str(folder / "a\0.csv")], USAGE, "not a path")
_paths("path too long", lambda folder: [str(folder / ("x" * 5000))], USAGE, "path")
_paths("no data", lambda folder: [], USAGE, "no data")

_paths(
    "feature of two kinds in two files",
    folder_of(
        {
            "a.tfrecord": framed(examples(5)),
            "b.tfrecord": framed(
                records(encode(pa.RecordBatch.from_pydict({"id": pa.array(["text"])})))
            ),
        }
    ),
    REFUSED,
    "two kinds",
)

# Odd names of honest files.
for _name in (
    "new\nline.csv",
    "tab\tand\x1b[31m.csv",
    "-rf.csv",
    "--help.csv",
    "a*b?[c].csv",
    "sp ace.csv",
    "quo'te\".csv",
    "ünïcode🛶.csv",
    "{braces}.csv",
    "UPPER.CSV",
    "\u202egnol.csv",
    "%41.csv",
    "~tilde.csv",
    "x" * 240 + ".csv",
    "a,b.csv",
):
    _paths(f"name {json.dumps(_name)[1:41]}", file(_name, GOOD), PASS, rows=3)
_paths("name that is not UTF-8", file(os.fsdecode(b"caf\xe9.csv"), GOOD), PASS, rows=3)
_paths(
    "parquet whose name is not UTF-8",
    file(os.fsdecode(b"caf\xe9.parquet"), lambda: parquet_bytes()),
    PASS,
    rows=5000,
)
_paths(
    "broken file with an odd name",
    file("new\nline\x1b.csv", b"id,name\n1\n"),
    REFUSED,
    "new\\nline\\x1b.csv",
)
CORPUS.append(
    Hostile(
        "file without permission",
        _unreadable,
        REFUSED,
        "Permission denied",
        root_reads=True,
    )
)
