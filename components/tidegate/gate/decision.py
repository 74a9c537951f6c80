"""Decides from test reports whether a gate is open. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from tidegate.errors import ComponentError, GateShut
from tidegate.report.model import PAGE_FILE, TestReport, write_whole

REPORT_KINDS = ("data", "drift", "model", "infra")
DECISION_FILE = "decision.json"


class ReportSummary(BaseModel):
    """What a decision keeps of a report that it read.

    Attributes:
        kind: Which component wrote it.
        dataset: Name of the data set or model.
        tests: Number of its tests.
        warned: How many of them warned.
        rows: Rows that they saw.
        folder: Where people find it.
        digest: SHA-256 of its file; None in decisions of older versions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    dataset: str
    tests: int
    warned: int
    rows: int
    folder: str
    digest: str | None = None


class Decision(BaseModel):
    """An open gate: the reports behind it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reports: tuple[ReportSummary, ...]

    @property
    def tests(self) -> int:
        """Number of tests in all reports."""
        return sum(report.tests for report in self.reports)


def decide(
    reports: Mapping[str, TestReport], digests: Mapping[str, str] | None = None
) -> Decision:
    """An open gate for these reports.

    Args:
        reports: Report folder to report, at least one.
        digests: Report folder to the SHA-256 of the report's file.

    Returns:
        The decision to open, with what it rests on.

    Raises:
        GateShut: At least one test failed, or a report ran no test at all.
        ComponentError: No report reached the gate.
    """
    if not reports:
        raise ComponentError(
            "no test report reached the gate",
            expected="at least one report",
            got="none",
            fix="check that the test component before the gate has run",
        )
    shut = {folder: report for folder, report in reports.items() if not report.passed}
    if shut:
        raise GateShut(
            "; ".join(_why(report) for report in shut.values()),
            reports=tuple(reports),
            got=_first_failures(shut.values()),
            fix="; ".join(f"open {Path(folder) / PAGE_FILE}" for folder in shut),
        )
    return Decision(
        reports=tuple(
            ReportSummary(
                kind=report.kind,
                dataset=report.dataset,
                tests=len(report.results),
                warned=len(report.warned),
                rows=report.rows,
                folder=folder,
                digest=(digests or {}).get(folder),
            )
            for folder, report in reports.items()
        )
    )


def write_decision(decision: Decision, folder: Path) -> Path:
    """Writes the decision as JSON into `folder`, whole or not at all."""
    return write_whole(
        folder / DECISION_FILE, decision.model_dump_json(indent=2).encode()
    )


def _why(report: TestReport) -> str:
    if not report.failed:
        return f"gate shut: no {report.kind} test of {report.dataset} could run"
    failed, ran = len(report.failed), len(report.results)
    return f"gate shut: {failed} of {ran} {report.kind} tests failed"


def _first_failures(reports: Iterable[TestReport], limit: int = 5) -> str:
    failed = [r for report in reports for r in report.failed]
    named = [f"{r.test} of {r.subject}: {r.observed}" for r in failed[:limit]]
    if len(failed) > limit:
        named.append(f"and {len(failed) - limit} more")
    return "; ".join(named)
