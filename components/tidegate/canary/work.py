"""Canary's work: replays rows to both versions, judges, and decides."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.canary import keys, verdict
from tidegate.canary.evaluating import replay
from tidegate.canary.standing import Standing, standing
from tidegate.errors import ComponentError
from tidegate.explain.importance import IMPORTANCE_FILE, Importance, read_importance
from tidegate.ledger.destination import destination_of
from tidegate.ledger.healing import heal
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.state import State
from tidegate.model_tests.judging import judge
from tidegate.model_tests.suite import parse_suite
from tidegate.report.html import write_page
from tidegate.report.model import Outcome, TestReport, TestResult, write_report
from tidegate.runners import progress
from tidegate.steps.context import Artifacts, Context
from tidegate.steps.description import describe
from tidegate.steps.reading import get_single_instance, get_single_uri

_PUSHED, _PUSHED_VERSION = "pushed", "pushed_version"
_LOG = logging.getLogger("tidegate.canary")


def do(
    inputs: Artifacts,
    outputs: Artifacts,
    properties: Mapping[str, Any],
    context: Context,
) -> None:
    """Writes evaluation and report, then promotes or abandons the version.

    Raises:
        TidegateError: It cannot be judged; a bad model is none of these.
    """
    pushed = str(properties[keys.PUSH_TO])
    heal(pushed)
    destination = destination_of(pushed)
    events = Ledger(destination).events()
    version = _version(inputs)
    stands = standing(events, version, destination.shown)
    evaluation = Path(get_single_uri(outputs[keys.EVALUATION]))
    if stands.held:
        state = State.after(events)
        replay(inputs, properties, stands, destination, state, evaluation)
        importance = _importance(inputs)
        report = _judged(evaluation, properties, stands, importance)
    else:
        report = verdict.short_report(stands, str(properties[keys.DATASET]))
    output = get_single_instance(outputs[keys.REPORT])
    changed = stands.kind == "canary" and not verdict.still(pushed, stands)
    if changed:
        report = _with(report, verdict.changed_result(stands))
    _write(report, output)
    decision: str = "passed over"
    if not changed:
        by = str(properties[keys.BY])
        decision = verdict.decide(pushed, stands, report, by=by, run=context.run)
    output.set_string_custom_property(keys.DECISION, decision)
    _LOG.info("version %d: %s", version, decision)


def _version(inputs: Artifacts) -> int:
    """The version that was pushed.

    Raises:
        ComponentError: None was.
    """
    pushed = get_single_instance(inputs[keys.PUSHED_MODEL])
    text = pushed.get_string_custom_property(_PUSHED_VERSION)
    if pushed.get_int_custom_property(_PUSHED) == 1 and text.isdecimal():
        return int(text)
    raise ComponentError(
        "no model was pushed",
        where="Canary(pushed_model=…)",
        expected="the output of a Pusher that pushed",
        got=text or "no version",
        fix="take tidegate.Pusher, which does not go on without pushing",
    )


def _importance(inputs: Artifacts) -> Importance | None:
    """What the features matter to the model; None without an explanation."""
    if not inputs.get(keys.EXPLANATION):
        return None
    folder = Path(get_single_uri(inputs[keys.EXPLANATION]))
    try:
        return read_importance(folder)
    except (OSError, ValueError) as error:
        raise ComponentError(
            "the explanation cannot be read",
            where=str(folder / IMPORTANCE_FILE),
            expected="what an Explainer writes",
            got=str(error).splitlines()[0],
            fix="run the Explainer again",
        ) from error


def _judged(
    evaluation: Path,
    properties: Mapping[str, Any],
    stands: Standing,
    importance: Importance | None,
) -> TestReport:
    progress.stage("judging")
    suite = parse_suite(str(properties[keys.SUITE]))
    report = judge(
        evaluation,
        suite=suite,
        importance=importance,
        dataset=str(properties[keys.DATASET]),
    )
    file = properties.get(keys.SUITE_FILE) or None
    reference = f"version {stands.opponent}, the champion, on the same replayed rows"
    judged = report.model_copy(update={"reference": reference, "suite_file": file})
    # Which versions these are is no test: it does not make a report pass.
    ran = any(one.outcome is not Outcome.SKIPPED for one in report.results)
    return _with(judged, verdict.told(stands)) if ran else judged


def _with(report: TestReport, result: TestResult) -> TestReport:
    return report.model_copy(update={"results": (result, *report.results)})


def _write(report: TestReport, output: Any) -> None:
    write_page(report, Path(output.uri))
    write_report(report, Path(output.uri))
    describe(output, report)
