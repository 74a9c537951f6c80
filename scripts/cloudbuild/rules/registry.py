"""Where rules are written down, and how they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from cloudbuild.checkout import Checkout
from cloudbuild.faults import Fault

F = TypeVar("F", bound=Callable[..., Iterator[Fault]])


@dataclass(frozen=True)
class Rule:
    """A rule with its name.

    Attributes:
        id: Its name, as faults give it.
        about: "builds", "triggers" or "terraform": it is asked of each such file.
        check: Yields the faults of one file; takes the file and the checkout.
    """

    id: str
    about: str
    check: Callable[[Any, Checkout], Iterator[Fault]]

    @property
    def promise(self) -> str:
        """What holds where the rule is kept, and why."""
        return " ".join((self.check.__doc__ or "").split())


RULES: list[Rule] = []


def rule(name: str, about: str) -> Callable[[F], F]:
    """Writes a function down as a rule."""

    def keep(check: F) -> F:
        RULES.append(Rule(name, about, check))
        return check

    return keep


def broken(checkout: Checkout) -> Iterator[Fault]:
    """Every fault of every file; each names the rule that it breaks."""
    for one in RULES:
        for file in getattr(checkout, one.about).values():
            for fault in one.check(file, checkout):
                yield replace(fault, rule=one.id)
