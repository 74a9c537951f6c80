"""How great a change is for people, whatever its significance."""

from __future__ import annotations

import numpy as np

from tidegate.drift_tests.judging.features import TABLE, Features
from tidegate.drift_tests.measuring import names
from tidegate.drift_tests.summary import FloatArray

_SHARES = frozenset(
    (
        *names.OF_ROWS,
        *names.OF_VALUES,
        *names.OF_CHARACTERS,
        *names.RELATIONS,
        names.SEPARATED,
        "share",
    )
)
_IN_UNITS = frozenset(
    (*names.IN_UNITS, *names.BAND_MEANS, *names.QUANTILES, *names.LENGTHS)
)


def smallest_effects(
    features: Features, smallest_share: float, smallest_shift: float
) -> FloatArray:
    """By how much each feature has to differ before it counts, in its own unit.

    Args:
        features: The features.
        smallest_share: For shares and for strengths of relations, 0 to 1.
        smallest_shift: For all others, in standard deviations of the column, or
            of logarithms as they are; of a metric a part of what it usually is.
    """
    scale = np.ones(len(features.errors))
    spread = _spread(features)
    of_column = np.where(features.column == TABLE, 1.0, spread[features.column])
    share = np.array([name in _SHARES for name in features.measure], bool)
    units = np.array([name in _IN_UNITS for name in features.measure], bool)
    scale[units] = of_column[units]
    metric = features.measure == names.METRIC
    scale[metric] = np.abs(np.nanmedian(features.values[:, metric], axis=0))
    return np.asarray(np.where(share, smallest_share, smallest_shift * scale))


def _spread(features: Features) -> FloatArray:
    """The usual standard deviation of each column's values, or of its lengths."""
    found = np.zeros(len(features.columns) + 1)
    for name in ("trimmed_deviation", "length_deviation"):
        places = np.flatnonzero(features.measure == name)
        values = np.nan_to_num(features.values[:, places])
        usual = np.median(values, axis=0) if len(places) else np.zeros(0)
        found[features.column[places]] = usual
    return found
