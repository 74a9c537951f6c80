"""From what a model test saw to its result: outcome, words, and waiver."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from tidegate.model_tests.model_test import Finding, ModelTest
from tidegate.model_tests.uncomputable import NothingToCompare, Uncomputable
from tidegate.report.model import Level, Outcome, TestResult, Waived

if TYPE_CHECKING:
    from tidegate.model_tests.case import Case


def findings(test: ModelTest, case: Case) -> Iterator[Finding]:
    """What a test saw; that it could see nothing is a failure, and told."""
    silent = True
    try:
        for finding in test.judge(case):
            silent = False
            yield finding
        if silent:
            raise Uncomputable(
                "it said nothing", "mend the test: it must yield a finding"
            )
    except NothingToCompare as nothing:
        yield Finding(test.subject, test.expectation, nothing.reason, None)
    except Uncomputable as fault:
        yield Finding(
            test.subject, test.expectation, fault.reason, False, Level.FAIL, fault.fix
        )


def result_of(
    test: ModelTest, finding: Finding, today: date, place: str | None
) -> TestResult:
    """The result of one finding: its outcome, and who answers for it."""
    level = finding.level or test.level
    if test.level is Level.WARN:
        level = Level.WARN
    outcome = _outcome(finding.holds, level)
    waived = _waived(test, today)
    observed, fix = finding.observed, finding.fix
    if waived is not None and waived.state == "expired":
        outcome = Outcome.FAILED
        observed = f"{observed}; its waiver expired on {waived.expires}"
        fix = f"ask {waived.owner} to renew the waiver or to end it"
    elif waived is not None and outcome is Outcome.FAILED:
        outcome = Outcome.WAIVED
    broken = outcome not in (Outcome.PASSED, Outcome.SKIPPED)
    return TestResult(
        test=test.name,
        subject=finding.subject,
        expectation=finding.expectation,
        observed=observed,
        outcome=outcome,
        level=level,
        fix=fix if broken else None,
        why=test.why,
        plot=finding.plot,
        waiver=waived,
        source=place,
    )


def _outcome(holds: bool | None, level: Level) -> Outcome:
    if holds is None:
        return Outcome.SKIPPED
    if holds:
        return Outcome.PASSED
    return Outcome.WARNED if level is Level.WARN else Outcome.FAILED


def _waived(test: ModelTest, today: date) -> Waived | None:
    if test.waiver is None:
        return None
    counts = test.waiver.counts_on(today)
    return Waived(
        owner=test.waiver.owner,
        reason=test.waiver.reason,
        expires=test.waiver.expires,
        state="active" if counts else "expired",
    )
