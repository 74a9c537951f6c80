"""What becomes of a canary, by what its tests said. Pure but for the ledger."""

from __future__ import annotations

from typing import Literal

from tidegate.canary.standing import Standing
from tidegate.ledger.events import Event
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.moving import abandon, promote
from tidegate.report.model import Outcome, TestReport, TestResult
from tidegate.report.wording import counted

Decision = Literal["promoted", "abandoned", "champion", "passed over"]
_WHY = "a version serves all requests only after it was held against the champion"
_NAMED = 3
_TEST = "canary"


def decide(
    pushed: str, stands: Standing, report: TestReport, *, by: str, run: str | None
) -> Decision:
    """Promotes or abandons a canary, once; what became of the version.

    Args:
        pushed: Where models are pushed to.
        stands: Where the version stood before it was judged.
        report: What its tests said.
        by: Who answers for it.
        run: Id of the pipeline run.

    Raises:
        TidegateError: The ledger cannot be written, or the version not be served, or
            somebody moved one of the two in the last moment.
    """
    if stands.kind == "canary":
        judged = (stands.opponent, stands.version)
        why = reason(stands, report)
        if not report.passed:
            abandon(pushed, by=by, reason=why, run=run, expected=judged)
            return "abandoned"
        promote(pushed, stands.version, by=by, reason=why, run=run, expected=judged)
        return "promoted"
    return "champion" if stands.kind == "first" else stands.kind


def still(pushed: str, stands: Standing) -> bool:
    """Whether the ledger says of a canary what it said before it was judged."""
    state = Ledger(pushed).state()
    version = None if state.canary is None else state.canary.version
    return (version, state.champion) == (stands.version, stands.opponent)


def reason(stands: Standing, report: TestReport) -> str:
    """Why, for the ledger: what was replayed, and what did not hold."""
    replayed = f"on {counted(report.rows, 'replayed rows')} beside {stands.opponent}"
    tests = [one for one in report.results if one.test != _TEST]
    failed = [one.subject for one in tests if _is(one, "failed")]
    if not failed:
        ran = sum(not _is(one, "skipped") for one in tests)
        return f"no failure in {counted(ran, 'model tests')} {replayed}"
    named = ", ".join(failed[:_NAMED]) + (", …" if len(failed) > _NAMED else "")
    count = f"{len(failed)} of {counted(len(tests), 'model tests')}"
    return f"{count} failed {replayed}: {named}"


def short_report(stands: Standing, dataset: str) -> TestReport:
    """The report on a version that nothing is replayed to."""
    first = stands.kind == "first"
    return TestReport(
        kind="model", dataset=dataset, rows=0, results=(_result(stands, first),)
    )


def changed_result(stands: Standing) -> TestResult:
    """Says that the ledger changed while the version was judged."""
    return TestResult(
        test=_TEST,
        subject=f"version {stands.version}",
        expectation=f"the canary beside {stands.opponent}, from first to last",
        observed="the ledger says something else by now, so that nothing was decided",
        outcome=Outcome.FAILED,
        why=_WHY,
        fix="tidegate models list shows what serves; push it again as a canary",
    )


def told(stands: Standing) -> TestResult:
    """Says in the report which two versions were held against each other."""
    before = _already(stands.event) if stands.event is not None else ""
    return TestResult(
        test=_TEST,
        subject=f"version {stands.version}",
        expectation=f"held against the champion, version {stands.opponent}",
        observed=f"the same rows were replayed to both{before}",
        outcome=Outcome.PASSED,
        why=_WHY,
    )


def _result(stands: Standing, first: bool) -> TestResult:
    return TestResult(
        test=_TEST,
        subject=f"version {stands.version}",
        expectation="the canary, or the first champion",
        observed="there was no champion that it could be held against"
        if first
        else "the ledger passed it over" + _already(stands.event),
        outcome=Outcome.PASSED if first else Outcome.FAILED,
        why=_WHY,
        fix=None if first else "push it again as a canary, if it is still wanted",
    )


def _already(event: Event | None) -> str:
    return (
        "" if event is None else f": {event.kind} by {event.by}, event {event.number}"
    )


def _is(result: TestResult, outcome: str) -> bool:
    return result.outcome is Outcome(outcome)
