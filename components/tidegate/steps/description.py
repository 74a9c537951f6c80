"""The properties that artifacts of Tidegate's own types have."""

from __future__ import annotations

from typing import Any


def describe(output: Any, report: Any) -> None:
    """Sets the custom properties of a TestReport artifact.

    Args:
        output: The artifact.
        report: The `tidegate.report.model.TestReport` in it.
    """
    output.set_string_custom_property("kind", report.kind)
    output.set_int_custom_property("passed", int(report.passed))
    output.set_int_custom_property("failed", len(report.failed))
    output.set_int_custom_property("warned", len(report.warned))


def describe_summary(output: Any, measures: Any, verdict: str | None) -> None:
    """Sets the custom properties of a SpanSummary artifact.

    Args:
        output: The artifact.
        measures: The `tidegate.drift_tests.summary.SpanMeasures` in it.
        verdict: What the drift tests said.
    """
    output.set_string_custom_property("name", measures.name)
    output.set_int_custom_property("rows", measures.rows)
    output.set_string_custom_property("verdict", verdict or "")
