"""Made-up private data passes the checks that real data passes."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tidegate.testing import private_values
from tidegate.testing.private_values import Draw

FORMS = {
    private_values.email: r"[a-z]+\.[a-z]+\d+@example\.(com|org|net)",
    private_values.phone: r"(\+1 |\()202.*555-01\d\d|\+49 30 23125\d{3}|\+44 20.*",
    private_values.card: r"\d{16}",
    private_values.us_ssn: r"(?!000|666)\d{3}-(?!00)\d\d-(?!0000)\d{4}",
    private_values.de_tax_id: r"[1-9]\d{10}",
    private_values.gb_nino: r"[A-Z]{2}\d{6}[A-D]",
    private_values.es_dni: r"\d{8}[A-Z]",
}


@pytest.mark.parametrize("draw", FORMS, ids=[draw.__name__ for draw in FORMS])
def test_every_value_has_its_form(draw: Draw) -> None:
    generator = np.random.default_rng(1)
    values = [draw(generator) for _ in range(300)]
    assert all(re.fullmatch(FORMS[draw], value) for value in values)
    assert len(set(values)) > 100


def test_card_numbers_pass_the_luhn_check() -> None:
    generator = np.random.default_rng(1)
    for card in (private_values.card(generator) for _ in range(100)):
        doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(card))]
        assert sum(n // 10 + n % 10 for n in doubled) % 10 == 0


@pytest.mark.parametrize(
    ("body", "digit"), [("411111111111111", "1"), ("555555555555444", "4")]
)
def test_the_luhn_digit_is_that_of_well_known_test_cards(body: str, digit: str) -> None:
    assert private_values.luhn_digit(body) == digit


def test_german_tax_ids_have_their_check_digit_and_one_digit_twice() -> None:
    generator = np.random.default_rng(1)
    assert private_values.check_digit_mod_11_10("8609574271") == "9"
    for number in (private_values.de_tax_id(generator) for _ in range(100)):
        counts = sorted(number[:10].count(digit) for digit in set(number[:10]))
        assert counts == [1] * 8 + [2]
        assert private_values.check_digit_mod_11_10(number[:10]) == number[10]
