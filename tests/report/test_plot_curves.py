from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import picture_factory as factory
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.report import plot_curves, plots
from tidegate.report.model import Curves, Line

DIAGONAL = factory.DIAGONAL


def curves(*lines: Line) -> Curves:
    return Curves(title="t", lines=lines)


def line(*points: tuple[float, float], name: str = "candidate") -> Line:
    return Line(name=name, x=tuple(x for x, _ in points), y=tuple(y for _, y in points))


def drawn(picture: Curves) -> str:
    text = plots.svg(picture)
    assert text is not None
    return text


def paths(svg: str, colour: str) -> list[str]:
    found = ElementTree.fromstring(svg).iter("path")
    return [str(p.get("d")) for p in found if p.get("stroke") == f"var(--{colour})"]


def test_each_role_has_its_own_colour() -> None:
    svg = drawn(factory.roc())
    for colour in ("tested", "reference", "soft"):
        assert len(paths(svg, colour)) == 1, colour


def test_candidate_stands_in_front_of_the_champion_and_the_guide() -> None:
    svg = drawn(factory.roc())
    order = [svg.index(f'stroke="var(--{c})"') for c in ("soft", "reference", "tested")]
    assert order == sorted(order)


def test_picture_is_square_only_where_both_axes_show_the_same() -> None:
    assert len(set(plot_curves.size(curves(DIAGONAL)))) == 1
    assert len(set(plot_curves.size(curves(line((0, 0), (9, 1)))))) == 2


def test_line_is_drawn_in_the_order_of_its_points() -> None:
    there_and_back = line((0, 0), (0, 0.25), (1, 0.5), (0.5, 1))
    (path,) = paths(drawn(curves(there_and_back)), "tested")
    heights = [float(y) for y in re.findall(r"[ML][^,]+,([-\d.]+)", path)]
    assert len(heights) == 4
    assert heights == sorted(heights, reverse=True)


def test_few_points_are_dots_and_many_are_not() -> None:
    few = drawn(curves(line((0, 0), (0.5, 0.4), (1, 1))))
    assert few.count('fill="var(--tested)"') == 3
    assert 'fill="var(--tested)"' not in drawn(factory.roc())


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_point_that_is_not_finite_is_left_out_of_its_line(odd: float) -> None:
    with_hole = line((0, 0), (0.5, odd), (odd, 0.5), (1, 1))
    assert plot_curves.points(with_hole) == [(0, 0), (1, 1)]


def test_guide_has_no_dots() -> None:
    marks = ElementTree.fromstring(drawn(curves(DIAGONAL))).iter("path")
    assert "var(--soft)" not in {mark.get("fill") for mark in marks}


def test_long_line_is_thinned_but_keeps_its_ends() -> None:
    long = line(*((n / 99_999, n / 99_999) for n in range(100_000)))
    points = plot_curves.points(long)
    assert (points[0], points[-1]) == ((0, 0), (1, 1))
    assert len(points) < 300
    assert len(drawn(curves(long))) < 12_000


def test_small_numbers_on_an_axis_read_as_people_write_them() -> None:
    texts = [n.text for n in ElementTree.fromstring(drawn(factory.roc())).iter("text")]
    assert "0.2" in texts
    assert "false positive rate" in texts


def test_two_lines_of_one_role_are_told_apart_by_their_dashes() -> None:
    picture = curves(line((0, 0), (1, 1)), line((0, 1), (1, 0), name="other"))
    dashes = re.findall(r'stroke-dasharray="([^"]+)"', drawn(picture))
    assert dashes == ["6,3"]
    assert [key.style for key in plots.key_of(picture)] == ["line", "line dashed"]


def test_key_names_the_lines() -> None:
    assert plots.key_of(factory.roc()) == [
        ("line", "candidate"),
        ("then", "champion"),
        ("guide", "by chance"),
    ]


def test_description_tells_heights_but_not_those_of_the_guide() -> None:
    told = plots.described(factory.roc())
    assert "candidate: 0.616 at 0.250, 0.785 at 0.500, 0.904 at 0.750" in told
    assert "champion: " in told
    assert "by chance" not in told


@pytest.mark.parametrize(
    "empty",
    [
        curves(line()),
        curves(line((math.nan, 1), (0, math.inf))),
        curves(line((-1.7e308, 0), (1.7e308, 1))),
    ],
    ids=["no point", "nothing finite", "wider than a float"],
)
def test_curves_without_a_place_on_paper_are_not_drawn(empty: Curves) -> None:
    assert plots.svg(empty) is None
    assert plots.described(empty).startswith("t")


_NUMBER = st.floats(allow_nan=True, allow_infinity=True)
_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
_LINE = st.builds(
    lambda name, points, role: Line(
        name=name,
        x=tuple(x for x, _ in points),
        y=tuple(y for _, y in points),
        role=role,
    ),
    _TEXT,
    st.lists(st.tuples(_NUMBER, _NUMBER), max_size=6),
    st.sampled_from(["now", "reference", "guide"]),
)


@settings(max_examples=40, deadline=None)
@given(lines=st.lists(_LINE, min_size=1, max_size=4), title=_TEXT)
def test_any_curves_are_well_formed_or_left_out(lines: list[Line], title: str) -> None:
    picture = Curves(title=title, lines=tuple(lines), x_title=title, y_title=title)
    svg = plots.svg(picture)
    if svg is not None:
        assert ElementTree.fromstring(svg).tag == "svg"
        assert "NaN" not in svg
    assert plots.described(picture).isprintable()
    assert all(key.word.isprintable() for key in plots.key_of(picture))
