"""Spans that were accepted by mistake: they stay, and count no longer."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from tidegate.drift_tests.history.acceptance import Retirement
from tidegate.drift_tests.history.names import (
    retired_there,
    spans_there,
    tombstone_name,
    unreadable,
    without_words,
)
from tidegate.drift_tests.history.root import Root, root_of
from tidegate.errors import TidegateError, UsageError, raise_all


def retire_span(root: str | Path | Root, name: str, by: str, reason: str) -> str:
    """Takes an accepted span out of what counts, and gives the tombstone's path.

    Nothing is removed: a file beside the span says so. Again is no error.

    Raises:
        UsageError: There is no such span, or it is not said who or why.
    """
    place = root_of(root)
    if name not in spans_there(place):
        raise UsageError(
            f"the span {name} is not in the history",
            where=place.where,
            expected=_listed(spans_there(place)),
            fix="tidegate drift history list shows the spans",
        )
    try:
        retirement = Retirement(name=name, by=by.strip(), reason=reason.strip())
    except ValidationError:
        raise without_words("retired", name) from None
    tombstone = tombstone_name(name)
    place.create(tombstone, retirement.model_dump_json(indent=2).encode() + b"\n")
    return place.path(tombstone)


def read_retired(root: str | Path | Root) -> dict[str, Retirement]:
    """The spans that count no longer, by their names.

    Raises:
        UsageError: A tombstone says nothing that can be understood.
    """
    place = root_of(root)
    found: dict[str, Retirement] = {}
    errors: list[TidegateError] = []
    for name in retired_there(place):
        file = tombstone_name(name)
        try:
            found[name] = Retirement.model_validate_json(place.read(file))
        except (OSError, ValidationError) as error:
            errors.append(unreadable(place.path(file), error))
    raise_all(f"the history in {place.where} cannot be read", errors)
    return found


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[-5:])
    return (f"… {shown}" if len(names) > 5 else shown) or "no span is there"
