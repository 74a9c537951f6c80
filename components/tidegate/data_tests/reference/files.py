"""The reference as files: one a span, written once, never changed."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from tidegate.data_tests.reference.spans import Reference
from tidegate.data_tests.reference.summary import FORMAT_VERSION, SpanSummary
from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.report.model import write_whole

_PREFIX, _SUFFIX = "span-", ".json"
_LARGEST = 1 << 28


def write_summary(summary: SpanSummary, folder: Path) -> Path:
    """Writes one accepted span into `folder`, whole, and never over another.

    Writing the same summary again is no error; only `created` may differ.

    Raises:
        UsageError: Another summary of that name is there.
    """
    path = folder / f"{_PREFIX}{summary.name}{_SUFFIX}"
    if path.exists():
        there = _read(path)
        if there.model_copy(update={"created": summary.created}) == summary:
            return path
        raise UsageError(
            f"the span {summary.name} was accepted already, with other data",
            where=str(path),
            expected="each span accepted once",
            got=f"{there.rows:,} rows there, {summary.rows:,} rows now",
            fix="give it another name, or remove the file if it was a mistake",
        )
    return write_whole(path, summary.model_dump_json().encode())


def read_reference(folder: Path, newest: int | None = None) -> Reference:
    """The accepted spans in a folder, oldest first; none if it is not there.

    Spans are in the order of their numbers; those without one come first, in
    the order in which they were accepted.

    Args:
        folder: Where `write_summary` wrote them.
        newest: Read only so many, the newest; None reads all.

    Raises:
        UsageError: A file is not a summary; all such files, as `Problems`.
    """
    spans: list[SpanSummary] = []
    errors: list[TidegateError] = []
    for path in _files(folder):
        try:
            spans.append(_read(path))
        except UsageError as error:
            errors.append(error)
    raise_all(f"the reference in {folder} cannot be read", errors)
    spans.sort(key=_age)
    first = 0 if newest is None else max(len(spans) - newest, 0)
    return Reference(tuple(spans[first:]))


def _files(folder: Path) -> list[Path]:
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(
            "the reference is not a folder that can be read",
            where=str(folder),
            expected="a folder with files such as span-01.json",
            got=error.strerror,
            fix="name the folder that holds the accepted spans",
        ) from error
    # Hidden and temporary files are somebody's unfinished work.
    return [
        folder / name
        for name in names
        if name.startswith(_PREFIX) and name.endswith(_SUFFIX)
    ]


def _read(path: Path) -> SpanSummary:
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"a file of over {_LARGEST >> 20} MB")
        summary = SpanSummary.model_validate_json(path.read_bytes())
        if path.name != f"{_PREFIX}{summary.name}{_SUFFIX}":
            raise ValueError(f"the summary of span {summary.name}")
    except (OSError, ValueError) as error:
        raise UsageError(
            "this is not the summary of an accepted span",
            where=str(path),
            expected=f"{path.name} as `tidegate schema accept` writes it, "
            f"format {FORMAT_VERSION}",
            got=_reason(error),
            fix="restore the file from version control, or remove it and accept "
            "the span again",
        ) from error
    return summary


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        return f"{place}: {first['msg']}" if place else first["msg"]
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _age(span: SpanSummary) -> tuple[bool, int, float, str]:
    numbered = span.span is not None
    return (
        numbered,
        span.span or 0,
        0 if numbered else span.created.timestamp(),
        (span.name),
    )
