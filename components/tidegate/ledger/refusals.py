"""What every change of a ledger must say, and which versions it may be about."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from tidegate.errors import SecurityError, TidegateError, UsageError, raise_all
from tidegate.ledger.destination import LEDGER, VERSIONS, Destination
from tidegate.ledger.state import State

_MOST_TOLD = 12
_WHY = '--reason "…"'


def command(destination: Destination, words: str) -> str:
    """A command to be pasted anywhere, which is about these models and no others."""
    return f"tidegate models {words} --pushed {shlex.quote(destination.shown)}"


def promotion(destination: Destination, version: int | str) -> str:
    """The command that makes a version the champion."""
    return command(destination, f"promote {version} {_WHY}")


def demand_words(by: str, reason: str) -> None:
    """Refuses what nobody answers for.

    Raises:
        UsageError: It is not said who or why; both, as `Problems`.
    """
    errors: list[TidegateError] = [
        UsageError(
            f"the ledger needs to know {question}",
            where=name,
            expected="some words",
            got="none",
            fix=f"say it: --{name} {example}",
        )
        for name, text, question, example in (
            ("by", by, "who answers for it", '"Ada, flights team"'),
            ("reason", reason, "why", '"more late flights than it says"'),
        )
        if not text.strip()
    ]
    raise_all("the ledger needs to know who and why", errors)


def demand_percent(percent: int) -> int:
    """A share of the traffic that a canary can have.

    Raises:
        UsageError: It is not 0 to 99.
    """
    if 0 <= percent <= 99:
        return percent
    raise UsageError(
        "a canary cannot have such a share of the requests",
        where="percent",
        expected="1 to 99, or 0 to only replay a sample to it",
        got=str(percent),
        fix="promote it, to have it serve all" if percent > 99 else "give it 10",
    )


def unknown(destination: Destination, version: int, state: State) -> UsageError:
    """The error for a version that is not on the ledger."""
    return UsageError(
        f"there is no version {version}",
        where=destination.shown,
        expected=named(state),
        got=str(version),
        fix="name one of them",
    )


def named(state: State) -> str:
    """The versions that there are, the newest first: `3 (champion), 2, 1`."""
    marks = {state.champion: " (champion)"}
    if state.canary is not None:
        marks[state.canary.version] = " (canary)"
    versions = sorted(state.versions, reverse=True)
    told = [f"{one}{marks.get(one, '')}" for one in versions[:_MOST_TOLD]]
    more = len(versions) - len(told)
    if more:
        told.append(f"and {more:,} older")
    return ", ".join(told) or "a version that was pushed; there is none yet"


def demand_former(destination: Destination, version: int, state: State) -> None:
    """Refuses a version that nothing can go back to.

    Raises:
        UsageError: It was never pushed or never the champion, or it is the champion.
    """
    if version not in state.versions:
        raise unknown(destination, version, state)
    if version == state.champion:
        raise is_champion(destination, version)
    if version not in state.champions:
        raise UsageError(
            f"version {version} was never the champion, so nothing goes back to it",
            where=destination.shown,
            expected=", ".join(map(str, dict.fromkeys(reversed(state.champions)))),
            got=str(version),
            fix=promotion(destination, version),
        )


def not_whole(
    destination: Destination, version: int, fault: str, state: State
) -> UsageError:
    """The error for a version that cannot be served; `fault` is what it lacks."""
    return UsageError(
        f"version {version} cannot be served",
        where=destination.uri_of(version),
        expected="all files that were pushed",
        got=fault,
        fix=f"name another: {named(state)}",
    )


def why_passed(error: TidegateError) -> str:
    """Why a rollback went past a version, in words."""
    if isinstance(error, SecurityError):
        return "its files are not those that were pushed"
    return error.got or error.message


def demand_unmoved(
    destination: Destination,
    state: State,
    expected: tuple[int | None, int | None] | None,
) -> None:
    """Refuses to move what somebody else has moved.

    Args:
        destination: Where the models are.
        state: What the ledger says.
        expected: Champion and canary as they were; None takes any.

    Raises:
        UsageError: Champion or canary are others by now.
    """
    canary = None if state.canary is None else state.canary.version
    if expected is None or expected == (state.champion, canary):
        return
    raise UsageError(
        "somebody moved the models meanwhile",
        where=destination.shown,
        expected="champion {}, canary {}".format(*(one or "none" for one in expected)),
        got=f"champion {state.champion or 'none'}, canary {canary or 'none'}",
        fix=f"{command(destination, 'log')} says who and why",
    )


def nothing_before(
    destination: Destination, passed: Mapping[int, TidegateError], better: int | None
) -> TidegateError:
    """The error for a champion that nothing is before.

    Args:
        destination: Where the models are.
        passed: Former champions that cannot be served, and why.
        better: A version that could be the champion; None without any.
    """
    changed = any(isinstance(one, SecurityError) for one in passed.values())
    kind = SecurityError if changed else UsageError
    faults = [f"{version}: {why_passed(one)}" for version, one in passed.items()]
    steps = [
        "push a model" if better is None else promotion(destination, better),
        *([f"{command(destination, 'verify')} tells what changed"] if changed else []),
        f"{command(destination, 'list')} shows what there is",
    ]
    return kind(
        "there is no champion to go back to",
        where=destination.shown,
        expected="a champion before the present one that is as it was pushed",
        got="; ".join(faults) or "none was before it",
        fix="; ".join(steps),
    )


def no_champion(destination: Destination, state: State) -> UsageError:
    """The error for a canary that has nothing to stand beside."""
    return UsageError(
        "a canary needs a champion beside it",
        where=destination.shown,
        expected="a champion",
        got="none",
        fix=f"{promotion(destination, 'VERSION')}; there are: {named(state)}",
    )


def is_champion(destination: Destination, version: int) -> UsageError:
    """The error for what is as it should be already."""
    return UsageError(
        f"version {version} is the champion already",
        where=destination.shown,
        expected="another version",
        got=str(version),
        fix="nothing is to be done",
    )


def changed(destination: Destination, version: int) -> SecurityError:
    """The error for a version that is not what was pushed."""
    return SecurityError(
        f"the files of version {version} are not those that were pushed",
        where=destination.uri_of(version),
        expected="the digests of the ledger",
        got="others",
        fix=f"{command(destination, f'verify {version}')} tells which; "
        "serve another version",
    )


def claimed_otherwise(destination: Destination, version: int) -> SecurityError:
    """The error for a version that is not what its push was about to write."""
    return SecurityError(
        f"the files of version {version} are not those that were pushed",
        where=destination.uri_of(version),
        expected=f"the digest in {LEDGER}/{VERSIONS}/{version}",
        got="another",
        fix="remove the folder if nobody knows it, and push the model again",
    )
