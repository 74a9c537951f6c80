"""The forms in braces mean what they mean to bash itself."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloudbuild.bash_forms import FormError, apply_form
from cloudbuild.substitutions import SubstitutionError, expand

VALUES = st.text("abAB/-._1 ßé", max_size=8)
# No & in what replaces: newer bash takes it for the match, older does not.
PIECES = st.sampled_from(["a", "b", "A", "*", "?", "[ab]", "[!a]", "[a-c]", "-", "."])
PATTERNS = st.lists(PIECES, max_size=4).map("".join)
SLASHED = st.lists(st.one_of(PIECES, st.just(r"\/")), min_size=1).map("".join)
WORDS = st.text("abAB-._1", max_size=5)
NUMBERS = st.integers(-9, 9).map(lambda number: f" {number}" if number < 0 else number)

FORMS = st.one_of(
    st.sampled_from(["", "^", "^^", ",", ",,"]),
    WORDS.map(lambda word: f":-{word}"),
    st.tuples(st.sampled_from(["#", "##", "%", "%%"]), PATTERNS).map("".join),
    st.tuples(st.sampled_from(["/", "//"]), SLASHED, st.just("/"), WORDS).map("".join),
    NUMBERS.map(lambda number: f":{number}"),
    st.tuples(NUMBERS, st.integers(-9, 9)).map(lambda both: f":{both[0]}:{both[1]}"),
)


def by_bash(cases: list[tuple[str, str]]) -> list[str | None]:
    """What bash makes of each value and form; None where it refuses."""
    lines = [
        f"V=$1; (X=${{V{form}}}; printf '=%s\\0' \"$X\"); printf '\\0'"
        for _, form in cases
    ]
    script = "\nshift\n".join(lines)
    done = subprocess.run(
        ["bash", "-c", script, "bash", *(value for value, _ in cases)],
        capture_output=True,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        check=False,
    )
    answers: list[str | None] = []
    pieces = iter(done.stdout.decode().split("\0")[:-1])
    for piece in pieces:
        answers.append(piece[1:] if piece else None)
        if piece:
            assert next(pieces) == ""
    return answers


def by_us(value: str, form: str) -> str | None:
    try:
        return apply_form(value, form, lambda word: word)
    except FormError:
        return None


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(VALUES, FORMS), min_size=1, max_size=25))
@example([("", "//*/x"), ("abc", "//*/x"), ("ab/cd/e", "//\\//-"), ("abc", ":1:-3")])
def test_every_form_is_what_bash_makes_of_it(cases: list[tuple[str, str]]) -> None:
    assert [by_us(value, form) for value, form in cases] == by_bash(cases)


@given(st.text().filter(lambda text: "$" not in text))
def test_text_without_dollars_stays_itself(text: str) -> None:
    assert expand(text, {}) == text


@given(st.text())
def test_doubled_dollars_are_dollars(text: str) -> None:
    assert expand(text.replace("$", "$$"), {}) == text


@given(st.text("ab$${}_/", max_size=12), st.text("xy$", max_size=5))
def test_what_is_put_in_is_not_looked_at_again(before: str, value: str) -> None:
    escaped = before.replace("$", "$$")
    assert expand(f"{escaped}${{_V}}", {"_V": value}) == before + value


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("$_A", "one"),
        ("${_A}b", "oneb"),
        ("$_A.b", "one.b"),
        ("$$_A", "$_A"),
        ("$(pwd) $1 $a ${a} $", "$(pwd) $1 $a ${a} $"),
        ("${_B:-${_A^^}}", "ONE"),
        ("${_A//n/${_C}}", "otwoe"),
        ("$TAG_NAME!", "!"),
        ("${_NONE:-x}", "x"),
    ],
)
def test_substitution_is_made(text: str, made: str) -> None:
    assert expand(text, {"_A": "one", "_B": "", "_C": "two"}) == made


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("$_NONE", "_NONE, which has no value"),
        ("$HOME", "HOME, which has no value"),
        ("${_A", "never closed"),
        ("${_A@Q}", "no form that Cloud Build documents"),
        ("${_A:=x}", "no form that Cloud Build documents"),
        ("${_A/#o/x}", "means its start or end"),
        ("${_A:1:-9}", "end before it begins"),
    ],
)
def test_what_cannot_be_made_is_refused(text: str, says: str) -> None:
    with pytest.raises(SubstitutionError, match=says):
        expand(text, {"_A": "one"})
