"""How much each feature matters to a model, as a document. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tidegate.report.model import write_whole

IMPORTANCE_FILE = "importance.json"


class FeatureImportance(BaseModel):
    """One feature.

    Attributes:
        feature: Name of the raw feature.
        drop: How much worse the metric is when the feature's values are shuffled
            among the rows, on the average of the repeats: a fall of "auc", a rise
            of "rmse". Higher matters more. By "shap" it is the mean absolute SHAP
            value, in units of the prediction.
        spread: Standard deviation of the drop over the repeats.
        share: The drop as a share of what the model is better than a constant
            prediction, 0 to 1; None where it is no better. By "shap" a share of
            the sum over all features; None where that is 0.
        alone: The metric of the feature by itself, all others shuffled; None
            where it was not measured.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    feature: str
    drop: float
    spread: float
    share: float | None = None
    alone: float | None = None


class Importance(BaseModel):
    """The importance of a model's features.

    Attributes:
        method: "permutation" or "shap".
        metric: Name of the metric, such as "auc".
        value: The metric of the model as it is.
        constant: The metric of the best constant prediction (0.5 for "auc").
        rows: Rows that it was measured on.
        repeats: Times that each feature was shuffled.
        seed: Seed of the shuffling.
        features: The features, the most important first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: Literal[1] = 1
    method: Literal["permutation", "shap"] = "permutation"
    metric: str
    value: float
    constant: float
    rows: int
    repeats: int
    seed: int
    features: tuple[FeatureImportance, ...]


def write_importance(importance: Importance, folder: Path) -> Path:
    """Writes the document into `folder`, whole or not at all."""
    content = importance.model_dump_json(indent=2).encode()
    return write_whole(folder / IMPORTANCE_FILE, content)


def read_importance(folder: Path) -> Importance:
    """The document that `write_importance` wrote.

    Raises:
        OSError: It is not there.
        ValueError: It is not as it was written.
    """
    return Importance.model_validate_json((folder / IMPORTANCE_FILE).read_bytes())
