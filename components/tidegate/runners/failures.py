"""What to say of an exception that ended a component, of whatever type it is."""

from __future__ import annotations

import errno
import os
import traceback

from tidegate.errors import TidegateError, disk_full

_LONGEST = 500


def cause_of(error: BaseException) -> TidegateError | None:
    """The error of ours that the exception is, or that is under it; None if none."""
    return _tidegate_cause(error) or _outside(error)


def text_of(error: BaseException, where: str) -> tuple[str, ...]:
    """The exception in two lines: what broke, and the place in the code."""
    text = f"{where} broke: {type(error).__name__}: {message_of(error)}"
    return (text[:_LONGEST], *_place(error))


def message_of(error: BaseException) -> str:
    """One line of an error's message: the one that says what is wrong.

    TensorFlow puts "in user code:" first, then the places, and the reason last.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return "no message"
    return lines[-1] if lines[0].endswith(":") else lines[0]


def _tidegate_cause(error: BaseException | None) -> TidegateError | None:
    """Our own error under one that TFX or Beam wrapped around it."""
    while error is not None:
        if isinstance(error, TidegateError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _outside(error: BaseException) -> TidegateError | None:
    """The full disk that an error comes from, if it does."""
    # Of an error in a process of its own, Beam hands on the text alone.
    full = f"[Errno {errno.ENOSPC}]" in str(error)
    found = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) if full else None
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and disk_full(cause):
            found = cause
        cause = cause.__cause__ or cause.__context__
    return None if found is None else disk_full(found)


def _place(error: BaseException) -> tuple[str, ...]:
    frames = traceback.extract_tb(error.__traceback__)
    return (f"  raised in {frames[-1].filename}:{frames[-1].lineno}",) if frames else ()
