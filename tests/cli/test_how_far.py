"""How far a node has come is said in words that fit what is known."""

from __future__ import annotations

import pytest

from tidegate.cli.how_far import HowFar, duration
from tidegate.runners.events import NodeProgress


def told(**known: object) -> NodeProgress:
    return NodeProgress.model_validate({"node": "A", **known})


@pytest.mark.parametrize(
    ("first", "latest", "text"),
    [
        ({}, {}, "running"),
        ({}, {"stage": "writing"}, "writing"),
        ({}, {"rows": 5_000}, "5,000 rows · 500 rows/s"),
        (
            {"rows_total": 100},
            {"rows": 25, "rows_total": 100},
            "25 of 100 rows · 2 rows/s · 30 s left",
        ),
        (
            {"rows": 10, "bytes_done": 10**7, "bytes_total": 10**8},
            {"rows": 60, "bytes_done": 6 * 10**7, "bytes_total": 10**8},
            "60 rows · 60 of 100 MB · 5 rows/s · 8 s left",
        ),
        (
            {"bytes_total": 10},
            {"bytes_done": 20, "bytes_total": 10},
            "0 of 0 MB · 0 s left",
        ),
    ],
)
def test_says_what_is_known(
    first: dict[str, int], latest: dict[str, object], text: str
) -> None:
    assert HowFar(told(**latest), told(**first), since=5.0, now=15.0).text() == text


def test_says_no_rate_from_a_moment() -> None:
    assert HowFar(told(rows=9), told(), since=5.0, now=5.1).text() == "9 rows"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s"), (89, "89 s"), (120, "2 min"), (7300, "2 h 2 min")],
)
def test_durations_have_the_unit_that_suits(seconds: float, text: str) -> None:
    assert duration(seconds) == text
