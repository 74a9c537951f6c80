from __future__ import annotations

import math
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_factory import numbers, series, values

from tidegate.report import plots
from tidegate.report.model import Plot

KINDS = {"numbers": numbers(), "values": values(), "series": series()}
BAD = 'fill="var(--bad)"'


def bars(height: int, **changes: Any) -> Plot:
    about: dict[str, Any] = {
        "kind": "values",
        "title": "t",
        "labels": tuple(f"v{n}" for n in range(height)),
        "now": tuple(1 / height for _ in range(height)),
    }
    return Plot(**{**about, **changes})


def drawn(plot: Plot) -> str:
    text = plots.svg(plot)
    assert text is not None
    return text


def texts(svg: str) -> list[str]:
    return [str(node.text) for node in ElementTree.fromstring(svg).iter("text")]


@pytest.mark.parametrize("kind", KINDS)
def test_plot_is_one_element_that_needs_nothing_from_outside(kind: str) -> None:
    svg = drawn(KINDS[kind])
    assert re.fullmatch(r"<svg .*</svg>", svg, flags=re.S)
    assert not re.search(r"https?:|href|url\(|<script|<style|xmlns", svg)
    assert len(svg) < 12_000


@pytest.mark.parametrize("kind", KINDS)
def test_colours_are_those_of_the_page(kind: str) -> None:
    svg = drawn(KINDS[kind])
    given = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg))
    assert {colour for colour in given if not colour.startswith("var(--")} <= {"none"}


@pytest.mark.parametrize(("kind", "count"), [("numbers", 4), ("values", 2)])
def test_what_breaks_the_test_has_its_own_colour(kind: str, count: int) -> None:
    assert drawn(KINDS[kind]).count(BAD) == count
    unmarked = KINDS[kind].model_copy(update={"marked": ()})
    assert BAD not in drawn(unmarked)


def test_marked_point_of_a_series_has_its_own_colour() -> None:
    assert BAD in drawn(series())
    assert BAD not in drawn(series().model_copy(update={"marked": ()}))


@pytest.mark.parametrize("kind", KINDS)
def test_reference_is_drawn_only_where_there_is_one(kind: str) -> None:
    alone = KINDS[kind].model_copy(update={"reference": None})
    assert "var(--reference)" in drawn(KINDS[kind])
    assert "var(--reference)" not in drawn(alone)


def test_limits_far_from_the_data_do_not_squeeze_it() -> None:
    near = numbers().model_copy(update={"limits": (-25.0, 150.0)})
    far = numbers().model_copy(update={"limits": (-math.inf, 1e9)})
    assert drawn(near).count('stroke="var(--bad)"') == 2
    assert 'stroke="var(--bad)"' not in drawn(far)
    assert "200" in texts(drawn(far))


def test_values_keep_those_that_break_the_test() -> None:
    shown = texts(drawn(bars(60, marked=(59,))))
    assert "v59" in shown
    assert "v0" in shown
    assert "v13" not in shown


def test_shares_read_as_percent_and_values_in_their_unit() -> None:
    assert "35.2 %" in texts(drawn(values()))
    assert "1,500" in texts(drawn(bars(2, now=(1500, 2), unit="rows")))


def test_labels_are_shortened_and_show_control_signs() -> None:
    odd = ("\u202e<b>", "y" * 300)
    svg = drawn(bars(2, labels=odd))
    shown = texts(svg)
    assert "\\u202e<b>" in shown
    assert any(text.startswith("yyyy") and len(text) <= 20 for text in shown)
    assert "<b>" not in svg


@pytest.mark.parametrize(
    "empty",
    [
        bars(1, now=(math.nan,)),
        Plot(kind="series", title="t", labels=(), now=()),
        Plot(
            kind="numbers",
            title="t",
            labels=("all",),
            now=(1.0,),
            edges=(-math.inf, math.inf),
        ),
    ],
    ids=["not a number", "no point", "endless bin"],
)
def test_plot_without_a_finite_number_is_not_drawn(empty: Plot) -> None:
    assert plots.svg(empty) is None
    assert plots.described(empty).startswith("t")


@pytest.mark.parametrize(
    "huge",
    [
        bars(2, now=(1.7e308, 0.0)),
        bars(2, now=(0.5, 0.5), reference=(1.7e308, 0.0)),
        Plot(kind="series", title="t", labels=("a", "b"), now=(-1.7e308, 1.7e308)),
        Plot(
            kind="numbers",
            title="t",
            labels=("a",),
            now=(1.0,),
            edges=(-1.7e308, 1.7e308),
        ),
        Plot(kind="numbers", title="t", labels=("a",), now=(1e301,), edges=(0, 1)),
    ],
)
def test_plot_as_wide_as_floats_go_is_not_drawn(huge: Plot) -> None:
    assert plots.svg(huge) is None


def test_what_is_drawn_nowhere_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> str:
        return '<svg width="9"><path d="M(NaN,3" stroke="red"></path></svg>'

    monkeypatch.setattr("vl_convert.vegalite_to_svg", nowhere)
    assert plots.svg(values()) is None


_NUMBER = st.floats(allow_nan=True, allow_infinity=True)
_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(["numbers", "values", "series"]),
    points=st.lists(st.tuples(_TEXT, _NUMBER, _NUMBER), min_size=1, max_size=6),
    edges=st.lists(_NUMBER, min_size=7, max_size=7).map(sorted),
    limits=st.sampled_from([(), (-1.0, 1.0), (-math.inf, 1e300)]),
    unit=st.none() | _TEXT,
)
def test_any_plot_is_well_formed_or_left_out(
    kind: Any,
    points: list[tuple[str, float, float]],
    edges: list[float],
    limits: tuple[float, ...],
    unit: str | None,
) -> None:
    plot = Plot(
        kind=kind,
        title="t",
        labels=tuple(label for label, _, _ in points),
        now=tuple(now for _, now, _ in points),
        reference=tuple(before for _, _, before in points),
        edges=tuple(edges[: len(points) + 1]) if kind == "numbers" else (),
        marked=(0,),
        limits=limits,
        unit=unit,
    )
    svg = plots.svg(plot)
    if svg is not None:
        assert ElementTree.fromstring(svg).tag == "svg"
    assert plots.described(plot).isprintable()
