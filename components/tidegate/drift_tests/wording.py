"""What changed in plain words: one sentence part for every measure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tidegate.drift_tests.decision import Sign
from tidegate.drift_tests.judging.vector import SHARE
from tidegate.drift_tests.measuring import names
from tidegate.report.wording import counted, percent, printable

Form = Callable[[float, int], str]
LONGEST_NAME = 40
_LONGEST_VALUE = 30
_MOST_DIGITS = 9
ROWS = "log_rows"


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
    return percent(share, 1) if not more else f"{100 * share:.{more + 1}f} %"


def number_text(number: float, more: int = 0) -> str:
    """A number with four digits or more: `1,240`, `0.03125`."""
    digits = 4 + more
    if abs(number) >= 10 ** (digits - 1):
        return f"{number:,.{more}f}"
    return f"{number:,.{digits}g}".replace("-0", "0", number == 0)


def _count_text(number: float, more: int = 0) -> str:
    return f"{number:,.{more}f}" if more else f"{round(number):,}"


def told(sign: Sign, column: str, spans: int, *, hours: bool, over: int = 1) -> str:
    """What changed: `missing: 4.1 % of rows; 0 % to 1.2 % in 90 accepted spans`.

    Args:
        sign: What is not as it was.
        column: The column that is spoken of.
        spans: Number of accepted spans.
        hours: Whether the column holds times, which are measured in hours.
        over: Number of spans whose mean it is.
    """
    phrase = phrase_of(sign.measure)
    now, low, high = map(phrase.scale, (sign.now, sign.low, sign.high))
    figures = _texts(phrase.form, now, low, high)
    of = _HOURS if hours and sign.measure in _UNITS else phrase.of
    unit = " h" if of == _HOURS else ""
    present = f"{figures[0]}{of}" + (f" over the last {over} spans" if over > 1 else "")
    lead = _lead(phrase, sign, column)
    return f"{lead}: {present}; {_before(figures, unit, high, sign, spans, over)}"


def lead_of(sign: Sign, column: str) -> str:
    """What changed, without figures: `missing`."""
    return _lead(phrase_of(sign.measure), sign, column)


def phrase_of(measure: str) -> Phrase:
    """How a measure reads; one that is not known reads as its name."""
    return PHRASES.get(measure) or Phrase(measure.replace("_", " "), number_text)


def most_telling(signs: Sequence[Sign], column: str) -> list[Sign]:
    """The signs, those first that are far off and plain to everybody.

    Args:
        signs: What of a column is not as it was.
        column: The column; what it did to others comes after its own signs.
    """
    if not signs:
        return []
    top = max(sign.distance for sign in signs)

    def order(sign: Sign) -> tuple[bool, int, bool, float]:
        plain = phrase_of(sign.measure).plain
        return 2 * sign.distance < top, plain, sign.column != column, -sign.distance

    return sorted(signs, key=order)


def short(name: str) -> str:
    """The name of a column, capped and printable."""
    return printable(name, LONGEST_NAME)


def _lead(phrase: Phrase, sign: Sign, column: str) -> str:
    if sign.measure == SHARE:
        return f"value '{printable(sign.detail, _LONGEST_VALUE)}'"
    if not sign.other:
        return phrase.lead
    other = sign.other if sign.column == column else sign.column
    first, second = short(sign.column), short(sign.other)
    return phrase.lead.format(first=first, second=second, other=short(other))


def _before(
    figures: tuple[str, str, str],
    unit: str,
    high: float,
    sign: Sign,
    spans: int,
    over: int,
) -> str:
    """What it was in the accepted spans."""
    _, low_text, high_text = figures
    among = f"in {'any ' + str(over) + ' of ' if over > 1 else ''}"
    among += counted(spans, "accepted spans")
    if low_text != high_text:
        return f"{low_text} to {high_text}{unit} {among}"
    if high == 0 and (sign.measure == SHARE or sign.measure in _NEVER):
        return f"never {among}"
    return f"always {low_text}{unit} {among}"


def _texts(form: Form, now: float, low: float, high: float) -> tuple[str, str, str]:
    """The figures with as many digits as it takes to tell the first from the rest."""
    texts = ("", "", "")
    for more in range(_MOST_DIGITS):
        texts = form(now, more), form(low, more), form(high, more)
        told_apart = (texts[0] != texts[1] or now == low) and (
            texts[0] != texts[2] or now == high
        )
        if told_apart:
            break
    return texts


def _exp(value: float) -> float:
    return math.exp(min(value, 700.0))


def _far(value: float) -> float:
    """From the logarithm of a mean square to its root."""
    return math.sqrt(math.expm1(min(value, 700.0)))


def _left(value: float) -> float:
    return max(_exp(value) - 1e-3, 0.0)


def _share(lead: str, of: str, plain: int = 1) -> Phrase:
    return Phrase(lead, share_text, f" of {of}", plain)


def _unit(lead: str, plain: int = 2) -> Phrase:
    return Phrase(lead, number_text, "", plain)


def _rest(lead: str) -> Phrase:
    return Phrase(f"{lead} that other columns leave", number_text, " deviations", 6)


def _like(lead: str) -> Phrase:
    return Phrase(lead, number_text, " equally frequent ones", 5, _exp)


def _band(low: float, high: float) -> str:
    if low == 0:
        return f"mean of the lowest {high:.0%}"
    if high == 1:
        return f"mean of the highest {1 - low:.0%}"
    return f"mean of the values between the quantiles {low:g} and {high:g}"


def _quantile(level: float) -> str:
    ends = {0.0: "least value", 0.5: "median", 1.0: "greatest value"}
    return ends.get(level, f"quantile {level:g}")


_HOURS = " h from the middle of its span"
_UNITS = frozenset((*names.IN_UNITS, *names.BAND_MEANS, *names.QUANTILES, names._KEPT))
_NEVER = frozenset(
    (*names.OF_ROWS, *names.OF_VALUES, *names.OF_CHARACTERS, names.APART, names.EQUAL)
)

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
    "top_share": _share("the most frequent value", "values"),
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
        "spread with far-off values", number_text, " × the middle spread", 5, _far
    ),
    "log_spread": Phrase("middle distance from the median", number_text, "", 3, _exp),
    "entropy": _like("variety as of so many values"),
    "shape_entropy": _like("variety of writing as of so many ways"),
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
        "typical size of what other columns leave", number_text, " deviations", 6, _left
    ),
    **{names.band_name(band): _unit(_band(*band)) for band in names.BANDS},
    **{names.quantile_name(level): _unit(_quantile(level)) for level in names.LEVELS},
    "step": _unit("step between values", 3),
    names.APART: _share("{first} present while {second} is missing", "rows", 2),
    names.ORDER: Phrase("rank correlation with {other}", number_text, "", 4),
    names.BELOW: _share("{first} below {second}", "rows with both", 2),
    names.EQUAL: _share("{first} equal to {second}", "rows with both", 2),
    names.TOLD: _share("{second} told by {first}", "rows", 4),
}
