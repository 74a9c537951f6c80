"""Which leaf does the work of a combiner of TFMA's, by its class and settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tidegate.evaluator.metrics.classes import ClassConfusion, ClassShares
from tidegate.evaluator.metrics.confusion import AtThresholds, Histogram
from tidegate.evaluator.metrics.counts import ExampleCounting, TotalsKept
from tidegate.evaluator.metrics.leaf import Leaf
from tidegate.evaluator.metrics.pairs import Choice
from tidegate.evaluator.metrics.ratios import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    DiscriminationKept,
    MeanOfPairs,
    MeanOfRows,
    Moments,
    Score,
    absolute_error,
    exact_match,
    percentage_error,
    squared_error,
    squared_logarithmic_error,
)

Settings = Mapping[str, Any]
Maker = Callable[[Settings], Leaf | str]
_STANDARD = "StandardMetricInputsPreprocessor"
_READER = "to_label_prediction_example_weight"


def leaf_of(combiner: Any, preprocessors: Sequence[str]) -> Leaf | str:
    """The leaf for a combiner, or why there is none."""
    kind = type(combiner)
    module = kind.__module__.rpartition(".")[2]
    maker = _MAKERS.get(f"{module}.{kind.__qualname__}")
    if maker is None or not kind.__module__.startswith("tensorflow_model_analysis."):
        return f"{kind.__qualname__} of {kind.__module__}"
    own = [name for name in preprocessors if name != _STANDARD]
    if own:
        return f"preprocessor {own[0]} of {kind.__qualname__}"
    try:
        return maker(vars(combiner))
    except KeyError as missing:
        return f"{kind.__qualname__} without {missing}, which it is known with"


def choice_of(settings: Settings, *, sub_key: Any) -> Choice:
    """Which classes a combiner looks at, from its settings."""
    weights = settings["_class_weights"] or {}
    return Choice(
        class_id=sub_key.class_id if sub_key else None,
        k=sub_key.k if sub_key else None,
        top_k=sub_key.top_k if sub_key else None,
        aggregated=settings["_aggregation_type"] is not None,
        class_weights=tuple(sorted(weights.items())),
        example_weighted=bool(settings["_example_weighted"]),
    )


def _example_count(settings: Settings) -> Leaf | str:
    return ExampleCounting(bool(settings["_example_weighted"]))


def _totals(settings: Settings) -> Leaf | str:
    choice = choice_of(settings, sub_key=settings["_key"].sub_key)
    if choice.top_k is not None:
        return "label and prediction totals of top_k"
    return TotalsKept(choice)


def _histogram(settings: Settings) -> Leaf | str:
    if not settings["_fractional_labels"]:
        return "a histogram outside 0 and 1"
    if not settings["_prediction_based_bucketing"]:
        return "a histogram of labels"
    left, size = settings["_left"], settings["_range"]
    choice = choice_of(settings, sub_key=settings["_key"].sub_key)
    return Histogram(choice, settings["_num_buckets"], left=left, right=left + size)


def _at_thresholds(settings: Settings) -> Leaf | str:
    inner = vars(settings["_binary_confusion_matrices"])
    if settings["_example_id_key"]:
        return "samples of examples by example_id_key"
    if not settings["_enable_fractional_labels"]:
        return "labels that are compared with thresholds"
    if settings["_extract_label_prediction_and_weight"].__name__ != _READER:
        return "labels and predictions that are read another way"
    thresholds = tuple(float(each) for each in inner["_thresholds"])
    if len(set(thresholds)) < len(thresholds):
        return "the same threshold twice"
    choice = choice_of(settings, sub_key=settings["_key"].sub_key)
    return AtThresholds(choice, thresholds)


def _error(score: Score) -> Maker:
    def make(settings: Settings) -> Leaf | str:
        sub_key = settings["_metric_key"].sub_key
        return MeanOfPairs(choice_of(settings, sub_key=sub_key), score)

    return make


def _exact_match(settings: Settings) -> Leaf | str:
    if settings["_convert_to"]:
        return f"ExactMatch of {settings['_convert_to']}"
    return MeanOfPairs(choice_of(settings, sub_key=None), exact_match)


def _entropy(kind: type[BinaryCrossEntropy] | type[CategoricalCrossEntropy]) -> Maker:
    def make(settings: Settings) -> Leaf | str:
        choice = choice_of(settings, sub_key=settings["_metric_key"].sub_key)
        if choice.class_weights:
            return "a cross-entropy with class weights"
        score = kind(bool(settings["_from_logits"]), settings["_label_smoothing"])
        return MeanOfRows(choice, score)

    return make


def _moments(settings: Settings) -> Leaf | str:
    return Moments(choice_of(settings, sub_key=None))


def _discrimination(settings: Settings) -> Leaf | str:
    return DiscriminationKept(choice_of(settings, sub_key=None))


def _class_confusion(settings: Settings) -> Leaf | str:
    if settings["_extract_label_prediction_and_weight"].__name__ != _READER:
        return "labels and predictions that are read another way"
    thresholds = tuple(float(each) for each in settings["_thresholds"])
    if len(set(thresholds)) < len(thresholds):
        return "the same threshold twice"
    return ClassConfusion(bool(settings["_example_weighted"]), thresholds)


def _class_shares(settings: Settings) -> Leaf | str:
    ids = tuple(int(each) for each in settings["_class_ids"])
    return ClassShares(bool(settings["_example_weighted"]), ids)


_MAKERS: dict[str, Maker] = {
    "example_count._ExampleCountCombiner": _example_count,
    "calibration._WeightedLabelsPredictionsExamplesCombiner": _totals,
    "calibration_histogram._CalibrationHistogramCombiner": _histogram,
    "binary_confusion_matrices._BinaryConfusionMatrixCombiner": _at_thresholds,
    "mean_regression_error._MeanAbsoluteErrorCombiner": _error(absolute_error),
    "mean_regression_error._MeanSquaredErrorCombiner": _error(squared_error),
    "mean_regression_error._MeanAbsolutePercentageErrorCombiner": _error(
        percentage_error
    ),
    "mean_regression_error._MeanSquaredLogarithmicErrorCombiner": _error(
        squared_logarithmic_error
    ),
    "exact_match._ExactMatchCombiner": _exact_match,
    "cross_entropy_metrics._BinaryCrossEntropyCombiner": _entropy(BinaryCrossEntropy),
    "cross_entropy_metrics._CategoricalCrossEntropyCombiner": _entropy(
        CategoricalCrossEntropy
    ),
    "squared_pearson_correlation._SquaredPearsonCorrelationCombiner": _moments,
    "tjur_discrimination._TjurDiscriminationCombiner": _discrimination,
    "multi_class_confusion_matrix_metrics._MultiClassConfusionMatrixCombiner": (
        _class_confusion
    ),
    "aggregation._ClassWeightsFromLabelsCombiner": _class_shares,
}
