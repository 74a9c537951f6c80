"""The names of what is measured, and which of it is judged."""

from __future__ import annotations

# Quantiles that are kept, for plots and for the errors of other measures.
LEVELS = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
# Bands between quantiles whose means are judged: a mean moves smoothly where a
# quantile of whole numbers jumps.
BANDS = (
    (0.0, 0.01),
    (0.01, 0.05),
    (0.05, 0.25),
    (0.25, 0.5),
    (0.5, 0.75),
    (0.75, 0.95),
    (0.95, 0.99),
    (0.99, 1.0),
)


def quantile_name(level: float) -> str:
    """Name of a quantile, such as `quantile_0.05`."""
    return f"quantile_{level:g}"


def band_name(band: tuple[float, float]) -> str:
    """Name of the mean of the values between two quantiles: `mean_0.05_0.25`."""
    return f"mean_{band[0]:g}_{band[1]:g}"


QUANTILES = tuple(map(quantile_name, LEVELS))
BAND_MEANS = tuple(map(band_name, BANDS))

# Shares of all rows.
OF_ROWS = ("missing",)
# Shares of the values.
OF_VALUES = (
    "nan",
    "infinite",
    "zero",
    "negative",
    "whole",
    "fives",
    "tens",
    "top_share",
    "alone",
    "empty",
    "padded",
    "not_ascii",
    "top_shape",
)
# Shares of the characters of texts.
OF_CHARACTERS = ("upper", "lower", "digit", "blank")
# Logarithms: a difference of 0.1 is a tenth.
LOGARITHMS = ("log_rows", "log_distinct", "log_shapes", "tail_weight", "log_spread")
ENTROPIES = ("entropy", "shape_entropy")
# In the unit of the values.
IN_UNITS = ("mean", "deviation", "trimmed_mean", "trimmed_deviation")
LENGTHS = ("length", "length_deviation", "shortest", "longest")
# Of what the other columns leave unexplained, in robust deviations of the column.
RESIDUALS = ("left_low", "left_lower", "left_upper", "left_high", "left_spread")
# How well the other columns tell a column's two values apart, whatever their shares.
SEPARATED = "separated"
# Kept, but not judged: smallest usual step between values.
_KEPT = ("step",)
# Of figures that are measured elsewhere, such as the accuracy of a model: the figure
# and its error. Rows of data have none of it.
METRIC, METRIC_ERROR = "metric", "metric_error"

MEASURES = (
    *OF_ROWS,
    *OF_VALUES,
    *OF_CHARACTERS,
    *LOGARITHMS[1:],
    *ENTROPIES,
    *IN_UNITS,
    *LENGTHS,
    *RESIDUALS,
    SEPARATED,
    *BAND_MEANS,
    *QUANTILES,
    *_KEPT,
)
JUDGED = (
    *(name for name in MEASURES if name not in (*_KEPT, *QUANTILES[1:-1])),
    METRIC,
)

# Of pairs: rows that have the first but not the second; rank correlation; first
# below second, equal; and how well the first tells the second.
APART, ORDER, BELOW, EQUAL, TOLD = "apart", "order", "below", "equal", "told"
RELATIONS = (APART, ORDER, BELOW, EQUAL, TOLD)
