"""What changed, in words that need no glossary."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.drift_tests.decision import Sign
from tidegate.drift_tests.hints import hint
from tidegate.drift_tests.measuring.names import JUDGED, MEASURES, RELATIONS
from tidegate.drift_tests.phrases import PHRASES, ROWS, phrase_of
from tidegate.drift_tests.wording import lead_of, most_telling, told

EVERY = sorted({*MEASURES, *JUDGED, *RELATIONS, "share", ROWS})
SIGN = Sign("fare", "", "missing", "", 0.041, 0.01, 0.0, 0.012, 3.0)


def sign(measure: str, **changes: object) -> Sign:
    other = "kind" if measure in RELATIONS else ""
    return replace(SIGN, measure=measure, other=other, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("measure", EVERY)
def test_every_measure_has_words_of_its_own(measure: str) -> None:
    assert measure in PHRASES
    text = told(sign(measure), "fare", 90, hours=False)
    assert "_" not in text
    assert text.endswith("in 90 accepted spans")
    assert hint(sign(measure), "fare")
    assert len(lead_of(sign(measure), "fare")) < 60


def test_no_two_measures_read_alike() -> None:
    leads = [lead_of(sign(measure), "fare") for measure in EVERY]
    assert len(set(leads)) == len(leads)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (SIGN, "missing: 4.1 % of rows; 0 % to 1.2 % in 90 accepted spans"),
        (
            replace(SIGN, high=0.0),
            "missing: 4.1 % of rows; never in 90 accepted spans",
        ),
        (
            replace(SIGN, measure="share", detail="XX", now=0.032, high=0.0),
            "value 'XX': 3.2 % of values; never in 90 accepted spans",
        ),
        (
            replace(SIGN, measure="apart", other="kind", high=0.0),
            "fare present while kind is missing: 4.1 % of rows; never in 90 "
            "accepted spans",
        ),
        (
            replace(
                SIGN,
                measure="log_distinct",
                now=math.log(1240),
                low=math.log(80),
                high=math.log(95),
            ),
            "distinct values: 1,240; 80 to 95 in 90 accepted spans",
        ),
        (
            replace(SIGN, column="", measure=ROWS, now=math.log(12), low=0, high=0),
            "rows: 12; always 1 in 90 accepted spans",
        ),
        (
            replace(SIGN, measure="mean", now=-1234.5, low=2.0, high=3.25),
            "mean: -1,234; 2 to 3.25 in 90 accepted spans",
        ),
        (
            replace(SIGN, measure="whole", now=0.5, low=1 - 1e-16, high=1.0),
            "whole numbers: 50.0 % of values; always 100 % in 90 accepted spans",
        ),
    ],
)
def test_sentences_read_as_people_speak(given: Sign, text: str) -> None:
    assert told(given, given.column, 90, hours=False) == text


def test_figures_get_the_digits_that_tell_them_apart() -> None:
    near = replace(SIGN, now=0.50004, low=0.5, high=0.50001)
    text = told(near, "fare", 90, hours=False)
    assert text.startswith("missing: 50.004 % of rows; 50.000 % to 50.001 %")


def test_a_mean_over_spans_says_so() -> None:
    text = told(SIGN, "fare", 90, hours=False, over=7)
    assert "4.1 % of rows over the last 7 spans" in text
    assert "in any 7 of 84 accepted spans before" in text


def test_times_are_told_in_hours() -> None:
    text = told(sign("mean"), "when", 90, hours=True)
    assert text == (
        "mean: 0.041 h from the middle of its span; 0 to 0.012 h in 90 accepted spans"
    )


def test_foreign_text_is_capped_and_shows_its_control_characters() -> None:
    wild = replace(SIGN, measure="share", detail="\x1b[31m" + "v" * 500)
    text = told(wild, "fare", 90, hours=False)
    assert "\x1b" not in text
    assert len(text) < 120
    names = replace(SIGN, measure="apart", column="c{}" * 90, other="\x07{0}")
    text = told(names, "c", 90, hours=False)
    assert "\x07" not in text
    assert len(text) < 160


def test_an_unknown_measure_reads_as_its_name() -> None:
    text = told(replace(SIGN, measure="new_{x}", other="kind"), "fare", 9, hours=False)
    assert text.startswith("new (x): 0.041")


def test_what_everybody_knows_comes_first_unless_it_is_nearly_usual() -> None:
    far = replace(SIGN, measure="entropy", distance=9.0)
    plain = replace(SIGN, distance=4.0)
    assert most_telling([far, plain], "fare")[0] is plain
    nearly = replace(SIGN, distance=1.0)
    enormous = replace(SIGN, measure="entropy", distance=5e3)
    assert most_telling([enormous, nearly], "fare")[0] is enormous


@given(
    st.sampled_from(EVERY),
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
    st.floats(0, 1e6),
)
def test_any_figure_can_be_told(
    measure: str, now: float, low: float, wide: float
) -> None:
    text = told(
        sign(measure, now=now, low=low, high=low + wide), "fare", 3, hours=False
    )
    assert text.isprintable()
    assert math.isfinite(phrase_of(measure).scale(now))
