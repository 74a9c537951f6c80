"""A change between two schemas or suites, and what it means for whoever is served.

Four effects:

- **breaking**: a single row that was valid is refused now, or a consumer loses a
  column or gets it in another type or shape.
- **tighter**: no row by itself, but a delivery may be refused that passed before:
  shares, counts, thresholds, and the tests of a suite.
- **looser**: everything that passed still passes, and more does.
- **neutral**: the same deliveries pass as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any


class Effect(str, Enum):
    """What a change means, the gravest first."""

    BREAKING = "breaking"
    TIGHTER = "tighter"
    LOOSER = "looser"
    NEUTRAL = "neutral"


_ORDER = list(Effect)


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes:
        subject: The column, the test, or "schema".
        what: What changed, in words: "high 5,000 → 50,000".
        effect: What it means.
        reason: Why it means that.
    """

    subject: str
    what: str
    effect: Effect
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """The change for `--json`."""
        return {**asdict(self), "effect": self.effect.value}


def is_breaking(changes: Sequence[Change]) -> bool:
    """Whether one of the changes breaks somebody."""
    return any(change.effect is Effect.BREAKING for change in changes)


def ranked(changes: Sequence[Change]) -> list[Change]:
    """The changes, the gravest first, else in their order."""
    return sorted(changes, key=lambda change: _ORDER.index(change.effect))


def counts(changes: Sequence[Change]) -> dict[str, int]:
    """How many changes have which effect."""
    effects = [change.effect for change in changes]
    return {one.value: effects.count(one) for one in Effect if one in effects}
