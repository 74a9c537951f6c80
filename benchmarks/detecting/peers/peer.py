"""What every tool in the comparison can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pyarrow as pa

# A score where a number says nothing, such as a column that is gone. Finite, so
# that quantiles of scores stay numbers.
CERTAIN = 1e6


@dataclass(frozen=True)
class Judged:
    """What a tool says of one span.

    Attributes:
        score: Greater is more suspicious; what a threshold would be set on.
        alarm: What the tool says with its own settings.
        ranking: Columns, the most suspicious first; empty if it names none.
        cpu: CPU seconds that it took in a process of its own; None where the
            tool runs in this process, whose clock then tells.
    """

    score: float
    alarm: bool
    ranking: tuple[str, ...]
    cpu: float | None = None


class Peer(Protocol):
    """A tool that tells whether a span is unlike the spans before it.

    Attributes:
        name: What the tables of results call it.
    """

    name: str

    def fit(self, history: Sequence[pa.Table], starts: Sequence[date]) -> None:
        """Takes the accepted spans.

        Args:
            history: Their rows, the oldest first. What was computed of a table
                is used again when the same object comes again.
            starts: The first day of each.
        """

    def judge(self, table: pa.Table) -> Judged:
        """What the tool says of the span after the history."""


def ranked(suspicion: Mapping[str, float]) -> tuple[str, ...]:
    """The columns with any suspicion, the greatest first."""
    found = [(-value, name) for name, value in suspicion.items() if value > 0]
    return tuple(name for _, name in sorted(found))
