"""Made-up private data that looks right, check digits and all.

E-mail addresses are of domains, and telephone numbers of ranges, that are set
aside for examples, so they reach nobody.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_FIRST = ("ada", "ben", "chloe", "dan", "eva", "finn", "grace", "hugo")
_LAST = ("miller", "garcia", "nguyen", "rossi", "meyer", "dubois", "silva")
_DOMAINS = ("example.com", "example.org", "example.net")
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"

Draw = Callable[[np.random.Generator], str]


def email(generator: np.random.Generator) -> str:
    """An e-mail address."""
    first, last = generator.choice(_FIRST), generator.choice(_LAST)
    return f"{first}.{last}{generator.integers(100)}@{generator.choice(_DOMAINS)}"


def phone(generator: np.random.Generator) -> str:
    """A telephone number of the USA, Germany or Great Britain."""
    number = int(generator.integers(1000))
    written = (
        f"+1 202-555-01{number % 100:02}",
        f"(202) 555-01{number % 100:02}",
        f"+49 30 23125{number:03}",
        f"+44 20 7946 0{number:03}",
    )
    return written[int(generator.integers(len(written)))]


def card(generator: np.random.Generator) -> str:
    """A card number of 16 digits that passes the Luhn check."""
    start = str(generator.choice(("4", "51", "55", "6011")))
    body = start + _digits(generator, 15 - len(start))
    return body + luhn_digit(body)


def luhn_digit(body: str) -> str:
    """The check digit for the digits before it (ISO/IEC 7812-1, annex B)."""
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(body))]
    return str(-sum(n // 10 + n % 10 for n in doubled) % 10)


def us_ssn(generator: np.random.Generator) -> str:
    """A social security number of the USA."""
    area = int(generator.integers(1, 666))
    group, serial = generator.integers(1, 100), generator.integers(1, 10000)
    return f"{area:03}-{group:02}-{serial:04}"


def de_tax_id(generator: np.random.Generator) -> str:
    """A German tax id: one of the first ten digits is there twice."""
    digits = [int(digit) for digit in generator.permutation(10)[:9]]
    if digits[0] == 0:
        digits = digits[::-1]
    digits.insert(int(generator.integers(1, 9)), digits[-1])
    body = "".join(map(str, digits))
    return body + check_digit_mod_11_10(body)


def gb_nino(generator: np.random.Generator) -> str:
    """A British national insurance number."""
    letters = "".join(generator.choice(list("ABCEGHJKLMPRSTWXYZ"), 2))
    start = "AB" if letters in {"GB", "NK", "TN", "ZZ", "BG", "KN", "NT"} else letters
    return f"{start}{_digits(generator, 6)}{generator.choice(list('ABCD'))}"


def es_dni(generator: np.random.Generator) -> str:
    """A Spanish identity number: eight digits and their letter."""
    body = _digits(generator, 8)
    return body + _DNI_LETTERS[int(body) % 23]


NATIONAL_IDS: dict[str, Draw] = {
    "us": us_ssn,
    "de": de_tax_id,
    "gb": gb_nino,
    "es": es_dni,
}


def _digits(generator: np.random.Generator, number: int) -> str:
    return "".join(map(str, generator.integers(0, 10, number)))


def check_digit_mod_11_10(body: str) -> str:
    """The check digit for the digits before it (ISO/IEC 7064, MOD 11,10)."""
    product = 10
    for digit in body:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
