"""Examples artifacts that are broken or strange, each with how it must end."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from tests.hostile.corpus import examples, framed

from tidegate.columnar.provenance import Provenance, write_provenance
from tidegate.columnar.tf_example import encode, records

ROWS = 200


@dataclass(frozen=True)
class Strange:
    """An Examples artifact with the splits train and eval.

    Attributes:
        name: What is strange about it; unique.
        make: Writes it into a folder.
        says: Words of the failed `readable`; None for honest examples.
        rows: Rows of honest examples.
    """

    name: str
    make: Callable[[Path], None]
    says: str | None = None
    rows: int = 0


ARTIFACTS: list[Strange] = []


def split(folder: Path, name: str, *contents: bytes) -> None:
    """Writes a split; each content is a file."""
    place = folder / f"Split-{name}"
    place.mkdir(parents=True)
    for number, content in enumerate(contents):
        file = f"data_tfrecord-{number:05}-of-{len(contents):05}.gz"
        (place / file).write_bytes(content)


def zipped(rows: list[bytes]) -> bytes:
    return gzip.compress(framed(rows), mtime=0)


def _train(
    name: str, make: Callable[[], bytes], says: str | None, rows: int = 0
) -> None:
    """Only the file of train is strange."""

    def both(folder: Path) -> None:
        split(folder, "train", make())
        split(folder, "eval", zipped(examples(10)))

    ARTIFACTS.append(Strange(name, both, says, rows + 10 if says is None else 0))


def _flipped(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 0x40
    return bytes(changed)


# A tf.Example by hand: fields of protocol buffers, wire type 2.
def field(number: int, content: bytes) -> bytes:
    length, size = len(content), bytearray()
    while length > 0x7F:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    size.append(length)
    return bytes([number << 3 | 2]) + bytes(size) + content


def example(features: dict[bytes, bytes]) -> bytes:
    """A tf.Example of features that are already serialized."""
    entries = [field(1, field(1, k) + field(2, v)) for k, v in features.items()]
    return field(1, b"".join(entries))


def texts(*values: bytes) -> bytes:
    return field(1, b"".join(field(1, value) for value in values))


def floats(*values: float) -> bytes:
    return field(2, field(1, struct.pack(f"<{len(values)}f", *values)))


def _columns(**columns: object) -> list[bytes]:
    return records(encode(pa.RecordBatch.from_pydict(columns)))


def _plain(columns: dict[str, pa.Array]) -> Callable[[], bytes]:
    return lambda: zipped(records(encode(pa.RecordBatch.from_pydict(columns))))


_EXTREMES = pa.array([2**63 - 1, -(2**63), 0, None], pa.int64())
_FLOATS = pa.array([float("nan"), float("inf"), -float("inf"), 1e38], pa.float32())

_train("cut in its stream", lambda: zipped(examples())[:-100], "cut short")
_train("without trailer", lambda: zipped(examples())[:-8], "cut short")
_train("with a wrong trailer", lambda: _flipped(zipped(examples()), -7), "corrupt")
_train("followed by garbage", lambda: zipped(examples()) + b"x", "follows")
_train(
    "cut inside a record",
    lambda: gzip.compress(framed(examples())[:-9], mtime=0),
    "ends inside a record",
)
_train(
    "with a wrong checksum",
    lambda: gzip.compress(_flipped(framed(examples()), 20), mtime=0),
    "record's content",
)
_train(
    "with a wrong length",
    lambda: gzip.compress(_flipped(framed(examples()), 1), mtime=0),
    "record's length",
)
_train("of text", lambda: zipped([b"not an example"] * 3), "decoded")
_train("of other messages", lambda: zipped([b"\xff\xff\xff\xff\x0f"] * 3), "decoded")
_train("of text after examples", lambda: zipped([*examples(), b"no"]), "decoded")
_train("of no bytes", lambda: b"", "no records")
_train("of empty payloads", lambda: zipped([b""] * 3), "no features")
_train("not compressed", lambda: framed(examples()), "not compressed")
_train("of a CSV file", lambda: gzip.compress(b"id,name\n1,a\n" * 9, mtime=0), "length")
_train(
    "of two kinds in one file",
    lambda: zipped([*examples(), *_columns(id=pa.array(["text"]))]),
    "kind",
)
_train("of two kinds in two splits", lambda: zipped(_columns(id=["x"])), "two kinds")
_train(
    "with a name that is not UTF-8",
    lambda: zipped([example({b"\xff\xfe": texts(b"x")})] * 3),
    "decoded",
)
_train("with one empty payload", lambda: zipped([*examples(5), b""]), None, 6)
_train("of no records", lambda: zipped([]), None, 0)
_train(
    "with odd names",
    _plain(
        {
            name: pa.array([1, 2])
            for name in (
                "",
                " ",
                "a b",
                'a"b',
                "a'b",
                "a\nb",
                "a\x1b[31mb",
                "a,b",
                "🛶",
                "\u202eb",
                "__none__",
                "c0",
                "select",
                "a.b",
                "A",
                "a",
                "x" * 5000,
            )
        }
    ),
    None,
    2,
)
_train(
    "with a NUL in a name and a value",
    lambda: zipped([example({b"a\0b": texts(b"\0", b"x\0")})] * 3),
    None,
    3,
)
_train(
    "with values that are not UTF-8",
    lambda: zipped([example({b"b": texts(b"\xff\xfe")}), example({b"b": texts(b"x")})]),
    None,
    2,
)
_train("with extreme integers", _plain({"id": _EXTREMES}), None, 4)
_train("with NaN and infinities", _plain({"f": _FLOATS}), None, 4)
_train(
    "with a list of a million",
    lambda: zipped([example({b"l": floats(*[0.5] * 1_000_000)}), *examples(2)]),
    None,
    3,
)
_train(
    "with empty lists",
    lambda: zipped([example({b"l": texts()}), example({b"l": b""}), example({})] * 3),
    None,
    9,
)
_train(
    "with lists and single values",
    lambda: zipped([example({b"l": texts(b"a")}), example({b"l": texts(b"b", b"c")})]),
    None,
    2,
)
_train(
    "with 5,000 features",
    lambda: zipped([example({b"c%d" % i: floats(i) for i in range(5000)})] * 3),
    None,
    3,
)
_train(
    "with other features in each row",
    lambda: zipped([example({b"c%d" % i: floats(i)}) for i in range(200)]),
    None,
    200,
)
_train(
    "with a feature twice in a row",
    lambda: zipped([field(1, field(1, field(1, b"f") + field(2, floats(1))) * 2)] * 3),
    None,
    3,
)


def _made(name: str, says: str | None, rows: int = 0) -> Callable[..., None]:
    def add(make: Callable[[Path], None]) -> None:
        ARTIFACTS.append(Strange(name, make, says, rows))

    return add


@_made("without a split", "eval")
def _no_eval(folder: Path) -> None:
    split(folder, "train", zipped(examples()))


@_made("with a split without files", "eval")
def _empty_eval(folder: Path) -> None:
    split(folder, "train", zipped(examples()))
    split(folder, "eval")


@_made("without its folder", "train")
def _nothing(folder: Path) -> None:
    pass


@_made("of no record anywhere", "no records")
def _no_records(folder: Path) -> None:
    split(folder, "train", zipped([]))
    split(folder, "eval", zipped([]))


@_made("with a shard cut to nothing", "no records")
def _empty_shard(folder: Path) -> None:
    split(folder, "train", zipped(examples(100)), b"")
    split(folder, "eval", zipped(examples(10)))


@_made("with two shards broken", "cut short")
def _two_broken(folder: Path) -> None:
    split(folder, "train", zipped(examples())[:-9], zipped(examples())[:-9])
    split(folder, "eval", zipped(examples(10)))


def _with_lines(folder: Path, kept: int, shards: int = 1, known: int = ROWS) -> None:
    rows = examples()[:kept]
    size = -(-len(rows) // shards)
    parts = [zipped(rows[n * size : (n + 1) * size]) for n in range(shards)]
    split(folder, "train", *parts)
    split(folder, "eval", zipped(examples(10)))
    lines = np.arange(2, known + 2, dtype=np.int64)
    places = Provenance(("a.csv",), np.zeros(known, np.int32), lines)
    write_provenance(folder, "train", places)


@_made("with source lines", None, ROWS + 10)
def _lines(folder: Path) -> None:
    _with_lines(folder, ROWS, 3)


@_made("cut between two records", "do not match")
def _cut_between(folder: Path) -> None:
    _with_lines(folder, 150)


@_made("with a shard less", "do not match")
def _shard_less(folder: Path) -> None:
    _with_lines(folder, ROWS, 4)
    last = sorted((folder / "Split-train").iterdir())[-1]
    last.unlink()


@_made("with more rows than lines", "do not match")
def _more(folder: Path) -> None:
    _with_lines(folder, ROWS, known=150)


@_made("with a broken side file", "Parquet")
def _broken_side(folder: Path) -> None:
    _with_lines(folder, ROWS)
    path = folder / "rows-train.parquet"
    path.write_bytes(path.read_bytes()[:-9])


@_made("with an empty side file", "Parquet")
def _empty_side(folder: Path) -> None:
    _with_lines(folder, ROWS)
    (folder / "rows-train.parquet").write_bytes(b"")
