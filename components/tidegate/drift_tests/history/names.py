"""Names of the files of a history, and how it refuses one."""

from __future__ import annotations

from tidegate.drift_tests.history.root import Root
from tidegate.drift_tests.history.span_file import FORMAT_VERSION
from tidegate.errors import UsageError

# What a run leaves before its span is accepted.
SUMMARY_FILE = "summary.parquet"
_SPAN = ("span-", ".parquet")
_RETIRED = ("retired-", ".json")


def span_name(name: str) -> str:
    """The file of a span."""
    return name.join(_SPAN)


def tombstone_name(name: str) -> str:
    """The file that says that a span counts no longer."""
    return name.join(_RETIRED)


def spans_there(place: Root) -> list[str]:
    """Names of the spans that are written, retired or not."""
    return _between(place, *_SPAN)


def retired_there(place: Root) -> list[str]:
    """Names of the spans that count no longer."""
    return _between(place, *_RETIRED)


def unreadable(where: str, error: Exception) -> UsageError:
    """A file that does not hold what its name says."""
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        reason = error.strerror
    return UsageError(
        "this is no span of a drift history",
        where=where,
        expected=f"a file as tidegate writes it, format {FORMAT_VERSION}",
        got=reason,
        fix="restore the file from a copy, or move it away and accept the span again",
    )


def without_words(done: str, name: str) -> UsageError:
    """An acceptance or retirement that nobody answers for."""
    return UsageError(
        f"a span is {done} only with a name and a reason",
        where=f"span {name}",
        expected="who answers for it, and why it is right",
        got="an empty text, or a verdict that there is not",
        fix='give --by "your name" and --reason "why"',
    )


def _between(place: Root, start: str, end: str) -> list[str]:
    """What stands between start and end in the names of files.

    Hidden files are somebody's unfinished work.
    """
    return [
        name.removeprefix(start).removesuffix(end)
        for name in place.names()
        if name.startswith(start) and name.endswith(end)
    ]
