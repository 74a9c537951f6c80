"""How far the writing of examples has come."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from tidegate.columnar.dataset import Dataset

Progress = Callable[[int, int, int], None]
_LOG = logging.getLogger("tidegate.example_gen")
_EVERY_SECONDS = 5.0


class Told:
    """Counts what was read and written, and tells it.

    Args:
        dataset: What is read.
        progress: Called with the rows written, and the bytes read and in all.
    """

    def __init__(self, dataset: Dataset, progress: Progress | None) -> None:
        self._progress = progress
        paths = [part.path for part in dataset.parts if part.path is not None]
        self._total = sum(path.stat().st_size for path in paths)
        self._rows = self._bytes = 0

    def read(self, count: int) -> None:
        """Some more bytes of the files were read."""
        self._bytes = min(self._bytes + count, self._total)

    def wrote(self, rows: int) -> None:
        """Some more rows were written."""
        self._rows += rows
        if self._progress is not None:
            self._progress(self._rows, self._bytes, self._total)


class ProgressLog:
    """Logs a line every few seconds: rows and bytes done, rate, time left.

    Args:
        clock: Seconds that only go up.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = self._told = clock()

    def __call__(self, rows: int, bytes_done: int, bytes_total: int) -> None:
        """See `writing.write_examples`."""
        now = self._clock()
        if now - self._told < _EVERY_SECONDS:
            return
        self._told = now
        _LOG.info("%s", progress_line(rows, bytes_done, bytes_total, now - self._start))


def progress_line(rows: int, done: int, total: int, seconds: float) -> str:
    """What was done in so many seconds, in words."""
    rate = rows / max(seconds, 1e-9)
    line = f"{rows:,} rows, {rate:,.0f} a second"
    if not done or not total:
        return line
    left = seconds * (total - done) / done
    return (
        f"{line}; {done / 1e6:,.0f} of {total / 1e6:,.0f} MB, about {left:,.0f} s left"
    )
