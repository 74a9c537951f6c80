"""Limits leave room, stand on round numbers, and never cut off what was seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.schema_life.headroom import (
    fewest_rows,
    missing_limit,
    outer,
    rounded_in,
    rounded_out,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1562.0, 2000.0), (-97.0, -100.0), (0.0, 0.0), (100.0, 100.0), (0.031, 0.04)],
)
def test_limits_stand_on_round_numbers(value: float, expected: float) -> None:
    assert rounded_out(value) == expected


@given(st.floats(min_value=-1e12, max_value=1e12).filter(lambda v: abs(v) > 1e-6))
def test_rounding_out_never_cuts_off(value: float) -> None:
    assert abs(rounded_out(value)) >= abs(value) * (1 - 1e-8)
    assert abs(rounded_in(value)) <= abs(value) * (1 + 1e-8)
    assert outer(value, up=True) >= value - abs(value) * 1e-8
    assert outer(value, up=False) <= value + abs(value) * 1e-8


@pytest.mark.parametrize(
    ("missing", "rows", "expected"),
    [(0, 27_000, 0.0), (0, 200, 0.02), (0, 20, 0.1), (236, 28_889, 0.06)],
)
def test_missing_values_get_room(missing: int, rows: int, expected: float) -> None:
    assert missing_limit(missing, rows) == expected


def test_a_column_that_is_nearly_always_missing_gets_no_limit() -> None:
    assert missing_limit(990, 1000) is None


@given(st.integers(1, 10_000), st.data())
def test_the_share_that_was_seen_is_always_allowed(
    rows: int, data: st.DataObject
) -> None:
    missing = data.draw(st.integers(0, rows))
    limit = missing_limit(missing, rows)
    assert limit is None or limit >= missing / rows


@pytest.mark.parametrize(("rows", "expected"), [(27_004, 13_000), (7, 3), (1, 1)])
def test_half_of_the_rows_are_demanded(rows: int, expected: int) -> None:
    assert fewest_rows(rows) == expected
