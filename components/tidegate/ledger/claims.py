"""Numbers of versions: each is claimed once, by one push, before it is used."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timezone

from pydantic import Field, ValidationError

from tidegate.errors import InfrastructureError
from tidegate.ledger.destination import Destination, is_version
from tidegate.ledger.events import PushedModel, Record
from tidegate.ledger.folders import versions_there

_ATTEMPTS = 10_000


class Claim(Record):
    """Who pushes a version, and what: kept should the push end before its event.

    Attributes:
        version: The version.
        by: Who answers for it.
        reason: Why.
        at: When it was claimed.
        run: Id of the pipeline run.
        model: What is pushed.
    """

    version: int
    by: str
    reason: str
    at: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))
    run: str | None = None
    model: PushedModel


def claim(
    destination: Destination,
    model: PushedModel,
    *,
    by: str,
    reason: str,
    run: str | None,
    known: Iterable[int] = (),
) -> int:
    """A version that is nobody else's: `max(now in whole seconds, last + 1)`.

    Args:
        destination: Where it is pushed to.
        model: What is pushed.
        by: Who answers for it.
        reason: Why.
        run: Id of the pipeline run.
        known: Versions of the ledger, whose folders may be gone.

    Raises:
        InfrastructureError: The place cannot be written to.
    """
    place = destination.claims()
    for _ in range(_ATTEMPTS):
        used = (
            *(int(name) for name in place.names() if is_version(name)),
            *versions_there(destination),
            *known,
        )
        version = next_version(int(time.time()), used)
        said = Claim(version=version, by=by, reason=reason, run=run, model=model)
        if place.create(str(version), said.model_dump_json(indent=2).encode()):
            return version
    raise InfrastructureError(
        "others claim every version",
        where=destination.shown,
        got=f"{_ATTEMPTS:,} versions that another push came first with",
        fix="run it again when less is pushed",
    )


def next_version(now: int, used: Iterable[int]) -> int:
    """`max(now, last + 1)`; now where nothing is used.

    Args:
        now: Seconds since 1970.
        used: Versions that are used or claimed.
    """
    return max(now, max(used, default=0) + 1)


def claimed(destination: Destination, version: int) -> Claim | None:
    """What was said of a version when it was claimed; None if it is not known."""
    try:
        return Claim.model_validate_json(destination.claims().read(str(version)))
    except (OSError, ValidationError):
        return None
