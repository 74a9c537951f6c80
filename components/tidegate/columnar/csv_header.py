"""The header of a CSV file: its names, and whether files agree on them."""

from __future__ import annotations

import csv
import difflib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tidegate.columnar import csv_refusals as refuse
from tidegate.columnar.formats import shown
from tidegate.errors import DataError, TidegateError, raise_all

_MARKS = (
    (b"\xef\xbb\xbf", "UTF-8"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def refuse_mark(path: Path, data: bytes) -> None:
    """Raises DataError if the file starts with a byte-order mark."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            raise refuse.byte_order_mark(path, encoding)


def parse_header(path: Path, record: bytes) -> list[str]:
    """Names of the columns, from the first record.

    Raises:
        DataError: A name is empty or given twice; all such names together.
    """
    try:
        rows = list(csv.reader([record.decode("utf-8")]))
    except csv.Error:
        raise _too_long(path, len(record)) from None
    names = rows[0] if rows else []
    errors: list[TidegateError] = []
    empty = [place for place, name in enumerate(names, 1) if not name.strip()]
    if empty or not names:
        errors.append(_nameless(path, empty or [1]))
    twice = {n: count for n, count in Counter(names).items() if count > 1 and n}
    if twice:
        errors.append(_duplicates(path, names, list(twice)))
    padded = [name for name in names if name.strip() and name != name.strip()]
    if padded:
        errors.append(_padded(path, padded))
    raise_all("the header is not usable", errors)
    return names


def compare_headers(headers: Sequence[tuple[Path, Sequence[str]]]) -> list[DataError]:
    """What is wrong with each file whose header differs from the first file's."""
    first, columns = headers[0]
    differing = [(p, names) for p, names in headers[1:] if list(names) != list(columns)]
    return [_differs(first, columns, path, names) for path, names in differing]


def _differs(
    first: Path, columns: Sequence[str], path: Path, names: Sequence[str]
) -> DataError:
    missing = [name for name in columns if name not in names]
    extra = [name for name in names if name not in columns]
    if not missing and not extra:
        return _reordered(first, columns, path, names)
    parts = []
    if missing:
        parts.append("missing " + ", ".join(map(repr, missing)))
    if extra:
        parts.append("extra " + ", ".join(map(repr, extra)))
    return DataError(
        f"the header differs from that of {shown(first.name)}",
        where=f"{shown(path)}:1",
        expected=f"the {len(columns)} columns of {shown(first.name)}",
        got="; ".join(parts),
        fix=_rename_hint(missing, extra) or "export all files with the same columns",
    )


def _rename_hint(missing: Sequence[str], extra: Sequence[str]) -> str | None:
    hints = []
    for name in extra:
        near = difflib.get_close_matches(name, missing, n=1, cutoff=0.6)
        if near:
            hints.append(f"rename {name!r} to {near[0]!r}")
    if not hints and len(missing) == len(extra) == 1:
        hints.append(f"rename {extra[0]!r} to {missing[0]!r} if it is the same column")
    return "; ".join(hints) or None


def _reordered(
    first: Path, columns: Sequence[str], path: Path, names: Sequence[str]
) -> DataError:
    pairs = zip(columns, names, strict=True)
    place = next(i for i, pair in enumerate(pairs) if pair[0] != pair[1])
    return DataError(
        f"the columns are in another order than in {shown(first.name)}",
        where=f"{shown(path)}:1",
        expected=f"{columns[place]!r} as column {place + 1}",
        got=repr(names[place]),
        fix="export all files with their columns in one order",
    )


def _too_long(path: Path, size: int) -> DataError:
    return DataError(
        "a column's name is too long",
        where=f"{shown(path)}:1",
        expected=f"names of at most {csv.field_size_limit():,} characters",
        got=f"a header of {size:,} bytes",
        fix="look at the first line: the file may have no header, or no line ends",
    )


def _nameless(path: Path, places: Sequence[int]) -> DataError:
    listed = ", ".join(str(place) for place in places)
    return DataError(
        "a column has no name",
        where=f"{shown(path)}:1",
        expected="a name for every column in the first line",
        got=f"an empty name for column {listed}",
        fix="name it in the header; an index column is best left out of the export",
    )


def _duplicates(path: Path, names: Sequence[str], twice: Sequence[str]) -> DataError:
    told = []
    for name in twice:
        places = [str(i) for i, one in enumerate(names, 1) if one == name]
        told.append(f"{name!r} as columns {' and '.join(places)}")
    return DataError(
        "column names are given twice",
        where=f"{shown(path)}:1",
        expected="a name only once; one of the columns would be lost",
        got="; ".join(told),
        fix="rename or drop one of them in the export",
    )


def _padded(path: Path, padded: Sequence[str]) -> DataError:
    return DataError(
        "column names have spaces around them",
        where=f"{shown(path)}:1",
        expected="names without spaces before or after",
        got=", ".join(map(repr, padded)),
        fix="remove the spaces in the header line",
    )
