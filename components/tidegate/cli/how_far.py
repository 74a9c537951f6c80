"""How far a node has come, in words: rows, rate, share and time left."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tidegate.runners.events import NodeProgress

# A rate from less than this says little.
_PATIENCE = 1.0


@dataclass(frozen=True)
class HowFar:
    """The latest report of a node, and when and where its stage began.

    Attributes:
        latest: The latest report.
        first: The first report of the same stage.
        since: When that one came, by the monotonic clock.
        now: When the latest came.
    """

    latest: NodeProgress
    first: NodeProgress
    since: float
    now: float

    def text(self) -> str:
        """Such as `reading · 120,000 rows · 45 of 93 MB · 9,000 rows/s · 5 s left`."""
        latest = self.latest
        parts = [
            latest.stage,
            _rows(latest),
            _bytes(latest),
            self._rate(),
            self._left(),
        ]
        return " · ".join(part for part in parts if part) or "running"

    def _rate(self) -> str:
        passed = self.now - self.since
        rows = self.latest.rows - self.first.rows
        if passed < _PATIENCE or rows <= 0:
            return ""
        return f"{rows / passed:,.0f} rows/s"

    def _left(self) -> str:
        done, before = _share(self.latest), _share(self.first)
        passed = self.now - self.since
        if done is None or before is None or done <= before or passed < _PATIENCE:
            return ""
        return f"{duration(passed * (1 - done) / (done - before))} left"


def following(before: HowFar | None, event: NodeProgress) -> HowFar:
    """What is known after one more report."""
    now = time.monotonic()
    if before is None or before.latest.stage != event.stage:
        return HowFar(event, event, now, now)
    return HowFar(event, before.first, before.since, now)


def duration(seconds: float) -> str:
    """Such as `12 s`, `3 min` or `1 h 5 min`."""
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def _share(event: NodeProgress) -> float | None:
    if event.bytes_total:
        return min(event.bytes_done / event.bytes_total, 1.0)
    if event.rows_total:
        return min(event.rows / event.rows_total, 1.0)
    return None


def _rows(event: NodeProgress) -> str:
    if not event.rows and not event.rows_total:
        return ""
    of = f" of {event.rows_total:,}" if event.rows_total else ""
    return f"{event.rows:,}{of} rows"


def _bytes(event: NodeProgress) -> str:
    if not event.bytes_done and not event.bytes_total:
        return ""
    of = f" of {event.bytes_total / 1e6:,.0f}" if event.bytes_total else ""
    return f"{event.bytes_done / 1e6:,.0f}{of} MB"
