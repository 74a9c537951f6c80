"""How a delivery ends that cannot go on, and what every target asks for."""

from __future__ import annotations

from collections.abc import Mapping

from bootstrapping.console import USAGE, SetUpError

SECURITY = 5


class DeliveryError(SetUpError):
    """A step of a build cannot go on: what is wrong, and what to do."""


def demand(
    target: str, said: Mapping[str, str], names: Mapping[str, str]
) -> dict[str, str]:
    """The values of the variables that a make target was given.

    They travel in the environment, as they were given: neither make nor a shell reads
    a command in the name of a tag.

    Args:
        target: The make target.
        said: Environment variables; make hands its own ones on in them.
        names: What it needs, and an example of each.

    Raises:
        DeliveryError: Some are missing; the error names all of them.
    """
    given = {name: said.get(name, "").strip() for name in names}
    missing = [name for name, value in given.items() if not value]
    if not missing:
        return given
    wanted = " ".join(f"{name}={names[name]}" for name in missing)
    raise DeliveryError(f"make {target} needs more: say {wanted}", code=USAGE)
