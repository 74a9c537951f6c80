"""Runs the `tidegate` command in this process, and tells how it ended."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any
from unittest import mock

from tidegate.cli.main import main
from tidegate.columnar import light_start


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        code: Exit code.
        out: Standard output.
        err: Standard error.
    """

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that it said."""
        return self.out + self.err

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which must be one JSON object and nothing else."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    def demand_no_break(self) -> None:
        """Refuses a traceback, and an error that nobody thought of."""
        assert "Traceback" not in self.text, self.text
        assert "itself broke" not in self.text, self.text
        assert self.code in (0, 1, 2, 5), self.text


class _Utf8(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="\n")

    def told(self) -> str:
        self.flush()
        content: bytes = self.buffer.getvalue()  # type: ignore[attr-defined]
        return content.decode("utf-8")


def tidegate(*arguments: str, seconds: int = 20) -> Ended:
    """What `tidegate arguments…` says; a hang ends with a TimeoutError.

    The streams are as strict about text as a terminal's: what cannot be encoded
    is an error.
    """
    out, err = _Utf8(), _Utf8()
    code: Any = 0
    with (
        no_hang(seconds),
        mock.patch.object(sys, "argv", ["tidegate", *arguments]),
        mock.patch.dict("os.environ", {"COLUMNS": "400"}),
        # Other tests of this process want pandas.
        mock.patch.object(light_start, "without_pandas"),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    return Ended(int(code or 0), out.told(), err.told())


@contextlib.contextmanager
def no_hang(seconds: int) -> Iterator[None]:
    """Raises a TimeoutError where its body takes longer."""

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"no end after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
