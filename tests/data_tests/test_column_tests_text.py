"""Tests of how the values of a column are written."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from column_trial import blamed, look, text

from tidegate.data_tests.catalogue.mojibake import is_garbled

LISTS = pa.large_list(pa.large_string())


@pytest.mark.parametrize(
    ("regex", "column", "broken"),
    [
        ("[A-Z]+", text("AB", "Ab", "AB\n", "", None), [1, 2, 3]),
        ("a|b", text("a", "b", "ab", "ba"), [2, 3]),
        (r"\d{1,2}", pa.array([1, 22, 333, None]), [2]),
        (r"\d(\.5)?", pa.array([1.0, 1.5, 1.25], pa.float32()), [2]),
        ("x", pa.array([["x"], ["x", "y"], []], LISTS), [1]),
        ("x", pa.array([b"x", b"\xff"], pa.large_binary()), [1]),
        ("é.", text("éa", "éab"), [1]),
    ],
)
def test_matches_wants_the_whole_value(
    regex: str, column: pa.Array, broken: list[int]
) -> None:
    assert blamed(look("matches", column, regex=regex)) == broken


@pytest.mark.parametrize("regex", ["(a", "a)|(b", "(?=a)", "a{2000}", "[z-a]"])
def test_expression_that_does_not_compile_is_refused(regex: str) -> None:
    with pytest.raises(ValueError, match="regular expression of RE2"):
        look("matches", text("a"), regex=regex)


def test_expression_takes_linear_time() -> None:
    column = text("a" * 30_000 + "b")
    assert look("matches", column, regex="(a*)*(a*)*c").holds is False


@pytest.mark.parametrize(
    ("bounds", "broken"),
    [
        ({"low": 2}, [0, 3]),
        ({"high": 2}, [2]),
        ({"low": 2, "high": 2}, [0, 2, 3]),
        ({"high": 0}, [0, 1, 2]),
    ],
)
def test_length_counts_characters(bounds: Any, broken: list[int]) -> None:
    assert blamed(look("length", text("é", "ab", "abc", "", None), **bounds)) == broken


def test_length_reads_like_a_sentence() -> None:
    values = text("ab")
    assert look("length", values, low=2, high=2).observed == "no row"
    assert look("length", values, high=1).observed == '"ab" on 1 row'


@pytest.mark.parametrize(("kind", "broken"), [("upper", [1, 2]), ("lower", [0, 2])])
def test_case_is_that_of_every_letter(kind: str, broken: list[int]) -> None:
    assert blamed(look("case", text("ÉA1", "éa1", "Éa", "12", ""), **{"is": kind})) == (
        broken
    )


@pytest.mark.parametrize(
    ("value", "broken"),
    [
        ("a", False),
        ("a b", False),
        ("", False),
        (" a", True),
        ("a ", True),
        ("a\t", True),
        ("a\n", True),
        ("\u00a0a", True),
        ("\ufeffa", True),
        ("a\u200b", True),
        (" ", True),
        ("\x00a", True),
    ],
)
def test_unpadded_sees_what_cannot_be_seen(value: str, broken: bool) -> None:
    assert look("unpadded", text(value)).holds is not broken


HONEST = (
    "Zürich", "São Paulo", "«MAÇÃO»", "CAFÉ…", "«É»", "naïve", "Ελλάδα", "Москва",
    "東京", "100 °C", "±5 µm", "Ωm²", "5 €", "“quoted”", "tab\tand\nline", "🙂",
    "الجزائر", "Ã", "ÀÉ", "Łódź", "20 £", "¿Qué?", "½", "Å", "Straße", "Þór",
    "O’Hare – JFK",
)  # fmt: skip


@pytest.mark.parametrize("value", HONEST)
def test_honest_text_is_readable(value: str) -> None:
    assert look("readable_text", text(value)).holds is True


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
@pytest.mark.parametrize(
    "value", ["Zürich", "São Paulo", "東京", "Москва", "5 €", "“quoted”", "Łódź", "a–b"]
)
def test_text_read_in_another_encoding_is_found(value: str, encoding: str) -> None:
    garbled = value.encode().decode(encoding, "replace")
    assert look("readable_text", text("honest", garbled)).observed.endswith("on 1 row")


@pytest.mark.parametrize("value", ["a\ufffd", "a\x00b", "a\x85", "a\x1b[0m", "JFKÃ©"])
def test_unreadable_characters_are_found(value: str) -> None:
    assert blamed(look("readable_text", text("a", value))) == [1]


def test_bytes_that_are_no_text_are_unreadable() -> None:
    column = pa.array([b"a", b"\xe9", "é".encode()], pa.large_binary())
    assert blamed(look("readable_text", column)) == [1]


def test_honest_mark_after_a_garbled_letter_hides_nothing() -> None:
    assert is_garbled("Ã¼»")
    assert not is_garbled("É»")


@pytest.mark.parametrize(
    "value",
    ["NA", "n/a", "null", "None", "-", "", " ", "NaN", "?", "#N/A", "\\N", "(NULL)"],
)
def test_word_for_missing_is_found(value: str) -> None:
    evidence = look("null_spellings", text("honest", value, None))
    assert blamed(evidence) == [1]
    assert f'"{value}" on 1 row' in evidence.observed.replace("\\\\", "\\")


@pytest.mark.parametrize(
    "column",
    [text("Nancy", "NAN1", "unknown", "0", "nothing"), pa.array([0.0]), pa.nulls(2)],
)
def test_honest_word_is_none(column: pa.Array) -> None:
    assert look("null_spellings", column).holds is True


def test_null_spellings_adds_and_allows_words() -> None:
    column = text("NA", "Unknown", "-")
    assert blamed(look("null_spellings", column, also=["unknown"])) == [0, 1, 2]
    assert blamed(look("null_spellings", column, allow=["na", "-"])) == []
    assert look("null_spellings", column, at_most=2).holds is True


@pytest.mark.parametrize(
    ("column", "broken", "words"),
    [
        (text("1", "2.5", "-3e5", None), [], "every value a number"),
        (text("1", "2", "x"), [2], 'no number: word on 1 row ("x")'),
        (text("a", "b", "12"), [2], 'no word: number on 1 row ("12")'),
        (text("1.5", "2.5", "1,5"), [2], "number with a comma"),
        (text("2013-01-31", "2013-02-01", "01/02/2013"), [2], "date as 31/01/2013"),
        (
            text("2013-01-31T10:00:00Z", "2013-01-31 10:00:00.123+02:00"),
            [],
            "every value a date and time",
        ),
        (text("12:30", "1:05", "x"), [2], "no time of day"),
        (pa.array([1, 2, None]), [], "every value a number"),
        (pa.nulls(2), [], "no value"),
        (pa.array([["a"], ["b", "1"], None], LISTS), [1], "number on 1 row"),
    ],
)
def test_one_kind_blames_the_minority(
    column: pa.Array, broken: list[int], words: str
) -> None:
    evidence = look("one_kind", column)
    assert blamed(evidence) == broken
    assert words in evidence.observed


def test_one_kind_decides_between_equals_always_alike() -> None:
    assert blamed(look("one_kind", text("x", "1", "1", "x"), rows=1)) == [0, 3]


def test_many_strange_values_are_told_alike_however_they_are_cut() -> None:
    column = text(*(f"x{n % 1500}" for n in range(4000)))
    evidence = look("matches", column, rows=700, regex="y.*")
    assert evidence.observed.endswith("and many others on 4,000 rows")
