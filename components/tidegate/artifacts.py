"""Artifact types of Tidegate's components.

Everything else that passes between nodes is a stock TFX type, so that stock
components read ours and ours read theirs. On Vertex a type's name is the path
from which its class is imported, and may have one dot: hence `tidegate.…`. It
takes no properties of custom types, so that ours are custom properties.
"""

from __future__ import annotations

from tfx.types import artifact


class TestReport(artifact.Artifact):  # type: ignore[misc]
    """Folder with `report.json`, `report.html` and the failing rows.

    Custom properties: `kind` (data, drift, model or infra), `passed` (1 if no
    test failed), `failed` and `warned` (numbers of tests).
    """

    __test__ = False

    TYPE_NAME = "tidegate.TestReport"


class GateDecision(artifact.Artifact):  # type: ignore[misc]
    """Folder with `decision.json`: the reports that were read, and the verdict.

    It exists only where the gate was open, since a shut gate fails the run.
    Custom property: `tests`, the number of tests in the reports.
    """

    TYPE_NAME = "tidegate.GateDecision"


class SpanSummary(artifact.Artifact):  # type: ignore[misc]
    """Folder with `summary.parquet`: what was measured of a span, without any row.

    It is the file that enters the history once the span is accepted; a span that
    cannot be read whole leaves the folder empty. Custom properties: `name`, `rows`,
    and `verdict` ("passed" or "alarmed"; empty while there are too few spans).
    """

    TYPE_NAME = "tidegate.SpanSummary"


class Explanation(artifact.Artifact):  # type: ignore[misc]
    """Folder with `importance.json`: how much each feature matters to a model.

    Custom properties: `method` (permutation or shap), `metric`, and `top`, the
    feature that matters most.
    """

    TYPE_NAME = "tidegate.Explanation"


class ModelCard(artifact.Artifact):  # type: ignore[misc]
    """Folder with `model-card.html` and `model-card.md`.

    Custom property: `version`, of the pushed model; 0 before it is pushed.
    """

    TYPE_NAME = "tidegate.ModelCard"
