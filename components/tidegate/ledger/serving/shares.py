"""The shares of the traffic that follow from the ledger. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import UsageError

if TYPE_CHECKING:
    from tidegate.ledger.state import State

WHOLE = 100


def shares(state: State) -> dict[int, int]:
    """Version to percent of the requests, 100 in all, the champion first.

    A canary with 0 percent is only held against replayed rows: it serves nobody.
    Nothing serves where there is no champion.
    """
    if state.champion is None:
        return {}
    canary = state.canary
    if canary is None or not canary.percent or canary.version == state.champion:
        return {state.champion: WHOLE}
    return {state.champion: WHOLE - canary.percent, canary.version: canary.percent}


def served_canary(state: State) -> int | None:
    """The version that serves beside the champion; None where there is none."""
    versions = tuple(shares(state))
    return versions[1] if len(versions) > 1 else None


def demand_champion(state: State, where: str) -> int:
    """The champion, where one is needed.

    Raises:
        UsageError: Nothing was pushed yet.
    """
    if state.champion is None:
        raise UsageError(
            "there is no champion that could be served",
            where=where,
            expected="a ledger with a champion",
            got="none",
            fix="push a model, or promote one: tidegate models promote",
        )
    return state.champion
