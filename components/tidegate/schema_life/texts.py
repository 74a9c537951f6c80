"""What the texts of a column can be: a closed list, a form, or anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.report.wording import counted

# A list of values is closed if there are few, and nearly all rows have one that
# was seen so often that another one as frequent would have been seen too.
_MOST_VALUES = 60
_OFTEN_SEEN = 20
_RARE_MASS = 0.01
_ROWS_A_VALUE = 50
# A value this frequent is in every delivery.
FREQUENT = 0.01
_FORM_VALUES = 20
_FORM_ROWS = 200
_ALL = 16_384
_LONGEST_FORM = 40


@dataclass(frozen=True)
class Domain:
    """A closed list of values.

    Attributes:
        values: The values, sorted.
        spare: Share of the rows that may have others all the same.
        reason: Why it looks closed.
    """

    values: tuple[str, ...]
    spare: float
    reason: str


@dataclass(frozen=True)
class Form:
    """What all values look like.

    Attributes:
        regex: A regular expression of a whole value, in RE2's dialect.
        reason: What was seen.
    """

    regex: str
    reason: str


def domain_of(profile: ColumnProfile) -> Domain | None:
    """The closed list of texts of a column; None where it looks open.

    What was never seen is as rare as what was seen rarely (by Good and Turing its
    mass is that of the values seen once). So rare values may be few, and where
    there are any, a small share of others is allowed.
    """
    distinct, values = profile.distinct, profile.values
    if profile.kind != "text" or not profile.distinct_is_exact or distinct < 2:
        return None
    if distinct > _MOST_VALUES or distinct * _ROWS_A_VALUE > values:
        return None
    counts = dict(profile.frequent(distinct))
    if not all(isinstance(value, str) for value in counts):
        return None
    rare = sum(n for n in counts.values() if n < _OFTEN_SEEN) / values
    if rare > _RARE_MASS:
        return None
    rarest = min(counts.values())
    spare = 0.0 if rarest >= FREQUENT * values else (0.01 if rare < 0.003 else 0.02)
    seen = f"{counted(distinct, 'values')}, the rarest in {counted(rarest, 'rows')}"
    more = "; others as rare may come" if spare else ""
    return Domain(tuple(sorted(counts)), spare, seen + more)


def form_of(profile: ColumnProfile) -> Form | None:
    """The form of codes, dates and ids; None for words and sentences."""
    if profile.kind != "text" or profile.values < _FORM_ROWS:
        return None
    texts = [value for value, _ in profile.frequent(_ALL)]
    if len(texts) < _FORM_VALUES or not all(_plain(text) for text in texts):
        return None
    lengths = {len(text) for text in texts}
    if max(lengths) > _LONGEST_FORM:
        return None
    masks = {_mask(text) for text in texts}
    if len(masks) == 1:
        regex = _run_lengths(masks.pop())
        return Form(regex, f"all {counted(len(texts), 'values')} of one form")
    return _alphabet(texts, lengths)


def longest_allowed(profile: ColumnProfile) -> int | None:
    """Three times the longest text, on a round number; None without texts."""
    longest = profile.longest
    if not longest or profile.values < _FORM_ROWS:
        return None
    unit = int(10 ** max(len(str(3 * longest)) - 1, 0))
    return -(-3 * longest // unit) * unit


def _alphabet(texts: Sequence[str], lengths: set[int]) -> Form | None:
    signs = set("".join(texts))
    if any(sign.isspace() for sign in signs):
        return None
    upper = any("A" <= sign <= "Z" for sign in signs)
    lower = any("a" <= sign <= "z" for sign in signs)
    digits = any(sign.isdigit() for sign in signs)
    others = sorted(sign for sign in signs if not sign.isalnum())
    if len(others) > 3 or (upper and lower):
        return None
    parts = [
        part for part, held in (("A-Z", upper), ("a-z", lower), ("0-9", digits)) if held
    ]
    inner = "".join(parts) + "".join(re.escape(sign) for sign in others)
    few, most = min(lengths), max(lengths)
    if few == most:
        size = f"{{{few}}}"
        told = f"{few} characters each"
    else:
        size = f"{{{max(few // 2, 1)},{2 * most}}}"
        told = f"{few} to {most} characters"
    return Form(f"[{inner}]{size}", f"codes of {told}")


def _plain(text: object) -> bool:
    return (
        isinstance(text, str) and text != "" and text.isascii() and text.isprintable()
    )


def _mask(text: str) -> str:
    """The text with 9 for each digit, A and a for letters."""
    return re.sub(r"[a-z]", "a", re.sub(r"[A-Z]", "A", re.sub(r"[0-9]", "9", text)))


def _run_lengths(mask: str) -> str:
    classes = {"9": r"\d", "A": "[A-Z]", "a": "[a-z]"}
    found = []
    for run in re.finditer(r"(.)\1*", mask):
        sign, length = run[1], len(run[0])
        one = classes.get(sign) or (sign if sign in "-:/ _@,;" else re.escape(sign))
        found.append(one + (f"{{{length}}}" if length > 1 else ""))
    return "".join(found)
