"""Every metric covered has TFMA's keys, TFMA's values and TFMA's types."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.evaluator.metric_oracle import (
    Data,
    Metric,
    assert_alike,
    binary,
    classes,
    config_of,
    our_values,
    regression,
    tfma_values,
)

from tidegate.errors import TidegateError

AT_THRESHOLDS: tuple[Metric, ...] = (
    *("BinaryAccuracy", "Precision", "Recall", "Specificity", "BalancedAccuracy"),
    *("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives"),
    *("TP", "TN", "FP", "FN", "PPV", "TPR", "TNR", "FPR", "FNR", "NPV"),
    *("FallOut", "MissRate", "NegativePredictiveValue", "FalseDiscoveryRate"),
    *("FalseOmissionRate", "Prevalence", "PrevalenceThreshold", "ThreatScore"),
    *("F1Score", "MatthewsCorrelationCoefficient", "FowlkesMallowsIndex"),
    *("Informedness", "Markedness", "PositiveLikelihoodRatio", "MaxRecall"),
    *("NegativeLikelihoodRatio", "DiagnosticOddsRatio", "PredictedPositiveRate"),
    ("ConfusionMatrixAtThresholds", {"thresholds": [0.1, 0.9, 0.5]}),
    ("Precision", {"thresholds": [0.2, 0.7], "name": "precision_at_two"}),
)
CURVES: tuple[Metric, ...] = (
    *("AUC", "AUCPrecisionRecall"),
    ("AUC", {"num_thresholds": 100, "name": "auc_of_100"}),
    # Thresholds at the edges of buckets.
    ("AUC", {"num_thresholds": 11, "name": "auc_of_11"}),
    ("ThresholdAtRecall", {"recall": 0.5, "num_thresholds": 11, "name": "at_11"}),
    ("AUC", {"summation_method": "majoring", "name": "auc_majoring"}),
    ("AUC", {"curve": "PR", "summation_method": "minoring", "name": "pr_minoring"}),
    ("AUC", {"thresholds": [0.1, 0.5, 0.9], "name": "auc_of_three"}),
    ("SensitivityAtSpecificity", {"specificity": 0.8}),
    ("SpecificityAtSensitivity", {"sensitivity": 0.8}),
    ("PrecisionAtRecall", {"recall": 0.8}),
    ("RecallAtPrecision", {"precision": 0.8}),
    ("RecallAtFalsePositiveRate", {"false_positive_rate": 0.2}),
    ("ThresholdAtRecall", {"recall": 0.7}),
)
MEANS: tuple[Metric, ...] = (
    *("MeanLabel", "MeanPrediction", "Calibration", "ExampleCount"),
    *("WeightedExampleCount", "SquaredPearsonCorrelation", "ExactMatch"),
    *("CoefficientOfDiscrimination", "RelativeCoefficientOfDiscrimination"),
    *("MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError", "Accuracy"),
)
ENTROPIES: tuple[Metric, ...] = (
    *("BinaryCrossentropy", "KLDivergence", "Poisson"),
    ("BinaryCrossEntropy", {"name": "unclipped"}),
    ("BinaryCrossEntropy", {"label_smoothing": 0.1, "name": "smooth"}),
    ("BinaryCrossEntropy", {"from_logits": True, "name": "logits"}),
    ("BinaryCrossentropy", {"label_smoothing": 0.1, "name": "keras_smooth"}),
    ("BinaryCrossentropy", {"from_logits": True, "name": "keras_logits"}),
)
REGRESSION: tuple[Metric, ...] = (
    *("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError"),
    *("MeanSquaredLogarithmicError", "RootMeanSquaredError", "LogCoshError"),
    *("SquaredPearsonCorrelation", "MeanLabel", "MeanPrediction", "Calibration"),
    *("ExampleCount", "ExactMatch", "Accuracy", "Poisson"),
)
# TFMA divides by 0 and fails in these where rates are alike or weights are 0.
FRAGILE = ("PrevalenceThreshold", "ExactMatch")
ROBUST = tuple(
    each for each in (*AT_THRESHOLDS, *CURVES, *MEANS) if each not in FRAGILE
)


def agree(config: Any, data: Data) -> list[dict[Any, Any]]:
    """Both give the same of every slice; what they give."""
    ours, theirs = our_values(config, data), tfma_values(config, data)
    assert len(ours) == len(theirs)
    for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        assert_alike(one, other, where=f"slice {number}")
    return ours


def weights(rows: int) -> Any:
    """Uneven weights, some of them 0."""
    drawn = np.random.default_rng(7).random((rows, 1)).astype(np.float32) * 3
    drawn[::9] = 0.0
    return drawn


@pytest.mark.parametrize("weighted", [False, True], ids=["even", "weighted"])
def test_metrics_of_two_classes_are_those_of_tfma(weighted: bool) -> None:
    slices = (np.arange(150), np.arange(0, 150, 3), np.array([4]))
    data = binary(1, 150, slices=slices, weights=weights(150) if weighted else None)
    metrics = (*AT_THRESHOLDS, *CURVES, *MEANS, *ENTROPIES)

    values = agree(config_of(*metrics, weight=weighted), data)

    assert len(values[0]) == len(metrics)


LONG = np.linspace(0, 1, 21).astype(np.float32)[:, None]
EDGES = {
    "all negative": binary(2, 40, labels=np.zeros((40, 1), np.float32)),
    "all positive": binary(2, 40, labels=np.ones((40, 1), np.float32)),
    "weights of nothing": binary(2, 40, weights=np.zeros((40, 1), np.float32)),
    "one row": binary(2, 1),
    "ties": binary(2, 40, predictions=np.full((40, 1), 0.3, np.float32)),
    "at thresholds": Data((np.arange(21) % 2).astype(np.float32)[:, None], LONG),
    "in float64": Data((np.arange(21) % 2)[:, None], np.linspace(0, 1, 21)[:, None]),
    "0 and 1": Data((np.arange(9) % 3 == 0)[:, None] * 1, np.eye(9)[:, :1]),
    "outside 0 and 1": binary(3, 40, predictions=LONG[np.arange(40) % 21] * 3 - 1),
    "labels between": binary(4, 40, labels=LONG[np.arange(40) % 21]),
    "flat": Data(np.arange(20) % 2, np.linspace(0.01, 0.99, 20)),
}


@pytest.mark.parametrize("case", EDGES)
def test_edges_of_two_classes_are_those_of_tfma(case: str) -> None:
    data = EDGES[case]
    agree(config_of(*ROBUST, weight=data.weights is not None), data)


def test_a_slice_without_rows_has_tfmas_values_of_nothing() -> None:
    data = binary(5, 10, slices=(np.arange(10), np.arange(0)))
    # TFMA has no counts at thresholds it never saw, for curves; none asks for them.
    metrics = (*ROBUST[:2], *MEANS[:6], *REGRESSION[:4], "RootMeanSquaredError")
    agree(config_of(*dict.fromkeys(metrics)), data)


@pytest.mark.parametrize("metric", FRAGILE)
def test_what_tfma_divides_by_zero_for_is_no_number_here_either(metric: str) -> None:
    data = EDGES["weights of nothing"]
    config = config_of(metric, weight=True)
    try:
        theirs = tfma_values(config, data)
    except ZeroDivisionError:
        with pytest.raises(TidegateError, match="metric"):
            our_values(config, data)
    else:
        assert_alike(our_values(config, data), theirs)


def test_a_prediction_that_is_nan_is_above_no_threshold_as_in_tfma() -> None:
    data = binary(6, 30)
    data.predictions[::7] = np.nan
    agree(config_of("Precision", "Recall", "BinaryAccuracy", "ExampleCount"), data)


@pytest.mark.parametrize(
    "data",
    [
        binary(7, 5, predictions=np.full((5, 1), np.nan)),
        binary(7, 5, labels=np.full((5, 1), 2.0)),
        binary(7, 5, labels=np.full((5, 1), -1.0)),
    ],
    ids=["NaN in a curve", "label 2", "label -1"],
)
def test_what_tfma_fails_on_is_refused(data: Data) -> None:
    with pytest.raises(ValueError, match=r"NaN|must be within"):
        tfma_values(config_of("AUC"), data)
    with pytest.raises(TidegateError, match="metrics cannot be computed"):
        our_values(config_of("AUC"), data)


@pytest.mark.parametrize("weighted", [False, True], ids=["even", "weighted"])
def test_metrics_of_numbers_are_those_of_tfma(weighted: bool) -> None:
    data = regression(8, 150, weights=weights(150) if weighted else None)

    values = agree(config_of(*REGRESSION, weight=weighted), data)

    assert len(values[0]) == len(REGRESSION)


SPARSE: tuple[Metric, ...] = (
    *("SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "ExampleCount"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}),
    ("SparseCategoricalCrossentropy", {"from_logits": True, "name": "logits"}),
)
DENSE: tuple[Metric, ...] = (
    *("CategoricalAccuracy", "CategoricalCrossentropy", "KLDivergence"),
    ("CategoricalCrossEntropy", {"name": "unclipped"}),
    ("TopKCategoricalAccuracy", {"k": 2}),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1, "name": "smooth"}),
    ("CategoricalCrossentropy", {"from_logits": True, "name": "logits"}),
    ("CategoricalCrossEntropy", {"label_smoothing": 0.1, "name": "tfma_smooth"}),
    ("CategoricalCrossEntropy", {"from_logits": True, "name": "tfma_logits"}),
    ("BinaryCrossEntropy", {"name": "unclipped_each"}),
    "BinaryCrossentropy",
)
EITHER: tuple[Metric, ...] = (
    *("AUC", "BinaryAccuracy", "MeanSquaredError", "MeanLabel", "Calibration"),
    "MultiClassConfusionMatrixAtThresholds",
    ("MultiClassConfusionMatrixAtThresholds", {"thresholds": [0.4, 0.2], "name": "m"}),
    ("Precision", {"top_k": 2, "name": "precision_at_2"}),
    ("Recall", {"top_k": 1, "name": "recall_at_1"}),
    ("Precision", {"class_id": 1, "name": "precision_of_1"}),
)


def one_hot(data: Data) -> Data:
    """The same rows with labels one a class."""
    hot = np.eye(data.predictions.shape[1], dtype=np.float32)[data.labels[:, 0]]
    return Data(hot, data.predictions, data.weights, data.slices)


@pytest.mark.parametrize("weighted", [False, True], ids=["even", "weighted"])
@pytest.mark.parametrize("hot", [False, True], ids=["sparse", "one-hot"])
def test_metrics_of_many_classes_are_those_of_tfma(hot: bool, weighted: bool) -> None:
    data = classes(9, 80, weights=weights(80) if weighted else None)
    metrics = (*EITHER, *(DENSE if hot else SPARSE))

    values = agree(config_of(*metrics, weight=weighted), one_hot(data) if hot else data)

    assert len(values[0]) == len(metrics)


BY_CLASS: tuple[Metric, ...] = ("AUC", "BinaryAccuracy", "MeanSquaredError")
SPECS: dict[str, dict[str, Any]] = {
    "classes": {"binarize": {"class_ids": {"values": [0, 2]}}},
    "k": {"binarize": {"k_list": {"values": [1, 2]}}},
    "micro": {"aggregate": {"micro_average": True}},
    "micro by weight": {
        "aggregate": {"micro_average": True, "class_weights": {0: 0.5, 3: 2.0}}
    },
    "macro": {"aggregate": {"macro_average": True, "class_weights": {0: 1.0, 1: 1.0}}},
    "macro and classes": {
        "binarize": {"class_ids": {"values": [0]}},
        "aggregate": {"macro_average": True, "class_weights": {0: 1.0, 1: 0.5}},
    },
    "weighted macro": {
        "aggregate": {"weighted_macro_average": True, "class_weights": {0: 1, 2: 0.5}}
    },
    "macro of top 2": {
        "aggregate": {"macro_average": True, "top_k_list": {"values": [2]}}
    },
}


@pytest.mark.parametrize("hot", [False, True], ids=["sparse", "one-hot"])
@pytest.mark.parametrize("spec", SPECS)
def test_classes_and_averages_are_those_of_tfma(spec: str, hot: bool) -> None:
    data = classes(10, 60, weights=weights(60))
    own = ("CategoricalAccuracy",) if "micro" in spec else ("MeanPrediction",)
    config = config_of(*BY_CLASS, *own, weight=True, **SPECS[spec])
    agree(config, one_hot(data) if hot else data)


@pytest.mark.parametrize("of", ["binarize", "aggregate"])
def test_the_largest_predictions_are_those_of_tfma(of: str) -> None:
    spec: dict[str, Any] = {"top_k_list": {"values": [1, 3]}}
    if of == "aggregate":
        spec["micro_average"] = True
    agree(config_of("Precision", "Recall", "FalsePositives", **{of: spec}), classes(11))
