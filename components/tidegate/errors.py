"""Every error says what, where, expected and got, and how to fix it.

An error carries the exit code of the command that it ends, so that no caller
has to guess. All of them survive pickling (Beam and process pools send them
between processes), and several found together travel as one `Problems`.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every tidegate command."""

    OK = 0
    TESTS_FAILED = 1
    USAGE = 2
    BROKEN = 3
    INFRASTRUCTURE = 4
    SECURITY = 5
    INTERRUPTED = 130


class TidegateError(Exception):
    """An error that a user can act upon.

    Args:
        message: What is wrong, in one sentence without a full stop.
        where: The place: a file with line or column, a node, a setting.
        expected: What would have been right.
        got: What was there instead. Never a value of a private column.
        fix: What to do, as an instruction or a command.
    """

    exit_code: ExitCode = ExitCode.BROKEN

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        got: str | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.expected = expected
        self.got = got
        self.fix = fix

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self._details()))

    def _details(self) -> dict[str, str | None]:
        return {
            "where": self.where,
            "expected": self.expected,
            "got": self.got,
            "fix": self.fix,
        }

    def lines(self) -> list[str]:
        """The error as text, the message first, then one labelled line a detail."""
        first = f"{self.where}: {self.message}" if self.where else self.message
        labelled = (("expected", self.expected), ("got", self.got), ("fix", self.fix))
        return [first, *(f"  {label:<9} {text}" for label, text in labelled if text)]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def as_dict(self) -> dict[str, object]:
        """The error for `--json`: its kind, message, details and exit code."""
        return {
            "kind": type(self).__name__,
            "message": self.message,
            **self._details(),
            "exit_code": int(self.exit_code),
        }


class UsageError(TidegateError):
    """A command, a setting, a suite or a pipeline is not as it must be."""

    exit_code = ExitCode.USAGE


class DataError(TidegateError):
    """A data file cannot be read whole, which counts as a failed test."""

    exit_code = ExitCode.TESTS_FAILED


class GateShut(TidegateError):
    """A gate read a report with failed tests and ended the run.

    Args:
        message: How many tests failed.
        reports: Folders of the reports that the gate read.
        **details: As for every error.
    """

    exit_code = ExitCode.TESTS_FAILED

    def __init__(
        self, message: str, *, reports: Sequence[str] = (), **details: str | None
    ) -> None:
        super().__init__(message, **details)
        self.reports = tuple(reports)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_shut, (self.message, self.reports, self._details()))

    def as_dict(self) -> dict[str, object]:
        """The error for `--json`, with the folders of the reports."""
        return {**super().as_dict(), "reports": list(self.reports)}


class ComponentError(TidegateError):
    """A component or the program itself broke."""

    exit_code = ExitCode.BROKEN


class InfrastructureError(TidegateError):
    """Something outside is missing or busy; a retry may succeed."""

    exit_code = ExitCode.INFRASTRUCTURE


class SecurityError(TidegateError):
    """A path, digest or operation is outside what is allowed."""

    exit_code = ExitCode.SECURITY


class Problems(TidegateError):
    """Several errors found in one pass, reported together.

    Its exit code is that of the first error: one pass looks for one kind.

    Args:
        message: What was being checked when they were found.
        errors: At least one error, in the order of their places.
    """

    def __init__(self, message: str, errors: Iterable[TidegateError]) -> None:
        self.errors: Sequence[TidegateError] = tuple(errors)
        if not self.errors:
            raise ValueError("Problems needs at least one error")
        super().__init__(message)
        self.exit_code = self.errors[0].exit_code

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.message, self.errors))

    def lines(self) -> list[str]:
        """Every error as text, one after the other."""
        listed = [line for error in self.errors for line in error.lines()]
        if len(self.errors) == 1:
            return listed
        return [f"{self.message}: {len(self.errors)} problems", *listed]

    def as_dict(self) -> dict[str, object]:
        """The problems for `--json`."""
        return {
            "kind": "Problems",
            "message": self.message,
            "errors": [error.as_dict() for error in self.errors],
            "exit_code": int(self.exit_code),
        }


def disk_full(error: OSError) -> InfrastructureError | None:
    """The error for a disk without room; None if something else is wrong."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return None
    return InfrastructureError(
        "there is no room left to write to",
        where=None if error.filename is None else str(error.filename),
        got=error.strerror,
        fix="make room on the disk, or write elsewhere, and run again",
    )


def raise_all(message: str, errors: Sequence[TidegateError]) -> None:
    """Raises what was found: nothing, the one error, or all as `Problems`."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise Problems(message, errors)


def _rebuild(
    kind: type[TidegateError], message: str, details: dict[str, str | None]
) -> TidegateError:
    return kind(message, **details)


def _rebuild_shut(
    message: str, reports: tuple[str, ...], details: dict[str, str | None]
) -> GateShut:
    return GateShut(message, reports=reports, **details)
