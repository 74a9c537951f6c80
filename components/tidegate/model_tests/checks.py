"""Turns checked thresholds of an evaluation into a test report. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tidegate.report.model import Outcome, TestReport, TestResult

OVERALL = "overall"


@dataclass(frozen=True)
class Bounds:
    """Range in which a metric, or its change against the champion, must lie.

    Attributes:
        low: Lower bound, None where there is none.
        high: Upper bound, None where there is none.
        relative: True if the bounds are shares of the champion's value.
    """

    low: float | None = None
    high: float | None = None
    relative: bool = False

    def __str__(self) -> str:
        low, high = self._text(self.low), self._text(self.high)
        if low and high:
            return f"{low} to {high}"
        if low:
            return f"at least {low}"
        return f"at most {high}" if high else "any value"

    def _text(self, bound: float | None) -> str:
        if bound is None:
            return ""
        return (
            f"{bound:+.3g}".replace("+", "") if not self.relative else f"{bound:+.2%}"
        )


@dataclass(frozen=True)
class Check:
    """One threshold, checked on one slice.

    Attributes:
        metric: Name of the metric, such as "auc".
        slice: "overall" or "carrier=AA".
        kind: A bound on the value, or on the change against the champion.
        bounds: What was asked.
        value: The metric, or its change; None where it was not computed.
        ok: TFMA's own verdict.
        champion: The champion's value, for a change.
        note: What TFMA had to say about it.
    """

    metric: str
    slice: str
    kind: Literal["value", "change"]
    bounds: Bounds
    value: float | None
    ok: bool
    champion: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Evaluation:
    """What ModelTests needs to know of an evaluation.

    Attributes:
        checks: Every threshold on every slice that it applies to.
        ok: TFMA's verdict on all of them together.
        compared: False where there was no champion to compare with.
        unseen: Thresholds or slices that were asked for but never met.
        examples: Number of evaluated examples, None where it was not counted.
        overall: The model's metrics on all rows, by name.
    """

    checks: tuple[Check, ...]
    ok: bool
    compared: bool
    unseen: tuple[str, ...] = ()
    examples: int | None = None
    overall: Mapping[str, float] = field(default_factory=dict)


def report(evaluation: Evaluation, dataset: str) -> TestReport:
    """The report on an evaluated model.

    A model that nobody set a threshold for is refused: no test is no proof.
    """
    found = results(evaluation)
    if not evaluation.checks:
        found.append(no_threshold())
    return TestReport(
        kind="model",
        dataset=dataset,
        results=tuple(found),
        rows=evaluation.examples or 0,
    )


def results(evaluation: Evaluation) -> list[TestResult]:
    """The result of each threshold of an evaluation."""
    found = [
        *(_result(check) for check in evaluation.checks),
        *_unseen(evaluation.unseen),
        *_comparison(evaluation),
    ]
    explained = any(result.outcome is Outcome.FAILED for result in found)
    if evaluation.checks and not evaluation.ok and not explained:
        found.append(_disagreement())
    return found


def no_threshold() -> TestResult:
    """The failure of a model that nothing was asked of."""
    return TestResult(
        test="threshold",
        subject="model",
        expectation="at least one threshold",
        observed="none held or would have stopped the model, so nothing was proved",
        outcome=Outcome.FAILED,
        fix="set a threshold in the EvalConfig's metrics_specs, or bounds in a suite",
        why="a model without a threshold would always pass",
    )


def _result(check: Check) -> TestResult:
    change = check.kind == "change"
    return TestResult(
        test="change" if change else "threshold",
        subject=f"{check.metric} · {check.slice}",
        expectation=f"{check.bounds}{' against the champion' if change else ''}",
        observed=_observed(check),
        outcome=Outcome.PASSED if check.ok else Outcome.FAILED,
        why="a model goes out only when it is proved good enough",
        fix=None if check.ok else "look at the slice's data, or train again",
    )


def _observed(check: Check) -> str:
    if check.value is None:
        return check.note.strip() or "the metric was not computed"
    if check.kind == "value":
        return f"{check.value:.4f}"
    champion = "" if check.champion is None else f", champion {check.champion:.4f}"
    return f"{check.value:+.4f}{champion}"


def _unseen(names: Iterable[str]) -> Iterable[TestResult]:
    for name in names:
        yield TestResult(
            test="coverage",
            subject=name,
            expectation="evaluated",
            observed="no example of it in the evaluation",
            outcome=Outcome.FAILED,
            why="a threshold that never met an example proves nothing",
            fix="evaluate on data that has the slice, or drop the threshold",
        )


def _comparison(evaluation: Evaluation) -> Iterable[TestResult]:
    if not evaluation.compared:
        yield TestResult(
            test="change",
            subject="champion",
            expectation="no worse than the last good model",
            observed="there is no earlier good model to compare with",
            outcome=Outcome.SKIPPED,
            why="a first model has nothing to be compared with",
        )


def _disagreement() -> TestResult:
    return TestResult(
        test="threshold",
        subject="model",
        expectation="TFMA's validation holds",
        observed="TFMA reports a failure that none of the thresholds explains",
        outcome=Outcome.FAILED,
        fix="read validations.tfrecord with tfma.load_validation_result",
    )
