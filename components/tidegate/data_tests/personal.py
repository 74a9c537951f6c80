"""What looks like personal data, told from what merely has its shape.

Each detector has a pattern for the database-fast search of many values, and a
check of the few that it finds: check digits by python-stdnum, numbering plans by
phonenumbers. A number of eleven digits may pass a check by chance, so the share
that passes among the values of one shape decides, not the single value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from importlib import import_module
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.statistics.hashing import hash_words

Kind = Literal["email", "phone", "card", "national_id", "iban", "ip"]
Mask = npt.NDArray[np.bool_]
Check = Callable[[str], bool]
#: Address of machines are often no secret, and versions have their shape.
USUAL: tuple[Kind, ...] = ("email", "phone", "card", "national_id", "iban")
PLURALS: dict[str, str] = {
    "email": "e-mail addresses",
    "phone": "phone numbers",
    "card": "card numbers",
    "national_id": "national ids",
    "iban": "bank accounts",
    "ip": "internet addresses",
}
# An @ stands in names of pictures too: logo@2x.png.
_ENDINGS = ("png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "html", "json")
_REGIONS = ("GB", "FR", "IT", "NL", "BE", "CH", "AT")
_RAW = pa.large_binary()
_MOST_CHECKED = 300
_SEPARATORS = re.compile(r"[ -]")
_NINO = re.compile(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][\d ]+[A-D]")
_NO_NINO = ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")
_COARSE = r"@|\d(?:\D{0,3}\d){5}"


@dataclass(frozen=True)
class Detector:
    """One way to write one kind of personal data.

    Attributes:
        kind: What it finds.
        label: Its name among the detectors.
        quick: Regular expression of all that has the shape, for many values.
        exact: The same with its surroundings, for one value.
        check: Whether what has the shape is real.
        alone: Whether it must be the whole value, and not within a text.
        like: Whether what the pattern matches has the shape indeed.
    """

    kind: Kind
    label: str
    quick: str
    exact: re.Pattern[str]
    check: Check
    alone: bool = False
    like: Check = bool

    def shapes(self, word: str) -> list[str]:
        """What has the shape in a value."""
        if self.alone:
            found = self.exact.fullmatch(word.strip())
            return [found[0]] if found else []
        return [m[0] for m in self.exact.finditer(word) if self.like(m[0])]


@dataclass(frozen=True, eq=False)
class Sighting:
    """What a detector sees among distinct values; each mask is by value.

    Attributes:
        detector: The detector.
        shaped: Which values have its shape.
        checked: Which of them were checked, at most some hundreds.
        real: Which of these are it.
    """

    detector: Detector
    shaped: Mask
    checked: Mask
    real: Mask


def detectors(kinds: Sequence[str]) -> tuple[Detector, ...]:
    """The detectors of some kinds."""
    return tuple(one for one in _ALL if one.kind in kinds)


def examine(words: pa.Array, looking: Sequence[Detector]) -> Iterator[Sighting]:
    """What each detector sees; those that see nothing are left out.

    Args:
        words: Distinct texts, without nulls.
        looking: The detectors.
    """
    coarse = np.flatnonzero(_matches(words, _COARSE))
    if not len(coarse):
        return
    near = words.take(pa.array(coarse))
    for one in looking:
        places = np.flatnonzero(_matches(near, one.quick))
        held = near.take(pa.array(places)).to_pylist()
        found = [one.shapes(word) for word in held]
        at = [n for n, shapes in enumerate(found) if shapes]
        if not at:
            continue
        # A check takes a tenth of a millisecond: of many values some are enough.
        order = np.argsort(hash_words(pa.array([held[n].encode() for n in at], _RAW)))
        few = [at[n] for n in order[:_MOST_CHECKED]]
        real = [n for n in few if any(map(one.check, found[n]))]
        masks = [np.zeros(len(words), np.bool_) for _ in range(3)]
        for mask, chosen in zip(masks, (at, few, real), strict=True):
            mask[coarse[places[np.array(chosen, np.int64)]]] = True
        yield Sighting(one, *masks)


def _matches(words: pa.Array, pattern: str) -> Mask:
    return np.asarray(pc.match_substring_regex(words, pattern=pattern))


def _is_card(text: str) -> bool:
    """Whether digits are a card number: issuer, length, and check digit."""
    digits = _SEPARATORS.sub("", text)
    return _is_issued(digits) and bool(import_module("stdnum.luhn").is_valid(digits))


def _is_issued(text: str) -> bool:
    """Whether an issuer gives out cards of this start and length (ISO/IEC 7812)."""
    digits = _SEPARATORS.sub("", text)
    two, three, four = int(digits[:2]), int(digits[:3]), int(digits[:4])
    length = len(digits)
    if digits[0] == "4":
        return length in (13, 16, 19)
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return length == 16
    if two in (34, 37):
        return length == 15
    if four == 6011 or two == 65 or 644 <= three <= 649 or 3528 <= four <= 3589:
        return length in (16, 19)
    if two in (36, 38) or 300 <= three <= 305:
        return length == 14
    return two == 62 and 16 <= length <= 19


def _is_email(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    ending = domain.rpartition(".")[2].casefold()
    return local != "git" and ".." not in text and ending not in _ENDINGS


@lru_cache(maxsize=65_536)
def _is_phone(text: str, regions: tuple[str | None, ...]) -> bool:
    import phonenumbers

    for region in regions:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return True
    return False


def _stdnum(module: str, text: str) -> bool:
    return bool(import_module(f"stdnum.{module}").is_valid(text))


def _is_nino(text: str) -> bool:
    # Letters that are never given out: D, F, I, Q, U and V; O as the second.
    return bool(_NINO.fullmatch(text)) and text[:2] not in _NO_NINO


def _is_address(text: str) -> bool:
    parts = text.split(".")
    return all(int(part) < 256 for part in parts) and parts[0] not in ("0", "127")


def _within(
    kind: Kind, label: str, shape: str, check: Callable[[str], bool]
) -> Detector:
    """A detector of what may stand within a text, between other characters."""
    return Detector(
        kind, label, shape, re.compile(rf"(?<![\w.+@/-])(?:{shape})(?![\w@-])"), check
    )


def _alone(
    kind: Kind, label: str, shape: str, check: Callable[[str], bool]
) -> Detector:
    """A detector of what must be the whole value."""
    quick = rf"^\s*(?:{shape})\s*$"
    return Detector(kind, label, quick, re.compile(shape), check, alone=True)


def _phone(label: str, shape: str, *regions: str | None) -> Detector:
    alone = label == "national"
    build = _alone if alone else _within
    return build("phone", label, shape, partial(_is_phone, regions=regions))


def _national_id(module: str, shape: str, within: bool = False) -> Detector:
    build = _within if within else _alone
    return build("national_id", module, shape, partial(_stdnum, module))


_EMAIL = r"[\w.%+-]{1,64}@(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.)+[A-Za-z]{2,24}"
_CARD = r"\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,7}|\d{4}[ -]\d{6}[ -]\d{4,5}|\d{13,19}"
_ALL = (
    _within("email", "email", _EMAIL, _is_email),
    _phone("international", r"\+[1-9](?:[ ().\-/]{0,2}\d){6,14}", None),
    _phone(
        "american",
        r"(?:\+?1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-.]\d{4}",
        "US",
    ),
    _phone("french", r"0[1-9](?:[ .-]\d{2}){4}", "FR"),
    _phone(
        "national",
        r"\(?0\d{1,5}\)?(?: ?/ ?| )\d{2,8}(?:[ -]\d{2,8}){0,3}",
        "DE",
        *_REGIONS,
    ),
    replace(_within("card", "card", _CARD, _is_card), like=_is_issued),
    _within(
        "iban",
        "iban",
        r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?",
        partial(_stdnum, "iban"),
    ),
    _national_id("us.ssn", r"\d{3}-\d{2}-\d{4}", within=True),
    _national_id("de.idnr", r"\d{2} ?\d{3} ?\d{3} ?\d{3}"),
    _national_id("es.dni", r"\d{8}-?[A-Z]", within=True),
    _national_id("es.nie", r"[XYZ]-?\d{7}-?[A-Z]", within=True),
    _national_id(
        "it.codicefiscale", r"[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]", True
    ),
    _national_id("fr.nir", r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}"),
    _national_id("br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11}"),
    _national_id("in_.aadhaar", r"[2-9]\d{3} \d{4} \d{4}"),
    _within(
        "national_id",
        "gb.nino",
        r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Z]",
        _is_nino,
    ),
    _within("ip", "ip", r"\d{1,3}(?:\.\d{1,3}){3}", _is_address),
)
