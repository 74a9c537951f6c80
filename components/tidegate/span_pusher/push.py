"""Lets a span into the history on the word of an open gate. Pure."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from tidegate.drift_tests.history import Acceptance, Written, read_span, write_span
from tidegate.drift_tests.history.names import SUMMARY_FILE
from tidegate.errors import ComponentError, UsageError
from tidegate.gate.decision import DECISION_FILE, Decision, ReportSummary
from tidegate.report.model import REPORT_FILE

_KIND = "drift"


def push(
    summary: Path, gate: Path, history: str, *, by: str, run: str | None = None
) -> Written:
    """Writes an accepted span into the history, and says whether it was new.

    Args:
        summary: Folder of the span's summary.
        gate: Folder of the gate's decision.
        history: The history's folder, or a URL that fsspec knows.
        by: Who answers for it.
        run: Id of the pipeline run.

    Raises:
        ComponentError: The gate decided on no drift report, or a file is damaged.
        UsageError: Another span of that name is there.
        InfrastructureError: The history cannot be written.
    """
    report = _drift_report(gate)
    try:
        span = read_span(summary / SUMMARY_FILE)
    except UsageError as error:
        raise ComponentError(
            "the summary of the span cannot be read",
            where=error.where,
            expected="the file that DriftTests wrote",
            got=error.got,
            fix="run DriftTests again",
        ) from error
    acceptance = Acceptance(
        by=by,
        reason="every gate before it was open",
        verdict=span.verdict,
        run=run,
        report=report.digest or _digest(Path(report.folder) / REPORT_FILE),
    )
    return write_span(span.measures, acceptance, history)


def _drift_report(gate: Path) -> ReportSummary:
    """What the gate read of the drift tests."""
    path = gate / DECISION_FILE
    try:
        decision = Decision.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ComponentError(
            "the gate's decision cannot be read",
            where=str(path),
            got=str(error).splitlines()[0],
            fix="run the gate again; its decision was lost or cut short",
        ) from error
    found = [report for report in decision.reports if report.kind == _KIND]
    if found:
        return found[0]
    raise ComponentError(
        "the gate decided without a drift report",
        where=str(path),
        expected="a gate that reads the report of the drift tests",
        got=", ".join(report.kind for report in decision.reports) or "no report",
        fix='Gate(drift=drift_tests.outputs["report"])',
    )


def _digest(report: Path) -> str | None:
    """SHA-256 of the report, which older decisions do not have; None if it is gone."""
    try:
        return hashlib.sha256(report.read_bytes()).hexdigest()
    except OSError:
        return None
