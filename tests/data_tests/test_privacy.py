"""Personal data is found, what only looks like it is not, and none is shown."""

from __future__ import annotations

import uuid
from importlib import resources
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tidegate.columnar.dataset import Batch, Part
from tidegate.columnar.held_dataset import HeldDataset
from tidegate.columnar.open_data import open_dataset
from tidegate.data_tests.catalogue import CATALOGUE, DataTest, Evidence
from tidegate.data_tests.catalogue.personal_names import promises
from tidegate.data_tests.evaluate import evaluate
from tidegate.data_tests.suite import Suite
from tidegate.data_tests.trial import try_test
from tidegate.testing import (
    add_telling_column,
    corrupt,
    write_card_numbers,
    write_emails,
    write_national_ids,
    write_phone_numbers,
)

TEXT = pa.large_string()


def make(name: str = "no_personal_data", **parameters: Any) -> DataTest:
    return CATALOGUE[name].model_validate(parameters)


def look(test: DataTest, table: pa.Table) -> Evidence:
    found = try_test(test, table)
    other = try_test(test, table, batch_rows=max(table.num_rows // 3, 1))
    assert (other.holds, other.observed, other.hides) == (
        found.holds,
        found.observed,
        found.hides,
    )
    assert rows(other) == rows(found)
    return found


def rows(evidence: Evidence) -> list[int]:
    return [] if evidence.rows is None else list(evidence.rows.positions())


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("email", ["ada@example.com", "a.b+c@mail.example.co.uk", "Ada <a@b.de>"]),
        ("email", ["write to ada_1@example.org, please.", "müller@example.de"]),
        ("phone", ["+1 202-555-0143", "+12025550143", "(202) 555-0143"]),
        ("phone", ["202-555-0143", "1-202-555-0143", "202.555.0143"]),
        ("phone", ["+49 30 23125123", "030 23125123", "030/23125-123"]),
        ("phone", ["+44 20 7946 0123", "020 7946 0123", "01 42 68 53 00"]),
        ("phone", ["call +49 (0)30 23125123 at noon"]),
        ("card", ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111"]),
        ("card", ["378282246310005", "3782 822463 10005", "6011111111111117"]),
        ("card", ["paid by 5555555555554444 today", "30569309025904"]),
        ("national_id", ["219-09-9998", "SSN 219-09-9998"]),
        ("national_id", ["36574261809", "36 574 261 809"]),
        ("national_id", ["AB123456C", "AB 12 34 56 C"]),
        ("national_id", ["54362315K", "54362315-K", "X2482300W"]),
        ("national_id", ["RCCMNL83S18D969H"]),
        ("national_id", ["2 95 10 99 126 111 93", "295109912611193"]),
        ("national_id", ["390.533.447-05"]),
        ("national_id", ["2341 2341 2346"]),
        ("iban", ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"]),
        ("ip", ["81.2.69.142"]),
    ],
)
def test_personal_data_is_found(kind: str, values: list[str]) -> None:
    held = pa.table({"a": pa.array(["x", None, *values], TEXT)})
    found = look(make(kinds=[kind]), held)
    assert rows(found) == list(range(2, 2 + len(values)))
    assert found.holds is False
    assert found.hides == {"a"}
    assert not any(value in found.observed for value in values)


GENERATOR = np.random.default_rng(3)
DIGITS = GENERATOR.integers(0, 10, (4000, 19))


def digits(shape: str) -> list[str]:
    """Random digits in a shape such as 000-00-0000."""
    made = []
    for row in DIGITS:
        rest = iter(row)
        made.append("".join(str(next(rest)) if c == "0" else c for c in shape))
    return made


NUMBERS = np.arange(3000, dtype=np.int64)
HONEST: dict[str, Any] = {
    "flight": [f"UA{n}" for n in NUMBERS],
    "tail": [f"N{n + 10000}" for n in NUMBERS],
    "times": [f"2013-01-{n % 28 + 1:02}T10:{n % 60:02}:00Z" for n in NUMBERS],
    "dates": [f"{n % 28 + 1:02}.{n % 12 + 1:02}.2013" for n in NUMBERS],
    "american dates": [f"{n % 12 + 1:02}-{n % 28 + 1:02}-2013" for n in NUMBERS],
    "stamps": [f"01.02.2013 {n % 24:02}:{n % 60:02}" for n in NUMBERS],
    "clock": [f"{n % 24:02}:{n % 60:02}:00.000+00:00" for n in NUMBERS],
    "epoch seconds": 1_357_000_000 + NUMBERS,
    "epoch millis": 1_357_000_000_000 + 977 * NUMBERS,
    "epoch micros": 1_357_000_000_000_000 + 977_131 * NUMBERS,
    "epoch nanos": 1_357_000_000_000_000_000 + 977_131_313 * NUMBERS,
    "epoch as text": [str(1_357_000_000_000 + 977 * n) for n in NUMBERS],
    "snowflakes": GENERATOR.integers(10**17, 9 * 10**18, 3000),
    "random int": GENERATOR.integers(10**15, 10**16, 3000),
    "nine digits": GENERATOR.integers(10**8, 10**9, 3000),
    "nine digits as text": digits("000000000"),
    "ten digits": digits("0000000000"),
    "eleven digits": digits("00000000000"),
    "twelve digits": digits("000000000000"),
    "fifteen digits": digits("000000000000000"),
    "sixteen digits": digits("0000000000000000"),
    "grouped": digits("0000-0000-0000-0000"),
    "zip": digits("00000-0000"),
    "ean": digits("0000000000000"),
    "isbn": digits("978-0-00-000000-0"),
    "part": digits("000-000-0000"),
    "decimals": [f"{n / 7:.12f}" for n in NUMBERS],
    "signed": [f"+{n}" for n in NUMBERS],
    "places": [f"{n / 100:.6f}, -{n / 90:.6f}" for n in NUMBERS],
    "versions": [f"1.{n}.3-rc{n % 3}" for n in NUMBERS],
    "uuid": [str(uuid.UUID(int=int(n) << 70 | 97 * int(n))) for n in NUMBERS],
    "hex": [f"{7919 * int(n):024x}" for n in NUMBERS],
    "urls": [f"https://example.com/{n}?q=4111{n}" for n in NUMBERS],
    "pictures": [f"logo{n}@2x.png" for n in NUMBERS],
    "repositories": ["git@github.com:org/name.git"] * 3000,
    "handles": [f"@name{n}" for n in NUMBERS],
    "letters and digits": [
        f"{chr(65 + 2 * row[0])}{chr(65 + 2 * row[1])}{number}{'ABZXQWVU'[row[9] % 8]}"
        for row, number in zip(DIGITS, digits("000000"), strict=True)
    ],
    "eight and a letter": [
        "".join(map(str, row[:8])) + chr(65 + row[9] + row[10]) for row in DIGITS
    ],
    "one value": ["12345678901"] * 3000,
    "floats": GENERATOR.normal(1e16, 1e14, 3000),
    "bytes": [bytes([n % 256]) * 9 for n in NUMBERS],
    "long": ["1" * 200_000] * 2,
}


@pytest.mark.parametrize("name", list(HONEST))
def test_what_only_looks_like_personal_data_is_not(name: str) -> None:
    found = try_test(make(), pa.table({"a": pa.array(HONEST[name])}))
    assert (found.holds, found.observed) == (True, "none found")


@pytest.mark.parametrize(
    ("column", "broken"),
    [
        (pa.nulls(3), []),
        (pa.array([], TEXT), []),
        (pa.array([["a@b.de"], None, []], pa.large_list(TEXT)), [0]),
        (pa.array([b"\xff@", None, b"a@b.de"], pa.large_binary()), [2]),
        (pa.array([2**63 - 1, -(2**63), 4111111111111111]), [2]),
        (pa.array([[4111111111111111], [1, 2], None], pa.large_list(pa.int64())), [0]),
    ],
)
def test_columns_of_any_kind_are_looked_into(
    column: pa.Array, broken: list[int]
) -> None:
    assert rows(look(make(), pa.table({"a": column}))) == broken


def flights() -> pa.Table:
    return pa.table(
        {
            "origin": pa.array(["EWR", "JFK", "LGA"] * 100, TEXT),
            "dest": pa.array(["IAH", "MIA", None] * 100, TEXT),
            "distance": pa.array(range(300)),
        }
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [0.005, 0.2, 1.0])
@pytest.mark.parametrize("column", ["dest", "distance", "remarks"])
@pytest.mark.parametrize(
    "write",
    [
        write_emails,
        write_phone_numbers,
        write_card_numbers,
        lambda c, s: write_national_ids(c, s, country="us"),
        lambda c, s: write_national_ids(c, s, country="de"),
        lambda c, s: write_national_ids(c, s, country="gb"),
        lambda c, s: write_national_ids(c, s, country="es"),
    ],
    ids=["email", "phone", "card", "us", "de", "gb", "es"],
)
def test_corruptions_do_not_get_past(
    write: Any, column: str, share: float, seed: int
) -> None:
    broken, (fault,) = corrupt(flights(), [write(column, share)], seed=seed)
    found = try_test(make(), broken)
    assert set(rows(found)) == set(fault.rows)
    assert found.hides == {column}


def test_clean_data_has_nothing_personal() -> None:
    assert look(make(), flights()).holds is True
    assert look(make("no_personal_names"), flights()).holds is True


def test_penguins_are_no_persons() -> None:
    templates = resources.files("tidegate.templates")
    with resources.as_file(templates / "pipeline" / "data" / "penguins.csv") as path:
        tests = [make(), make("no_personal_names")]
        found = evaluate(Suite(dataset="d", tests=tests), open_dataset(str(path)))
    assert found.report.rows > 300
    assert found.report.passed


def test_telling_column_does_not_get_past() -> None:
    broken, _ = corrupt(flights(), [add_telling_column()], seed=1)
    found = look(make("no_personal_names"), broken)
    assert (found.holds, found.observed) == (False, "customer_email")
    allowed = make("no_personal_names", allow=["customer_email"])
    assert look(allowed, broken).holds is True


def test_columns_known_to_be_private_are_left_alone_unless_named() -> None:
    table = pa.table({"mail": pa.array(["a@b.de"], TEXT)})
    assert try_test(make(), table, pii=["mail"]).holds is True
    assert try_test(make(columns=["mail"]), table, pii=["mail"]).holds is False
    assert try_test(make("no_personal_names"), table, pii=["mail"]).holds is True


def test_column_that_is_named_must_be_there() -> None:
    found = look(make(columns=["mial"]), pa.table({"mail": ["a@b.de"]}))
    assert found.observed == "no column mial, but there is mail"


def test_kinds_and_counts_are_told_and_never_a_value() -> None:
    table = pa.table(
        {
            "a": pa.array(["ada@example.com", "x", "202-555-0143"], TEXT),
            "b": pa.array([1, 4111111111111111, 3]),
        }
    )
    cuts = [Batch(table.slice(start, 2), 0, start) for start in (0, 2)]
    held = HeldDataset([Part("data")], cuts)
    suite = Suite.model_validate(
        {
            "dataset": "d",
            "tests": [
                {"one_of": {"column": "a", "values": ["y"]}},
                {"between": {"column": "b", "high": 1}},
                {"no_personal_data": {}},
            ],
        }
    )
    found = evaluate(suite, held)
    text = found.report.model_dump_json()
    assert not any(value in text for value in ("ada", "0143", "4111", "4.11e"))
    assert found.report.private == ("a", "b")
    assert found.report.results[2].observed == (
        "a: e-mail addresses on 1 row; a: phone numbers on 1 row; "
        "b: card numbers on 1 row"
    )
    assert set(found.failing_rows["a"].to_pylist()) == {"(private)"}


PERSONAL = """
email E-Mail customerEmail customer_e_mail EMAIL_ADDRESS phone PhoneNumber home_phone
mobile_number telefon Handynummer firstName last_name Vorname Straße geburtsdatum dob
date_of_birth DOB ssn SSN tax_id passportNumber iban card_number creditCardNumber
IPAddress billing_address address1 prénom teléfono fecha_nacimiento numeroTarjeta
"""
PLAIN = """
year month dep_delay carrier flight tailnum origin dest air_time time_hour species sex
island bill_length_mm age zip Name PhoneService MultipleLines StreamingTV has_email _ 1
n_phones is_mobile email_opened mailing phone_model hotel_name Street Neighborhood x
pickup_community_area trip_miles fare tips company dropoff_latitude payment_type
feature_1 cardinal ibanez panel tinder addressee
"""


@pytest.mark.parametrize("name", PERSONAL.split())
def test_names_that_promise_personal_data(name: str) -> None:
    assert promises(name)


@pytest.mark.parametrize("name", PLAIN.split())
def test_names_that_promise_nothing(name: str) -> None:
    assert not promises(name)


def test_own_words_can_be_added() -> None:
    test = make("no_personal_names", also=["zip code"])
    assert look(test, pa.table({"customerZipCode": [1]})).holds is False
