from __future__ import annotations

import math
from typing import Any
from xml.etree import ElementTree

import picture_factory as factory
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.report import plot_intervals, plots
from tidegate.report.model import Intervals

BAD = "var(--bad)"


def intervals(*values: float, **changes: Any) -> Intervals:
    about: dict[str, Any] = {
        "title": "t",
        "labels": tuple(f"slice {n}" for n in range(len(values))),
        "now": values,
        "low": tuple(value - 0.1 for value in values),
        "high": tuple(value + 0.1 for value in values),
    }
    return Intervals(**{**about, **changes})


def drawn(picture: Intervals) -> str:
    text = plots.svg(picture)
    assert text is not None
    return text


def texts(svg: str) -> list[str]:
    return [str(node.text) for node in ElementTree.fromstring(svg).iter("text")]


def lines(svg: str, colour: str) -> int:
    found = ElementTree.fromstring(svg).iter("line")
    return sum(1 for line in found if line.get("stroke") == f"var(--{colour})")


def test_each_thing_has_its_name_dot_whisker_and_value() -> None:
    svg = drawn(intervals(0.7, 0.8, 0.9))
    assert [t for t in texts(svg) if t.startswith("slice")] == [
        "slice 0",
        "slice 1",
        "slice 2",
    ]
    assert svg.count('fill="var(--tested)"') == 3
    assert lines(svg, "tested") == 3
    assert {"0.700", "0.800", "0.900"} <= set(texts(svg))


def test_reference_is_a_tick_only_where_there_is_one() -> None:
    alone = drawn(intervals(0.7, 0.8))
    assert "var(--reference)" not in alone
    one = drawn(intervals(0.7, 0.8, reference=(0.75, math.nan)))
    assert one.count('fill="var(--reference)"') == 1


def test_what_breaks_the_test_comes_first_in_its_own_colour() -> None:
    picture = intervals(0.7, 0.8, 0.9, marked=(2,))
    assert plot_intervals.shown(picture) == [2, 0, 1]
    svg = drawn(picture)
    assert svg.count(f'fill="{BAD}"') == 1
    assert lines(svg, "bad") == 1


@pytest.mark.parametrize(
    ("limits", "order"),
    [
        ((0.5, math.inf), [1, 2, 0]),
        ((-math.inf, 0.95), [0, 2, 1]),
        ((0.0, 1.0), [0, 2, 1]),
        ((), [0, 1, 2]),
    ],
    ids=["lowest first", "highest first", "both", "as given"],
)
def test_what_comes_nearest_to_a_limit_comes_first(
    limits: tuple[float, ...], order: list[int]
) -> None:
    picture = intervals(0.9, 0.6, 0.62, limits=limits)
    assert plot_intervals.shown(picture) == order


def test_limit_is_a_rule() -> None:
    with_limit = drawn(intervals(0.7, 0.8, limits=(0.65, math.inf)))
    assert lines(with_limit, "bad") == 1


def test_no_more_are_shown_than_a_person_looks_at() -> None:
    many = intervals(*(0.001 * n for n in range(45)), marked=(44,))
    shown = texts(drawn(many))
    assert "slice 44" in shown
    assert sum(text.startswith("slice") for text in shown) == 30
    assert plots.hidden(many) == 15
    assert plots.hidden(intervals(0.7)) == 0


def test_long_labels_are_cut_but_keep_their_ends() -> None:
    labels = tuple(f"destination airport = {name}" for name in ("ABQ", "\u202eZZZ"))
    shown = texts(drawn(intervals(0.7, 0.8, labels=labels)))
    assert [text for text in shown if text.endswith("ABQ")] == ["destinat…rt = ABQ"]
    assert not any("\u202e" in text for text in shown)


@pytest.mark.parametrize(
    ("low", "high", "whiskers"),
    [(0.6, 0.8, 1), (-math.inf, 0.8, 1), (math.nan, 0.8, 0), (0.6, math.nan, 0)],
)
def test_interval_that_is_not_known_has_no_whisker(
    low: float, high: float, whiskers: int
) -> None:
    svg = drawn(intervals(0.7, low=(low,), high=(high,)))
    assert lines(svg, "tested") == whiskers


def test_description_tells_the_ends_and_what_breaks_the_test() -> None:
    assert plots.described(factory.by_carrier(), "champion") == (
        "AUC by carrier, 95 % intervals; "
        "lowest carrier = OO: 0.628 (0.576 to 0.669), champion 0.632; "
        "highest carrier = UA: 0.760 (0.752 to 0.768), champion 0.764; "
        "breaks the test: carrier = B6, carrier = 9E"
    )


def test_key_tells_what_stands_beside_a_thing_if_anything_does() -> None:
    assert plots.key_of(intervals(0.7)) == []
    assert plots.key_of(intervals(0.7, reference=(0.8,)), ("a", "b")) == [
        ("dot", "a"),
        ("then", "b"),
    ]


@pytest.mark.parametrize(
    "empty",
    [
        intervals(),
        intervals(math.nan, math.inf),
        intervals(-1.7e308, 1.7e308),
        intervals(0.0, low=(0.0,), high=(1.6645306804280703e308,)),
    ],
    ids=["nothing", "nothing finite", "wider than a float", "as wide as one"],
)
def test_intervals_without_a_place_on_paper_are_not_drawn(empty: Intervals) -> None:
    assert plots.svg(empty) is None
    assert plots.described(empty).startswith("t")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.000"), (0.7421, "0.742"), (123.456, "123.5"), (2e9, "2.00e+09")],
)
def test_numbers_have_the_digits_that_count(value: float, text: str) -> None:
    assert plot_intervals.number(value) == text


_NUMBER = st.floats(allow_nan=True, allow_infinity=True)
_TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
_THING = st.tuples(_TEXT, _NUMBER, _NUMBER, _NUMBER, _NUMBER)


@settings(max_examples=40, deadline=None)
@given(
    things=st.lists(_THING, max_size=6),
    limits=st.sampled_from([(), (-1.0, 1.0), (-math.inf, 1e300), (math.nan, 1.0)]),
    compared=st.booleans(),
)
def test_any_intervals_are_well_formed_or_left_out(
    things: list[tuple[str, float, float, float, float]],
    limits: tuple[float, ...],
    compared: bool,
) -> None:
    picture = Intervals(
        title="t",
        labels=tuple(thing[0] for thing in things),
        now=tuple(thing[1] for thing in things),
        low=tuple(thing[2] for thing in things),
        high=tuple(thing[3] for thing in things),
        reference=tuple(thing[4] for thing in things) if compared else None,
        marked=(0,) if things else (),
        limits=limits,
    )
    svg = plots.svg(picture)
    if svg is not None:
        assert ElementTree.fromstring(svg).tag == "svg"
        assert "NaN" not in svg
    assert plots.described(picture).isprintable()
