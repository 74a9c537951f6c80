"""Where a setting goes is found by two builds that differ in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.runners.kubeflow.compiling.tracing import (
    JSON,
    Place,
    Untraceable,
    Values,
    differences,
)


def traced(was: Any, now: Any, base: Any, probe: Any) -> list[Place | Untraceable]:
    """What is found in one property of one node."""
    return list(differences({"N": {"p": was}}, {"N": {"p": now}}, Values(base, probe)))


@pytest.mark.parametrize(
    ("was", "now", "base", "probe", "place"),
    [
        (3, 4, 3, 4, Place("N", "p")),
        (None, 17, None, 17, Place("N", "p")),
        ("a.csv", "b.csv", "a.csv", "b.csv", Place("N", "p")),
        ("x/a/y", "x/b/y", "a", "b", Place("N", "p", (), "x/", "/y")),
        ("span-3.csv", "span-4.csv", 3, 4, Place("N", "p", (), "span-", ".csv")),
        ('{"e": 3}', '{"e": 4}', 3, 4, Place("N", "p", ("e",))),
        ('["a"]', '["b"]', "a", "b", Place("N", "p", (0,))),
        (
            '{"m": [{"t": 0.5}]}',
            '{"m": [{"t": 0.75}]}',
            0.5,
            0.75,
            Place("N", "p", ("m", 0, "t")),
        ),
        (
            json.dumps({"inner": json.dumps({"e": 3})}),
            json.dumps({"inner": json.dumps({"e": 4})}),
            3,
            4,
            Place("N", "p", ("inner", JSON, "e")),
        ),
    ],
)
def test_a_setting_is_found_where_it_goes(
    was: Any, now: Any, base: Any, probe: Any, place: Place
) -> None:
    assert traced(was, now, base, probe) == [place]


@pytest.mark.parametrize(
    ("was", "now", "base", "probe"),
    [
        (6, 8, 3, 4),
        ("3", "4", "c", "d"),
        ('{"t": -0.5}', '{"t": -0.75}', 0.5, 0.75),
        (True, False, 3, 4),
        ('["a"]', '["a", "a"]', 1, 2),
        ("A.CSV", "B.CSV", "a.csv", "b.csv"),
    ],
)
def test_what_is_made_of_a_setting_is_not_taken_for_it(
    was: Any, now: Any, base: Any, probe: Any
) -> None:
    assert traced(was, now, base, probe) == [Untraceable("N", "p")]


def test_a_setting_that_goes_nowhere_leaves_no_place() -> None:
    assert traced({"a": 1}, {"a": 1}, 3, 4) == []


VALUES = st.one_of(st.integers(), st.text(min_size=1), st.booleans())


@given(
    st.recursive(
        VALUES,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.text(min_size=1), inner, max_size=3),
        ),
    ),
    st.integers(min_value=10**9, max_value=10**12),
)
def test_every_place_of_a_marked_value_is_found(tree: Any, base: int) -> None:
    """Wherever in a document the value stands, its path leads there."""
    was = {"kept": tree, "at": [tree, {"value": base}], "first": base}
    now = {"kept": tree, "at": [tree, {"value": base + 1}], "first": base + 1}
    found = traced(json.dumps(was), json.dumps(now), base, base + 1)
    assert found == [
        Place("N", "p", ("at", 1, "value")),
        Place("N", "p", ("first",)),
    ]
