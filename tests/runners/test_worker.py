"""What breaks a component is told by who can mend it."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from tidegate.errors import DataError, ExitCode
from tidegate.runners import events, worker


def wrapped(cause: Exception) -> Exception:
    """An error in which another one is hidden, as TFX and Beam do."""
    try:
        try:
            raise cause
        except Exception as error:
            raise RuntimeError("something broke") from error
    except RuntimeError as error:
        return error


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (FULL, ExitCode.INFRASTRUCTURE, "no room left"),
        (wrapped(FULL), ExitCode.INFRASTRUCTURE, "no room left"),
        (RuntimeError(f"{FULL} [in 'Do']"), ExitCode.INFRASTRUCTURE, "no room left"),
        (wrapped(DataError("cut short")), ExitCode.TESTS_FAILED, "cut short"),
        (OSError(errno.EIO, "I/O error"), ExitCode.BROKEN, "the pipeline broke"),
    ],
    ids=["full disk", "wrapped", "as text", "bad data", "another"],
)
def test_a_run_ends_with_the_code_of_what_ended_it(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: ExitCode, says: str
) -> None:
    def breaks(*_: object) -> None:
        raise error

    monkeypatch.setattr(worker, "_build_and_run", breaks)
    stream = io.BytesIO()
    request = worker.Request(folder=Path(), overrides={}, cache=True)
    assert worker._run(request, stream) == code
    (failed,) = events.read(io.BytesIO(stream.getvalue()))
    assert isinstance(failed, events.RunFailed)
    assert failed.error["exit_code"] == code
    assert says in failed.text[0]
