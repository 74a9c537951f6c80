"""Arguments for Beam that come from the command line."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.errors import UsageError, raise_all

_UNSURE_RUNNERS = ("DirectRunner", "direct", "SwitchingDirectRunner")


def checked(given: Sequence[str]) -> tuple[str, ...]:
    """The arguments as they were given.

    Raises:
        UsageError: One is not of the form --key or --key=value, or names a runner
            that may fetch another from outside.
    """
    raise_all(
        "arguments for Beam cannot be used",
        [error for one in given if (error := _fault(one)) is not None],
    )
    return tuple(given)


def _fault(one: str) -> UsageError | None:
    if not one.startswith("--") or len(one) < 3:
        return UsageError(
            "an argument for Beam needs its two hyphens",
            where="--beam-arg",
            expected="--key=value",
            got=one,
            fix=f"--beam-arg=--{one.lstrip('-') or 'direct_num_workers=2'}",
        )
    key, _, value = one.partition("=")
    if key == "--runner" and value.rpartition(".")[2] in _UNSURE_RUNNERS:
        return UsageError(
            "this name leaves open which runner it is, and may download one",
            where="--beam-arg",
            expected="a runner that is named in full",
            got=one,
            fix="leave it out: FnApiRunner is what a local run takes",
        )
    return None
