"""How each measure reads in plain words, with the unit of its figures."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tidegate.drift_tests.judging.vector import SHARE
from tidegate.drift_tests.measuring import names
from tidegate.report.wording import percent

Form = Callable[[float, int], str]
_OFF = " deviations"
ROWS, TOP = "log_rows", "top_share"


@dataclass(frozen=True)
class Phrase:
    """How a measure reads: `{lead}: {figure}{of}`.

    Attributes:
        lead: What it is; `{column}` and `{other}` are names.
        form: Writes a figure with so many more digits than usual.
        of: What the figure is of, after it.
        plain: How hard it is to grasp: 0 is what everybody knows.
        scale: From what was measured to what people count.
    """

    lead: str
    form: Form
    of: str = ""
    plain: int = 2
    scale: Callable[[float], float] = float


def share_text(share: float, more: int = 0) -> str:
    """A share in percent."""
    share = round(share, 9)  # 1 less an error of floating point is all
    return percent(share, 1) if not more else f"{100 * share:.{more + 1}f} %"


def number_text(number: float, more: int = 0) -> str:
    """A number with four digits or more: `1,240`, `0.03125`."""
    digits = 4 + more
    if abs(number) >= 10 ** (digits - 1):
        return f"{number:,.{more}f}"
    return f"{number + 0.0:,.{digits}g}"


def _count_text(number: float, more: int = 0) -> str:
    whole = not more and math.isfinite(number)
    return f"{round(number):,}" if whole else f"{number:,.{more}f}"


def phrase_of(measure: str) -> Phrase:
    """How a measure reads; one that is not known reads as its name."""
    return PHRASES.get(measure) or Phrase(_as_text(measure), number_text)


def _as_text(measure: str) -> str:
    """The name of a measure that only newer versions know; without braces."""
    return measure.replace("_", " ").replace("{", "(").replace("}", ")")


def _exp(value: float) -> float:
    return math.exp(min(value, 700.0))


def _far(value: float) -> float:
    """From the logarithm of a mean square to its root."""
    return math.sqrt(max(math.expm1(min(value, 700.0)), 0.0))


def _left(value: float) -> float:
    return max(_exp(value) - 1e-3, 0.0)


def _share(lead: str, of: str, plain: int = 1) -> Phrase:
    return Phrase(lead, share_text, f" of {of}", plain)


def _unit(lead: str, plain: int = 2) -> Phrase:
    return Phrase(lead, number_text, "", plain)


def _rest(lead: str) -> Phrase:
    """What a model of the other columns is off by, in the column's deviations."""
    return Phrase(f"off from what other columns tell, {lead}", number_text, _OFF, 5)


def _like(lead: str, of: str) -> Phrase:
    """An entropy as the number of equally frequent things that have the same."""
    return Phrase(lead, number_text, f" equally frequent {of}", 5, _exp)


def _band(low: float, high: float) -> str:
    if low == 0:
        return f"mean of the lowest {high * 100:g} %"
    if high == 1:
        return f"mean of the highest {100 - low * 100:g} %"
    return f"mean from the {low * 100:g} % to the {high * 100:g} % quantile"


def _quantile(level: float) -> str:
    ends = {0.0: "least value", 0.5: "median", 1.0: "greatest value"}
    return ends.get(level, f"{level * 100:g} % quantile")


PHRASES: dict[str, Phrase] = {
    ROWS: Phrase("rows", _count_text, "", 0, _exp),
    SHARE: _share("value", "values", 0),
    "missing": _share("missing", "rows", 0),
    "nan": _share("not a number", "values", 0),
    "infinite": _share("infinite", "values", 0),
    "zero": _share("zero", "values"),
    "negative": _share("below zero", "values"),
    "whole": _share("whole numbers", "values"),
    "fives": _share("multiples of 5", "values", 3),
    "tens": _share("multiples of 10", "values", 3),
    TOP: _share("the most frequent value", "values"),
    "alone": _share("values that occur once", "values", 3),
    "empty": _share("empty texts", "values", 0),
    "padded": _share("blanks before or after", "values"),
    "not_ascii": _share("with letters beyond ASCII", "values"),
    "top_shape": _share("written in the most frequent way", "values", 3),
    "upper": _share("capital letters", "characters"),
    "lower": _share("small letters", "characters"),
    "digit": _share("digits", "characters"),
    "blank": _share("blanks", "characters"),
    "log_distinct": Phrase("distinct values", _count_text, "", 1, _exp),
    "log_shapes": Phrase("ways of writing", _count_text, "", 3, _exp),
    "tail_weight": Phrase(
        "spread with far-off values", number_text, " times the middle one", 5, _far
    ),
    "log_spread": Phrase("middle distance from the median", number_text, "", 3, _exp),
    "entropy": _like("variety", "values"),
    "shape_entropy": _like("variety of writing", "ways"),
    "mean": _unit("mean", 1),
    "deviation": _unit("standard deviation"),
    "trimmed_mean": _unit("mean without extremes", 1),
    "trimmed_deviation": _unit("standard deviation without extremes"),
    "length": _unit("mean length"),
    "length_deviation": _unit("standard deviation of lengths", 3),
    "shortest": _unit("shortest length"),
    "longest": _unit("longest length"),
    "left_low": _rest("lowest 1 %"),
    "left_lower": _rest("lowest 5 %"),
    "left_upper": _rest("highest 5 %"),
    "left_high": _rest("highest 1 %"),
    "left_spread": Phrase(
        "typically off from what other columns tell", number_text, _OFF, 5, _left
    ),
    **{names.band_name(band): _unit(_band(*band)) for band in names.BANDS},
    **{names.quantile_name(level): _unit(_quantile(level)) for level in names.LEVELS},
    "step": _unit("step between values", 3),
    names.SEPARATED: Phrase("told apart by other columns (AUC)", number_text, "", 3),
    names.METRIC: _unit("metric", 0),
    names.METRIC_ERROR: _unit("error of the metric", 3),
    names.APART: _share("{first} present while {second} is missing", "rows", 2),
    names.ORDER: Phrase("rank correlation with {other}", number_text, "", 4),
    names.BELOW: _share("{first} below {second}", "rows with both", 2),
    names.EQUAL: _share("{first} equal to {second}", "rows with both", 2),
    names.TOLD: _share("{second} told by {first}", "rows", 4),
}
