"""One seeded corruption of a known table, with a name that says it all."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from tidegate.testing.faults import Corruption, Fault, corrupt


@dataclass(frozen=True, eq=False)
class Case:
    """A corruption with its seed: the same table breaks the same way each time.

    Attributes:
        kind: Stable name of the corruption, as in `Fault.kind`.
        columns: The columns it is about; none for whole rows.
        detail: What tells it from others of its kind and columns, may be empty.
        severity: Share of the rows it changes; 1 where it has no such share.
        seed: Seed of its random numbers.
        corruption: What does it.
        harmless: True if a gate should stay open.
    """

    kind: str
    columns: tuple[str, ...]
    detail: str
    severity: float
    seed: int
    corruption: Corruption
    harmless: bool = False

    @property
    def name(self) -> str:
        """Such as "unit_jump(distance, x1000) severity=0.3 seed=2"."""
        detail = (self.detail,) if self.detail else ()
        inside = ", ".join((*self.columns, *detail))
        return f"{self.kind}({inside}) severity={self.severity:g} seed={self.seed}"

    def apply(self, table: pa.Table) -> tuple[pa.Table, Fault]:
        """The broken table, and what was done to it."""
        broken, (fault,) = corrupt(table, [self.corruption], seed=self.seed)
        return broken, fault

    def __str__(self) -> str:
        return self.name
