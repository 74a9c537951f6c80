"""How many decimals numbers are written with."""

from __future__ import annotations

from collections import Counter

import numpy as np

from tidegate.columnar.statistics.tables import Counts, Numeric

# A float32 has 6 to 9 significant digits; what needs more is not written by hand.
MOST_DECIMALS = 9


def decimals_of(values: Numeric, counts: Counts) -> Counter[int]:
    """Numbers by the decimals of their shortest spelling in their own type.

    Args:
        values: int64, float32 or float64; infinite ones are left out.
        counts: How often each occurs.

    Returns:
        Decimals, 0 to `MOST_DECIMALS` + 1 which stands for more, and how many
        numbers have as many.
    """
    if values.dtype.kind != "f":
        return Counter({0: int(counts.sum())} if len(counts) else {})
    finite = np.isfinite(values)
    left, counts = values[finite], counts[finite]
    found: Counter[int] = Counter()
    for decimals in range(MOST_DECIMALS + 1):
        if not len(left):
            break
        rounded = np.round(left.astype(np.float64), decimals).astype(left.dtype)
        spelled = rounded == left
        found[decimals] = int(counts[spelled].sum())
        left, counts = left[~spelled], counts[~spelled]
    found[MOST_DECIMALS + 1] = int(counts.sum())
    return +found
