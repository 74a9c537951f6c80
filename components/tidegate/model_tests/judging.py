"""The verdict on a model: TFMA's thresholds and a suite, on one evaluation."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path

import numpy as np

from tidegate.errors import ComponentError
from tidegate.evaluation.facts import FACTS_FILE, Facts, read_facts
from tidegate.evaluation.scored_rows import ROWS_FILE, ScoredRows, read_rows
from tidegate.explain.importance import Importance
from tidegate.model_tests import checks
from tidegate.model_tests.case import Case
from tidegate.model_tests.catalogue import SingleFeature, TooGood
from tidegate.model_tests.figures import figures
from tidegate.model_tests.hidden import without_values
from tidegate.model_tests.model_test import Finding, ModelTest
from tidegate.model_tests.results import findings, result_of
from tidegate.model_tests.suite import ModelSuite
from tidegate.model_tests.tfma_results import has_results, read_evaluation
from tidegate.model_tests.uncomputable import NothingToCompare, Uncomputable
from tidegate.report.model import Level, Outcome, TestReport, TestResult
from tidegate.report.wording import counted

_ALWAYS: tuple[type[ModelTest], ...] = (TooGood, SingleFeature)


# Predictions may be too large to be squared; what comes of it is told as such.
@np.errstate(all="ignore")
def judge(
    evaluation: Path,
    *,
    suite: ModelSuite | None = None,
    model: Path | None = None,
    importance: Importance | None = None,
    dataset: str = "model",
) -> TestReport:
    """The report on an evaluated model. It never raises because a model is bad.

    The evaluation has scored rows and facts (`tidegate.evaluation`), or TFMA's
    result files, or both.

    Args:
        evaluation: Folder of the evaluation.
        suite: The tests; None for the thresholds of the EvalConfig alone.
        model: Folder of the candidate, for its size where no facts say it.
        importance: Of the model's features; None without an explanation.
        dataset: Name of the model in the report, where the suite has none.

    Raises:
        ComponentError: The evaluation has none of these, or they are not whole.
    """
    started = time.monotonic()
    rows, facts = _left(evaluation)
    told = None
    if has_results(evaluation) or (rows is None and facts is None):
        told = read_evaluation(str(evaluation))
    private = frozenset(suite.private) if suite is not None else frozenset()
    case = Case(
        rows=None if rows is None else _counting(rows),
        facts=facts,
        importance=importance,
        overall={} if told is None else told.overall,
        size=None if model is None else _size(model),
        without_rows=None if facts is None else facts.without_rows,
        compared=None if told is None else told.compared,
        private=private,
    )
    results: list[TestResult] = []
    if told is not None:
        results += checks.results(without_values(told, private))
    results += _finite(rows, case)
    of_suite = list(_of_suite(suite, case))
    results += [result for _, result in of_suite]
    if not _proved(told, of_suite):
        results.append(checks.no_threshold())
    return TestReport(
        kind="model",
        dataset=(suite.dataset if suite is not None else None) or dataset,
        results=tuple(results),
        rows=_rows(case, told),
        figures=tuple(figures(case)),
        private=tuple(sorted(private)),
        seconds=time.monotonic() - started,
    )


def _left(evaluation: Path) -> tuple[ScoredRows | None, Facts | None]:
    """What the Evaluator left beside TFMA's files."""
    try:
        return read_rows(evaluation), read_facts(evaluation)
    except (OSError, ValueError, KeyError) as error:
        raise ComponentError(
            "the evaluation cannot be read",
            where=str(evaluation),
            expected=f"{ROWS_FILE} and {FACTS_FILE}, as the Evaluator writes them",
            got=f"{type(error).__name__}: {error}".splitlines()[0],
            fix="run the Evaluator again",
        ) from error


def _counting(rows: ScoredRows) -> ScoredRows:
    """The rows with a weight and finite numbers, by their prediction.

    Nearly every metric sorts them, and what is sorted already is sorted at once.
    """
    keep = _finite_rows(rows) & (rows.weight > 0)
    if rows.champion is not None:
        keep &= np.isfinite(rows.champion)
    places = np.flatnonzero(keep)
    places = places[np.argsort(rows.prediction[places], kind="stable")]
    return replace(
        rows,
        label=rows.label[places],
        weight=rows.weight[places],
        prediction=rows.prediction[places],
        champion=None if rows.champion is None else rows.champion[places],
        slices={name: values.take(places) for name, values in rows.slices.items()},
    )


def _finite_rows(rows: ScoredRows) -> np.ndarray:  # type: ignore[type-arg]
    numbers = (rows.label, rows.prediction, rows.weight)
    return np.asarray(np.logical_and.reduce([np.isfinite(one) for one in numbers]))


def _finite(rows: ScoredRows | None, case: Case) -> Iterator[TestResult]:
    """A failure where labels, weights or predictions are no numbers."""
    if rows is None:
        yield TestResult(
            test="finite",
            subject="rows",
            expectation="no NaN, nothing infinite",
            observed=case.no_rows().told,
            outcome=Outcome.SKIPPED,
            why="a prediction that is no number is none",
        )
        return
    held = [("label", rows.label), ("weight", rows.weight)]
    held.append(("prediction", rows.prediction))
    if rows.champion is not None:
        held.append(("champion", rows.champion))
    for name, numbers in held:
        bad = int(np.count_nonzero(~np.isfinite(numbers)))
        if bad:
            of_champion = name == "champion"
            yield TestResult(
                test="finite",
                subject=name,
                expectation="no NaN, nothing infinite",
                observed=f"on {counted(bad, 'rows')} of {len(rows):,}; all other "
                "tests go without them",
                # What is wrong with the champion is no fault of the candidate.
                outcome=Outcome.WARNED if of_champion else Outcome.FAILED,
                level=Level.WARN if of_champion else Level.FAIL,
                failing_rows=bad,
                why="a metric of the other rows says nothing about these",
                fix="look at these rows' features, and at the loss of the training"
                if name == "prediction"
                else f"look where the {name} comes from",
            )


def _of_suite(
    suite: ModelSuite | None, case: Case
) -> Iterator[tuple[ModelTest, TestResult]]:
    """The results of every test of the suite, and of those that are always on."""
    today = datetime.now(timezone.utc).date()
    tests = [] if suite is None else suite.tests
    places: Sequence[str | None] = [] if suite is None else suite.places
    if len(places) != len(tests):
        places = [None] * len(tests)
    for test, place in zip(tests, places, strict=True):
        for finding in findings(test, case):
            yield test, result_of(test, finding, today, place)
    for kind in _ALWAYS:
        if not any(isinstance(test, kind) for test in tests):
            yield from _unasked(kind(), case, today)


def _unasked(
    test: ModelTest, case: Case, today: date
) -> Iterator[tuple[ModelTest, TestResult]]:
    """A test that nobody asked for: where it cannot be computed, it is skipped."""
    try:
        found = list(test.judge(case))
    except Uncomputable as fault:
        nothing = isinstance(fault, NothingToCompare)
        observed = fault.reason if nothing else fault.told
        found = [Finding(test.subject, test.expectation, observed, None)]
    for finding in found:
        yield test, result_of(test, finding, today, None)


def _proved(
    told: checks.Evaluation | None, of_suite: Sequence[tuple[ModelTest, TestResult]]
) -> bool:
    """Whether anything was held against a threshold, and held or shuts the gate.

    What did not hold and only warns, or is waived, let the model through unproved.
    """
    ran = any(
        test.proves and result.outcome in (Outcome.PASSED, Outcome.FAILED)
        for test, result in of_suite
    )
    return ran or bool(told is not None and told.checks)


def _rows(case: Case, told: checks.Evaluation | None) -> int:
    if told is not None and told.examples is not None:
        return told.examples
    if case.facts is not None:
        return case.facts.rows
    return len(case.rows) if case.rows is not None else 0


def _size(model: Path) -> int:
    return sum(path.stat().st_size for path in model.rglob("*") if path.is_file())
