"""Whether a number that may stand for "unknown" stands apart from the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tidegate.columnar.statistics.profile import ColumnProfile

NUMBERS: tuple[int | float, ...] = (
    *(sign * int("9" * digits) for digits in range(3, 10) for sign in (-1, 1)),
    *(-99, -1, 0, -32768, 32767, 65535),
    *(-(2**31), 2**31 - 1, 2**32 - 1, -(2**63), 2**63 - 1),
    *(-9999.9, 9999.9, -999.9, 999.9, -1e30, 1e30, 1e20, -3.4028234663852886e38),
    3.4028234663852886e38,
)
# Fewer kinds of value are codes, such as -1, 0 and 1, rather than measurements.
_FEWEST_VALUES = 10
# So few of the other values may lie beyond it: a sentinel stands at the edge.
_BEYOND = 0.002
# A stand-in repeats; one 9,999 alone may be a price, one -99 a refund.
_FEWEST_ROWS = 3
# 0 stands apart only where the rest is far away, as with seconds since 1970.
_FAR_FOR_ZERO = 10.0


@dataclass(frozen=True, eq=False)
class OtherNumbers:
    """The numbers of a column that are no usual sentinel, ascending."""

    values: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]

    def is_apart(self, sentinel: float, rows: int) -> bool:
        """Whether a number stands at the edge, and away from these."""
        total = float(self.weights.sum())
        place = int(np.searchsorted(self.values, sentinel))
        below = float(self.weights[:place].sum()) / total
        if below <= _BEYOND:
            near = float(self.values[min(place, len(self.values) - 1)])
        elif 1 - below <= _BEYOND:
            near = float(self.values[place - 1])
        else:
            return False
        gap = abs(near - sentinel)
        if sentinel == 0:
            return rows >= _FEWEST_ROWS and gap > _FAR_FOR_ZERO * self._width()
        if sentinel < 0 and near >= 0 and below <= _BEYOND:
            # Among numbers that are never negative; next to 0 it may be honest.
            repeated = rows >= _FEWEST_ROWS or sentinel <= -999
            return repeated and (sentinel <= -99 or near >= 1)
        if sentinel > 0 and rows < _FEWEST_ROWS:
            return False
        return abs(sentinel) > 1 and gap > self._width()

    def _width(self) -> float:
        """Width of the middle 98 % of the values."""
        ranks = np.cumsum(self.weights) / self.weights.sum()
        low, high = np.searchsorted(ranks, (0.01, 0.99))
        last = len(self.values) - 1
        return float(self.values[min(high, last)] - self.values[min(low, last)])


def other_numbers(profile: ColumnProfile, sentinel: float) -> OtherNumbers | None:
    """The honest numbers; None where they are too few kinds to be measurements."""
    numbers = profile.numbers
    if numbers is None:
        return None
    points, ranks = numbers.points()
    values = np.asarray(points, np.float64)
    weights = np.diff(np.concatenate([[0], ranks])).astype(np.float64)
    # 0 is honest in most columns: it counts unless it is the one in question.
    usual = np.array([one for one in NUMBERS if one or not sentinel], np.float64)
    if points.dtype == np.float32:
        usual = usual.astype(np.float32).astype(np.float64)
    kept = np.isfinite(values) & ~np.isin(values, usual)
    if np.count_nonzero(kept) < _FEWEST_VALUES:
        return None
    return OtherNumbers(values[kept], weights[kept])
