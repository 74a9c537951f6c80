"""Files that appear under their name when they are whole, or not at all."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, TypeVar

_T = TypeVar("_T", bound="WholeFile")


class WholeFile(ABC):
    """A file that grows under a hidden name, and gets its own once it is synced.

    Args:
        path: The file. Nothing is there by this name before `close`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._hidden = path.with_name(f".{path.name}.{os.getpid()}")
        self._stream: BinaryIO | None = None

    @abstractmethod
    def _finish(self) -> None:
        """Writes what is at the end of the file."""

    def close(self) -> Path | None:
        """Syncs the file and gives it its name; None if none was begun."""
        try:
            self._finish()
            if self._stream is None:
                return None
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
            os.replace(self._hidden, self.path)
        except BaseException:
            self.discard()
            raise
        return self.path

    def discard(self) -> None:
        """Removes what was written."""
        if self._stream is not None:
            # What is still held back may have no room: it is not wanted.
            with suppress(OSError):
                self._stream.close()
        self._hidden.unlink(missing_ok=True)

    def _begin(self) -> BinaryIO:
        """Opens the file under its hidden name."""
        self._stream = open(self._hidden, "wb")  # noqa: SIM115
        return self._stream

    def __enter__(self: _T) -> _T:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.discard()
