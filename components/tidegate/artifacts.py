"""Artifact types of Tidegate's components.

Everything else that passes between nodes is a stock TFX type, so that stock
components read ours and ours read theirs. On Vertex a type's name is the path
from which its class is imported, and may have one dot: hence `tidegate.…`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import artifact


class TestReport(artifact.Artifact):  # type: ignore[misc]
    """Folder with `report.json`, `report.html` and the failing rows.

    Properties: `kind` (data, drift, model or infra), `passed` (1 if no test
    failed), `failed` and `warned` (numbers of tests).
    """

    __test__ = False

    TYPE_NAME = "tidegate.TestReport"
    PROPERTIES: ClassVar[dict[str, Any]] = {
        "kind": artifact.Property(type=artifact.PropertyType.STRING),
        "passed": artifact.Property(type=artifact.PropertyType.INT),
        "failed": artifact.Property(type=artifact.PropertyType.INT),
        "warned": artifact.Property(type=artifact.PropertyType.INT),
    }


class GateDecision(artifact.Artifact):  # type: ignore[misc]
    """Folder with `decision.json`: the reports that were read, and the verdict.

    It exists only where the gate was open, since a shut gate fails the run.
    """

    TYPE_NAME = "tidegate.GateDecision"
    PROPERTIES: ClassVar[dict[str, Any]] = {
        "tests": artifact.Property(type=artifact.PropertyType.INT)
    }


def describe(artifact_out: TestReport, report: Any) -> None:
    """Sets the artifact's properties from the report that it holds.

    Args:
        artifact_out: The output artifact.
        report: The `tidegate.report.model.TestReport` in it.
    """
    artifact_out.kind = report.kind
    artifact_out.passed = int(report.passed)
    artifact_out.failed = len(report.failed)
    artifact_out.warned = len(report.warned)
