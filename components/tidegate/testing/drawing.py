"""Choosing rows at random."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tidegate.errors import UsageError
from tidegate.testing.faults import Rows


def check_share(share: float) -> None:
    """Refuses what is not a share.

    Raises:
        UsageError: It is not a number from 0 to 1.
    """
    if not 0 <= share <= 1:
        raise UsageError(
            "the share of a corruption is not a share",
            expected="a number from 0 to 1",
            got=str(share),
            fix="write 0.05 for 5 %",
        )


def every_row(length: int) -> Rows:
    """All rows of a table of that length."""
    return np.arange(length, dtype=np.int64)


def no_rows() -> Rows:
    """None of the rows."""
    return every_row(0)


def wanted(candidates: int, share: float) -> int:
    """How many of the candidates the share is: at least one if there is any."""
    return min(candidates, max(1, round(share * candidates))) if share else 0


def sample(rows: Rows, share: float, generator: np.random.Generator) -> Rows:
    """A share of the rows, ascending."""
    number = wanted(len(rows), share)
    return np.sort(generator.choice(rows, number, replace=False))


def pick(
    candidates: npt.NDArray[np.bool_], share: float, generator: np.random.Generator
) -> Rows:
    """A share of the rows where `candidates` is true, at least one if any is."""
    return sample(np.flatnonzero(candidates).astype(np.int64), share, generator)


def block(
    candidates: npt.NDArray[np.bool_], share: float, generator: np.random.Generator
) -> Rows:
    """The same number of candidates as `pick`, but all next to each other."""
    rows = np.flatnonzero(candidates).astype(np.int64)
    number = wanted(len(rows), share)
    start = int(generator.integers(0, len(rows) - number + 1))
    return rows[start : start + number]
