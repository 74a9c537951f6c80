"""The pictures of a model: curves, distributions, and metrics beside the champion's.

They show rates and predictions, and no value of a feature but the names of slices.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tidegate.model_tests.groups import groups
from tidegate.model_tests.measures.calibration import equal_bins
from tidegate.model_tests.measures.curves import histogram, roc
from tidegate.model_tests.measures.estimate import Numbers, interval
from tidegate.model_tests.measures.metrics import METRICS
from tidegate.model_tests.uncomputable import Uncomputable
from tidegate.report.model import Curves, Intervals, Line, Plot

if TYPE_CHECKING:
    from tidegate.model_tests.case import Case

_BINS = 20
_CONFIDENCE = 0.95
_MOST_SLICES = 40
_LEAST_ROWS, _LEAST_OF_EACH = 100, 20
_SHOWN = {
    "binary": ("auc", "accuracy", "precision", "recall", "f1", "brier", "log_loss"),
    "regression": ("mae", "rmse", "mean_error", "r2"),
}
_OF_SLICES = {"binary": "auc", "regression": "mae"}
_MODELS = (("candidate", "now"), ("champion", "reference"))


def figures(case: Case) -> Iterator[Plot | Curves | Intervals]:
    """Every picture that the model's rows give."""
    if case.rows is None or not len(case.rows) or case.task == "other":
        return
    if case.task == "binary":
        yield from _given(roc_curves(case))
        yield calibration_curves(case, _BINS)
    else:
        yield predicted_against_label(case)
    yield score_distribution(case)
    yield from _metrics(case)
    for feature in case.rows.slices:
        yield from _slices(case, feature)


def roc_curves(case: Case) -> Curves | None:
    """The ROC curves of candidate and champion; None without both labels."""
    rows = case.demanded_rows()
    lines = []
    for name, role, prediction in _predictions(case):
        found = roc(rows.label, prediction, rows.weight)
        if found is not None:
            lines.append(_line(name, *found, role))
    if not lines:
        return None
    return Curves(
        title="ROC curve",
        lines=(*lines, _diagonal("chance", 0.0, 1.0)),
        x_title="false positive rate",
        y_title="true positive rate",
    )


def calibration_curves(case: Case, bins: int) -> Curves:
    """Mean label by mean prediction, in bins of equal weight."""
    rows = case.demanded_rows()
    lines = []
    for name, role, prediction in _predictions(case):
        found = equal_bins(rows.label, prediction, rows.weight, bins)
        lines.append(_line(name, found.prediction, found.label, role))
    return Curves(
        title="calibration",
        lines=(*lines, _diagonal("calibrated", 0.0, 1.0)),
        x_title="mean prediction",
        y_title="share of positives",
    )


def predicted_against_label(case: Case) -> Curves:
    """Mean label by mean prediction of a regression."""
    rows = case.demanded_rows()
    lines, ends = [], []
    for name, role, prediction in _predictions(case):
        found = equal_bins(rows.label, prediction, rows.weight, _BINS)
        lines.append(_line(name, found.prediction, found.label, role))
        ends += [float(found.prediction.min()), float(found.prediction.max())]
    return Curves(
        title="label by prediction",
        lines=(*lines, _diagonal("right", min(ends), max(ends))),
        x_title="mean prediction",
        y_title="mean label",
    )


def score_distribution(case: Case) -> Plot:
    """The histogram of the predictions, the champion's beside it."""
    rows = case.demanded_rows()
    held = [prediction for _, _, prediction in _predictions(case)]
    low, high = 0.0, 1.0
    if case.task != "binary":
        low = min(float(np.quantile(one, 0.005)) for one in held)
        high = max(float(np.quantile(one, 0.995)) for one in held)
        if not high > low:
            low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, _BINS + 1)
    shares = [histogram(one, rows.weight, edges) for one in held]
    return Plot(
        kind="numbers",
        title="predictions, share of rows",
        labels=tuple(f"{a:.4g} to {b:.4g}" for a, b in pairwise(edges)),
        now=tuple(shares[0].tolist()),
        reference=tuple(shares[1].tolist()) if len(shares) > 1 else None,
        edges=tuple(edges.tolist()),
    )


def _metrics(case: Case) -> Iterator[Intervals]:
    """The usual metrics of candidate and champion, each between 0 and 1 or not."""
    rows = case.demanded_rows()
    compared = rows.champion is not None
    found = []
    for name in _SHOWN[case.task]:
        now = case.measure(name)
        before = case.measure(name, of_champion=True) if compared else None
        if now is None or (compared and before is None):
            continue
        found.append((name, interval(now, _CONFIDENCE), before))
    if found:
        yield Intervals(
            title=f"{'candidate and champion' if compared else 'metrics'}, 95 % "
            "intervals",
            labels=tuple(name for name, _, _ in found),
            now=tuple(one.value for _, one, _ in found),
            low=tuple(one.low for _, one, _ in found),
            high=tuple(one.high for _, one, _ in found),
            reference=tuple(one.value for _, _, one in found if one is not None)
            if compared
            else None,
        )


def _slices(case: Case, feature: str) -> Iterator[Intervals]:
    """The main metric of the largest slices by one feature, the lowest first."""
    metric = _OF_SLICES[case.task]
    least = _LEAST_OF_EACH if METRICS[metric].classes else 0
    try:
        found = groups(case, [feature], _LEAST_ROWS, least).large
    except Uncomputable:
        return
    compared = case.demanded_rows().champion is not None
    largest = sorted(found, key=lambda one: -len(one.places))[:_MOST_SLICES]
    measured = []
    for group in largest:
        now = case.measure(metric, places=group.places)
        before = (
            case.measure(metric, of_champion=True, places=group.places)
            if compared
            else None
        )
        if now is not None and (before is not None or not compared):
            held = interval(now, _CONFIDENCE)
            measured.append((group.name, held, before.value if before else 0.0))
    if not measured:
        return
    measured.sort(key=lambda one: one[1].value)
    yield Intervals(
        title=f"{metric} by {feature}, 95 % intervals",
        labels=tuple(name for name, _, _ in measured),
        now=tuple(one.value for _, one, _ in measured),
        low=tuple(one.low for _, one, _ in measured),
        high=tuple(one.high for _, one, _ in measured),
        reference=tuple(one for _, _, one in measured) if compared else None,
    )


def _predictions(case: Case) -> Iterator[tuple[str, str, Numbers]]:
    rows = case.demanded_rows()
    both = (rows.prediction, rows.champion)
    for (name, role), prediction in zip(_MODELS, both, strict=True):
        if prediction is not None:
            yield name, role, prediction


def _line(name: str, x: Numbers, y: Numbers, role: str) -> Line:
    return Line.model_validate(
        {"name": name, "x": x.tolist(), "y": y.tolist(), "role": role}
    )


def _diagonal(name: str, low: float, high: float) -> Line:
    return Line(name=name, x=(low, high), y=(low, high), role="guide")


def _given(picture: Curves | None) -> Iterator[Curves]:
    if picture is not None:
        yield picture
