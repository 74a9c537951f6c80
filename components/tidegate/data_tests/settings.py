"""What a suite says of the data set as a whole, held against its columns."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.data_tests.judged import Judged
from tidegate.data_tests.suite import Suite
from tidegate.data_tests.whole import Whole
from tidegate.documents import near_miss
from tidegate.report.model import Level, Outcome, TestResult


def judge_settings(suite: Suite, whole: Whole) -> Iterator[Judged]:
    """A result for each column that the suite's settings name and nobody has.

    A private column that is not there fails: under another name its values would
    be shown. A key or time that is not there is only told.
    """
    if not whole.rows:
        return
    for name in suite.pii:
        if not whole.has(name):
            yield _gone("pii", name, whole, Level.FAIL)
    for name in suite.key:
        if not whole.has(name):
            yield _gone("key", name, whole, Level.WARN)
    if suite.time is not None and not whole.has(suite.time):
        yield _gone("time", suite.time, whole, Level.WARN)


def hidden_for_safety(suite: Suite, whole: Whole) -> frozenset[str]:
    """All columns, if one that is to be private goes by another name."""
    if all(whole.has(name) for name in suite.pii):
        return frozenset()
    return frozenset(whole.columns)


def _gone(setting: str, name: str, whole: Whole, level: Level) -> Judged:
    near = near_miss(name, whole.columns)
    observed = f"no column {name}" + (f", but there is {near}" if near else "")
    return Judged(
        TestResult(
            test=setting,
            subject=name,
            expectation=f"a column of this name, which `{setting}` names",
            observed=observed,
            outcome=Outcome.FAILED if level is Level.FAIL else Outcome.WARNED,
            level=level,
            fix=f"correct `{setting}` in the suite, or restore {name} in the export",
            why="values of a private column would be shown under another name"
            if setting == "pii"
            else "a test that uses it would look at nothing",
            family="privacy" if setting == "pii" else "columns",
        )
    )
