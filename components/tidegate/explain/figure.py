"""An importance as a picture for reports and cards: one bar a feature. Pure."""

from __future__ import annotations

from tidegate.explain.importance import Importance
from tidegate.report.evidence import Plot

MOST = 15


def figure(importance: Importance, most: int = MOST) -> Plot:
    """The most important features, each with its drop.

    Args:
        importance: What was measured.
        most: Most features to show.
    """
    shown = importance.features[:most]
    return Plot(
        kind="values",
        title=_title(importance, len(shown)),
        labels=tuple(one.feature for one in shown),
        now=tuple(one.drop for one in shown),
        unit=unit_of(importance),
    )


def unit_of(importance: Importance) -> str:
    """What `drop` is measured in."""
    return "prediction" if importance.method == "shap" else importance.metric


def _title(importance: Importance, shown: int) -> str:
    what = {
        "permutation": f"{importance.metric} lost when a feature is shuffled",
        "shap": "mean absolute SHAP value",
    }[importance.method]
    left = len(importance.features) - shown
    return f"{what}, the first {shown} of {shown + left}" if left else what
