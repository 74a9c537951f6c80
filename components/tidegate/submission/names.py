"""Names that can be keys: of runs, schedules, pipelines and versions."""

from __future__ import annotations

from datetime import datetime, timezone

from tidegate.errors import UsageError

LONGEST_NAME = 200


def own_name(pipeline: str, token: str, now: datetime | None = None) -> str:
    """A name for a run that nobody named: pipeline, time in UTC, token."""
    at = (now or datetime.now(timezone.utc)).strftime("%Y-%m-%d %H:%M:%S")
    return f"{pipeline[: LONGEST_NAME - 40]} {at} {token[:8]}"


def demand_name(name: str, option: str, longest: int = LONGEST_NAME) -> str:
    """The name, if it can be a key.

    Raises:
        UsageError: It is empty, too long, or not as it is shown.
    """
    visible = name == name.strip() and name.isprintable()
    if visible and 0 < len(name) <= longest:
        return name
    raise UsageError(
        "the name cannot be used",
        where=option,
        expected=f"1 to {longest} visible characters, no blank at either end",
        got=repr(name[:60]),
        fix="choose another name",
    )
