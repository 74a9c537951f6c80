"""The verdict of every test; some look at the rows a second time before theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.columnar.dataset import Dataset
from tidegate.data_tests.catalogue.base import DataTest, Evidence, Unanswered
from tidegate.data_tests.engine import Engine, InProcess
from tidegate.data_tests.plan import Glance, Plan
from tidegate.data_tests.sql import ConditionError
from tidegate.data_tests.suite import Suite
from tidegate.data_tests.whole import Whole


def verdicts(
    suite: Suite,
    dataset: Dataset,
    glance: Glance,
    whole: Whole,
    engine: Engine | None = None,
) -> list[Evidence]:
    """What every test of the suite comes to, in its order.

    Args:
        suite: The tests.
        dataset: The data set, for those that look at it again: all of them do so
            in one pass, and there is none if no test asks for it.
        glance: What all tests saw in the first pass.
        whole: What is known of the data set.
        engine: Runs that pass; None runs it in this process.

    Raises:
        DataError: A file cannot be read a second time.
    """
    seen = glance.seen or (None,) * len(suite.tests)
    first = list(zip(suite.tests, seen, strict=True))
    second = _seen_again(
        {n: _again(test, what, whole) for n, (test, what) in enumerate(first)},
        dataset,
        engine or InProcess(),
    )
    return [_verdict(*second.get(n, pair), whole) for n, pair in enumerate(first)]


def _again(test: DataTest, seen: Any, whole: Whole) -> DataTest | None:
    """The test that looks again, about the same rows as the test itself."""
    if isinstance(seen, Unanswered) or not whole.has(*test.columns):
        return None
    try:
        again = test.again(seen, whole)
    except ConditionError:
        return None  # its verdict says so
    return again and again.model_copy(update={"where": test.where})


def _seen_again(
    asked: Mapping[int, DataTest | None], dataset: Dataset, engine: Engine
) -> dict[int, tuple[DataTest, Any]]:
    """The tests that asked for another look, with what they saw, by number."""
    tests = {number: test for number, test in asked.items() if test is not None}
    if not tests:
        return {}
    splits = tuple(part.split for part in dataset.parts)
    plan = Plan(tuple(tests.values()), splits, profiled=False)
    found = engine.fold(dataset, plan.look) or Glance()
    seen = found.seen or (None,) * len(tests)
    return {
        number: (test, what)
        for (number, test), what in zip(tests.items(), seen, strict=True)
    }


def _verdict(test: DataTest, seen: Any, whole: Whole) -> Evidence:
    try:
        return test.verdict(seen, whole)
    except ConditionError as error:
        return Evidence(False, str(error), fix=error.fix)
