"""A model passes only if it was measured against something and held."""

from __future__ import annotations

import pytest

from tidegate.model_tests.checks import Bounds, Check, Evaluation, report
from tidegate.report.model import Outcome


def a_check(*, ok: bool = True, kind: str = "value", **details: object) -> Check:
    values: dict[str, object] = {
        "metric": "auc",
        "slice": "overall",
        "bounds": Bounds(low=0.85),
        "value": 0.91,
    }
    return Check(kind=kind, ok=ok, **{**values, **details})  # type: ignore[arg-type]


def an_evaluation(*checks: Check, **details: object) -> Evaluation:
    values: dict[str, object] = {
        "ok": all(check.ok for check in checks),
        "compared": True,
        "examples": 1000,
    }
    return Evaluation(checks=checks, **{**values, **details})  # type: ignore[arg-type]


def test_passes_when_every_threshold_holds() -> None:
    found = report(an_evaluation(a_check(), a_check(metric="accuracy")), "flights")
    assert found.passed
    assert found.rows == 1000
    assert [r.subject for r in found.results] == ["auc · overall", "accuracy · overall"]


def test_one_failed_slice_fails_the_model_and_is_named() -> None:
    bad = a_check(ok=False, slice="carrier=AA", value=0.7)
    found = report(an_evaluation(a_check(), bad), "flights")
    assert not found.passed
    assert [r.subject for r in found.failed] == ["auc · carrier=AA"]
    assert found.failed[0].expectation == "at least 0.85"
    assert found.failed[0].observed == "0.7000"


def test_a_model_without_any_threshold_is_refused_loudly() -> None:
    found = report(an_evaluation(), "flights")
    assert not found.passed
    assert "at least one threshold" in found.failed[0].expectation


def test_a_first_model_says_that_there_was_nothing_to_compare_with() -> None:
    found = report(an_evaluation(a_check(), compared=False), "flights")
    assert found.passed
    assert [r.subject for r in found.skipped] == ["champion"]


def test_a_failure_that_no_threshold_explains_is_not_lost() -> None:
    assert not report(an_evaluation(a_check(), ok=False), "flights").passed


def test_a_slice_that_was_never_evaluated_fails() -> None:
    found = report(an_evaluation(a_check(), ok=False, unseen=("carrier=ZZ",)), "f")
    assert [r.subject for r in found.failed] == ["carrier=ZZ"]


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        (Bounds(low=0.5), "at least 0.5"),
        (Bounds(high=0.5), "at most 0.5"),
        (Bounds(low=0.5, high=0.99), "0.5 to 0.99"),
        (Bounds(low=-0.01), "at least -0.01"),
        (Bounds(low=-0.01, relative=True), "at least -1.00%"),
        (Bounds(), "any value"),
    ],
)
def test_bounds_read_as_a_sentence(bounds: Bounds, text: str) -> None:
    assert str(bounds) == text


def test_a_change_shows_the_champion_beside_it() -> None:
    change = a_check(kind="change", bounds=Bounds(low=-0.01), value=0.02, champion=0.9)
    (result,) = report(an_evaluation(change), "flights").results
    assert result.observed == "+0.0200, champion 0.9000"
    assert result.expectation == "at least -0.01 against the champion"
    assert result.outcome is Outcome.PASSED
