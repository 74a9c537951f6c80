"""What changed in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tidegate.drift_tests.decision import Sign
from tidegate.drift_tests.judging.vector import SHARE
from tidegate.drift_tests.measuring import names
from tidegate.drift_tests.phrases import TOP, Form, Phrase, phrase_of, share_text
from tidegate.report.wording import counted, printable

LONGEST_NAME = 40
_LONGEST_VALUE = 30
_MOST_DIGITS = 9
_PLAINER = 4.0
_HOURS = " h from the middle of its span"
_UNITS = frozenset((*names.IN_UNITS, *names.BAND_MEANS, *names.QUANTILES, "step"))


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


def most_telling(signs: Sequence[Sign], column: str) -> list[Sign]:
    """The signs, those first that are far off and plain to everybody.

    Being plainer by one level makes up for being `_PLAINER` times less far off.

    Args:
        signs: What of a column is not as it was.
        column: The column; of a relation it is better the first than the other.
    """

    def order(sign: Sign) -> tuple[float, bool, float]:
        far = math.log(max(sign.distance, 1e-9), _PLAINER)
        plain = phrase_of(sign.measure).plain
        return plain - far, sign.column != column, -sign.distance

    return sorted(signs, key=order)


def short(name: str) -> str:
    """The name of a column, capped and printable."""
    return printable(name, LONGEST_NAME)


def _lead(phrase: Phrase, sign: Sign, column: str) -> str:
    if sign.measure == SHARE:
        return f"value {_quoted(sign.detail)}"
    if sign.measure == TOP and sign.detail:
        return f"{phrase.lead}, {_quoted(sign.detail)}"
    if not sign.other:
        return phrase.lead
    other = sign.other if sign.column == column else sign.column
    first, second = short(sign.column), short(sign.other)
    return phrase.lead.format(first=first, second=second, other=short(other))


def _quoted(text: str) -> str:
    return f"'{printable(text, _LONGEST_VALUE)}'"


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
    among = f"in {counted(spans, 'accepted spans')}"
    if over > 1:  # the last spans themselves are in no mean before
        among = f"in any {over} of {spans - over + 1} accepted spans before"
    if low_text != high_text:
        return f"{low_text} to {high_text}{unit} {among}"
    if high == 0 and phrase_of(sign.measure).form is share_text:
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
