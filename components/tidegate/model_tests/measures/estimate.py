"""A metric with what each row adds to its error, and the intervals of it.

Each row has an influence: the change of the metric if the row weighed a little
more. The sum of their squares estimates the metric's variance (the infinitesimal
jackknife: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter
21), with weights or without; for the AUC it is DeLong's estimate. Two models on
the same rows are compared by the difference of the influences, row by row, so that
what is common to both cancels out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Estimate:
    """A metric of some rows.

    Attributes:
        value: The metric.
        influence: What each row adds to its error; 0 for a row that has no part.
        units: How many rows it hangs on where it is a share: the interval of 100 %
            of 20 rows is wider than that of 100 % of 2,000. None for a metric
            without bounds.
        step: The least by which one row more or less changes it; 0 where that may
            be next to nothing.
    """

    value: float
    influence: Numbers
    units: float | None = None
    step: float = 0.0

    @property
    def variance(self) -> float:
        """The variance of the metric over samples of as many rows."""
        count = int(np.count_nonzero(self.influence))
        total = float(np.dot(self.influence, self.influence))
        return total * count / (count - 1) if count > 1 else total


@dataclass(frozen=True)
class Interval:
    """A value, and where it lies with some confidence.

    Attributes:
        value: The estimate.
        low: Lower end.
        high: Upper end.
    """

    value: float
    low: float
    high: float


def z_value(confidence: float) -> float:
    """Standard errors to each side of a two-sided interval."""
    # At a confidence of 1 - 1e-17 the quantile would be infinite.
    return NormalDist().inv_cdf(min(0.5 + confidence / 2, 1 - 1e-15))


def interval(estimate: Estimate, confidence: float) -> Interval:
    """The interval of one metric.

    For a metric between 0 and 1 it is Wilson's score interval with the number of
    rows that gives the same variance (Dean and Pagano, Evaluating confidence
    interval methods for binomial proportions in clustered surveys, 2015), which
    stays within the bounds and does not shrink to nothing at 0 or 1.
    """
    z, value = z_value(confidence), estimate.value
    if estimate.units is None:
        reach = z * math.sqrt(estimate.variance)
        return Interval(value, value - reach, value + reach)
    rows = _effective_rows(estimate)
    if rows <= 0:
        return Interval(value, 0.0, 1.0)
    shrink = 1 + z * z / rows
    middle = (value + z * z / (2 * rows)) / shrink
    spread = value * (1 - value) / rows + (z / (2 * rows)) ** 2
    reach = z * math.sqrt(max(spread, 0.0)) / shrink
    low, high = max(middle - reach, 0.0), min(middle + reach, 1.0)
    return Interval(value, min(low, value), max(high, value))


def _effective_rows(estimate: Estimate) -> float:
    units, variance = estimate.units or 0.0, estimate.variance
    spread = estimate.value * (1 - estimate.value)
    most = float(np.count_nonzero(estimate.influence))
    if variance <= 0 or spread <= 0:
        return units
    return min(spread / variance, max(most, units))


def paired_error(first: Estimate, second: Estimate) -> float:
    """Standard error of first minus second, both of the same rows.

    Of two shares that agree on every row, the next row may still tell them apart:
    the error is at least that of one row (after Agresti and Min, Effects and
    non-effects of paired identical observations in comparing proportions, 2005).
    """
    apart = Estimate(0.0, first.influence - second.influence)
    return max(math.sqrt(apart.variance), first.step, second.step)


def unpaired_error(first: Estimate, second: Estimate) -> float:
    """Standard error of first minus second, of different rows."""
    return math.hypot(
        *(max(math.sqrt(one.variance), one.step) for one in (first, second))
    )


def around(value: float, error: float, confidence: float) -> Interval:
    """The interval of a value with this standard error."""
    reach = z_value(confidence) * error
    return Interval(value, value - reach, value + reach)
