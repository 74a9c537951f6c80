"""The spans that paths and patterns stand for, each with its name and first day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tidegate.columnar.spans import has_span, spans_of, with_span
from tidegate.drift_tests.summary import fits_a_file
from tidegate.errors import UsageError

_EPOCH = date(1970, 1, 1)
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_ENDING = re.compile(
    r"(\.csv|\.parquet|\.parq|\.pq|\.tfrecords?)?(\.gz|\.bz2)?$", re.IGNORECASE
)


@dataclass(frozen=True)
class Delivery:
    """The data of one span.

    Attributes:
        name: By which the history knows it.
        data: The paths, folders and globs.
        span: Its number; None where spans have none.
        start: Its first day, where the pattern says it.
    """

    name: str
    data: tuple[str, ...]
    span: int | None = None
    start: date | None = None


def every_delivery(data: Sequence[str], base: Path | None = None) -> list[Delivery]:
    """The spans that are there, oldest first; one without a pattern.

    Of several patterns only spans count that all of them have.

    Args:
        data: Files, folders, globs, or patterns with `{SPAN}` or `{YYYY}`.
        base: Folder that relative paths start from; None is the working folder.

    Raises:
        UsageError: No span is there, or a pattern makes no sense.
    """
    base = base or Path()
    patterns = [text for text in data if has_span(text)]
    if not patterns:
        return [one_delivery(data, None, base=base)]
    there = [set(spans_of(text, base)) for text in patterns]
    common = sorted(set.intersection(*there))
    if not common:
        # Says what is there, and what is not.
        with_span(data, base, None)
    return [one_delivery(data, span, base=base) for span in common]


def one_delivery(
    data: Sequence[str],
    span: int | None,
    *,
    name: str | None = None,
    start: date | None = None,
    base: Path | None = None,
) -> Delivery:
    """One span of the data.

    Args:
        data: Files, folders, globs, or patterns.
        span: Which span of a pattern, None the newest; without a pattern it says
            which span the files are.
        name: Its name; None names it by its day, its number or its file.
        start: Its first day; None takes that of the pattern.
        base: Folder that relative paths start from; None is the working folder.

    Raises:
        UsageError: That span is not there, or the name cannot be a file's.
    """
    patterned = any(map(has_span, data))
    dated = any("{YYYY" in text for text in data)
    chosen = with_span(data, base or Path(), span if patterned else None)
    number = chosen.span if patterned else span
    day = _EPOCH + timedelta(days=number) if dated and number is not None else None
    if name is None:
        name = _name(data, number, day)
    elif not fits_a_file(name):
        raise UsageError(
            "the span cannot have this name",
            where="--name",
            expected="letters, digits, and . _ - behind the first one",
            got=repr(name),
            fix=f"--name {_clean(name)}",
        )
    return Delivery(name, chosen.texts, number, start or day)


def _name(data: Sequence[str], number: int | None, day: date | None) -> str:
    if day is not None:
        return day.isoformat()
    if number is not None:
        return f"{number:02d}"
    file = Path(data[0]).name if data else ""
    return _clean(_ENDING.sub("", file))


def _clean(text: str) -> str:
    return _UNFIT.sub("-", text).strip("-._") or "data"
