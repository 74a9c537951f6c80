"""When a recurring run starts its runs, read and checked without a server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tidegate.errors import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class Timing:
    """When a recurring run starts its runs.

    Attributes:
        cron: Six fields, the first one of seconds; None if by interval.
        interval: Seconds between two starts; None if by cron.
        start: No run before; RFC 3339.
        end: No run after; RFC 3339.
        at_once: How many of its runs may be under way, 1 to 10.
        catch_up: Whether times that were missed are made up for.
    """

    cron: str | None
    interval: int | None
    start: str | None = None
    end: str | None = None
    at_once: int = 1
    catch_up: bool = False

    def body(self) -> dict[str, Any]:
        """The timing as the API takes it."""
        limits = {"start_time": self.start, "end_time": self.end}
        said: dict[str, Any] = {key: at for key, at in limits.items() if at}
        kind = "cron_schedule" if self.cron else "periodic_schedule"
        if self.cron:
            said["cron"] = self.cron
        else:
            said["interval_second"] = self.interval
        return {
            "trigger": {kind: said},
            "max_concurrency": self.at_once,
            "no_catchup": not self.catch_up,
        }


def cron_fields(text: str) -> str:
    """The cron expression with six fields, as Kubeflow Pipelines reads it.

    Its first field is of seconds. The usual five fields would be read from there
    on, so that 6 o'clock every day became every hour at minute 6.

    Raises:
        UsageError: It has neither five nor six fields.
    """
    fields = text.split()
    if text.startswith("@") and len(fields) in (1, 2):
        return text
    if len(fields) == 5:
        return " ".join(["0", *fields])
    if len(fields) == 6:
        return " ".join(fields)
    raise UsageError(
        "the cron expression has the wrong number of fields",
        where="--cron",
        expected="minute hour day month weekday, or six with seconds first",
        got=f"{len(fields)} fields",
        fix="such as --cron '0 6 * * *' for 6:00 every day",
    )


def interval_seconds(text: str) -> int:
    """The seconds of an interval such as 90s, 30m, 6h or 1d.

    Raises:
        UsageError: It is none.
    """
    found = re.fullmatch(r"([1-9][0-9]{0,8})([smhd]?)", text.strip())
    if found is None:
        raise UsageError(
            "this is no interval",
            where="--every",
            expected="a whole number and s, m, h or d",
            got=text[:40],
            fix="such as --every 6h",
        )
    return int(found[1]) * _UNITS[found[2] or "s"]


def moment(text: str, option: str) -> str:
    """A time as RFC 3339, which the server takes.

    Raises:
        UsageError: It is no time, or it does not say in which zone.
    """
    try:
        at = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise UsageError(
            "this is no moment",
            where=option,
            expected="date, time and zone, such as 2026-11-01T06:00:00Z",
            got=text[:40],
            fix="write the zone, too: Z is UTC",
        )
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
