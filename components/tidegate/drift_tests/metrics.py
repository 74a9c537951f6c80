"""Metrics of a model over accepted spans: worse is an alarm, and too good is one.

Accuracy, AUC, calibration and the like are figures of a span as a whole that are
measured elsewhere. They are judged by the same engine as columns of data, two-sided:
a metric that jumps to too good mostly means that the label has leaked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone

import numpy as np

from tidegate.drift_tests.decide import decide
from tidegate.drift_tests.decision import DriftDecision, Sign
from tidegate.drift_tests.history import History
from tidegate.drift_tests.measuring.names import METRIC, METRIC_ERROR
from tidegate.drift_tests.settings import DriftSettings
from tidegate.drift_tests.summary import Frequent, Pairs, SpanMeasures
from tidegate.report.model import Outcome, TestReport, TestResult
from tidegate.report.wording import counted, printable

# A relation of columns needs these two; of metrics nothing is known by them.
_MEASURES = ("missing", "log_distinct", METRIC, METRIC_ERROR)
_HIGHER = ("auc", "accuracy", "precision", "recall", "f1", "r2", "r_squared", "gini")
_LOWER = ("loss", "error", "rmse", "mse", "mae", "mape", "brier")
_LEAK = (
    "look for a leak: a feature that knows the label, or rows of the training data "
    "among those evaluated"
)
_WORSE = "look at the drift of features and label, and at the metric in slices"
_OTHER = "look at the predictions and labels of this span"


@dataclass(frozen=True, eq=False)
class MetricsChecked:
    """A verdict on the metrics of a span.

    Attributes:
        report: The verdict.
        decision: The decision behind it.
    """

    report: TestReport
    decision: DriftDecision


def metrics_measures(
    name: str,
    metrics: Mapping[str, float],
    errors: Mapping[str, float] | None = None,
    *,
    span: int | None = None,
    start: date | None = None,
) -> SpanMeasures:
    """The metrics of a span as something that drift tests can judge and accept.

    Args:
        name: Name of the span; letters, digits, `.`, `_` and `-`.
        metrics: Each metric's value; not a number where it could not be told.
        errors: Standard errors of metrics, where known. Others count as known to
            one part in a hundred of what they usually are.
        span: Number of the span.
        start: First day of its data.
    """
    names, known = tuple(metrics), errors or {}
    matrix = np.full((len(names), len(_MEASURES)), np.nan)
    for row, metric in zip(matrix, names, strict=True):
        value = float(metrics[metric])
        row[_MEASURES.index(METRIC)] = value if math.isfinite(value) else np.nan
        row[_MEASURES.index(METRIC_ERROR)] = known.get(metric, np.nan)
    return SpanMeasures(
        name=name,
        # One, so that their number is no feature of its own.
        rows=1,
        span=span,
        start=start,
        created=datetime.now(timezone.utc),
        columns=names,
        kinds=("float",) * len(names),
        private=frozenset(),
        measures=_MEASURES,
        matrix=matrix,
        frequent=tuple(Frequent.none() for _ in names),
        pairs=Pairs.none(),
    )


def check_metrics(
    history: History,
    now: SpanMeasures,
    settings: DriftSettings | None = None,
    *,
    dataset: str = "metrics",
) -> MetricsChecked:
    """The verdict on the metrics of a span: like those of accepted spans, or not.

    Args:
        history: The metrics of accepted spans, as `metrics_measures` makes them.
        now: Those of this span.
        settings: What is promised; `smallest_shift` is the part of what a metric
            usually is below which no change counts.
        dataset: Name of the data set or model, for the report.
    """
    decision = decide(history, now, settings)
    report = decision.as_report(dataset=dataset)
    results = [_in_words(one, decision) for one in report.results]
    results += _unknown(history, now)
    told = report.model_copy(update={"results": tuple(results)})
    return MetricsChecked(told, decision)


def metric_text(sign: Sign, spans: int) -> str:
    """`auc 0.99; 0.71 to 0.78 in 60 accepted spans: better than ever …`."""
    side = "higher" if sign.now > sign.usual else "lower"
    beyond = sign.now > sign.high or sign.now < sign.low
    better = goodness(sign.column) * (1 if side == "higher" else -1)
    word = {1: "better", -1: "worse"}.get(better, side)
    text = (
        f"{printable(sign.column)} {sign.now:.4g}; {sign.low:.4g} to {sign.high:.4g} "
        f"in {counted(spans, 'accepted spans')}: {word} than "
        f"{'ever' if beyond else 'usual'}"
    )
    return f"{text} — look for a leak" if better > 0 else text


def goodness(metric: str) -> int:
    """1 for a metric that should be high, -1 for a low one, 0 where neither is known.

    By the name: `val_auc` is an AUC, `log_loss` a loss, `calibration` neither.
    """
    words = metric.lower().replace("-", "_").replace(" ", "_").split("_")
    named = {*words, metric.lower()}
    if named.intersection(_LOWER):
        return -1
    return 1 if named.intersection(_HIGHER) else 0


def _in_words(result: TestResult, decision: DriftDecision) -> TestResult:
    """What is said of columns, said of metrics."""
    signs = [
        sign
        for cause in decision.ranking
        for sign in cause.signs
        if sign.measure == METRIC and printable(sign.column) == result.subject
    ]
    if not signs:
        fix = result.fix and _fix(decision)
        return result.model_copy(update={"fix": fix})
    text = metric_text(signs[0], len(decision.history))
    return result.model_copy(update={"observed": text, "fix": _advice(signs[0])})


def _advice(sign: Sign) -> str:
    side = goodness(sign.column) * (1 if sign.now > sign.usual else -1)
    return {1: _LEAK, -1: _WORSE}.get(side, _OTHER)


def _fix(decision: DriftDecision) -> str:
    signs = [sign for cause in decision.ranking[:1] for sign in cause.signs[:1]]
    advice = _advice(signs[0]) if signs else _OTHER
    return f"{advice}; if it is right, accept the metrics with a reason"


def _unknown(history: History, now: SpanMeasures) -> Iterator[TestResult]:
    """Metrics that accepted spans have and this one does not."""
    for name in history.columns:
        if math.isfinite(now.value(name, METRIC)):
            continue
        yield TestResult(
            test="metric",
            subject=name,
            expectation="a number, as in the accepted spans",
            observed="no such metric" if now.place(name) is None else "not a number",
            outcome=Outcome.WARNED,
            fix="see why it was not computed; it was not judged",
            why="a metric that cannot be computed hides what it would show",
        )
