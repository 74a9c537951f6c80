"""How a model is judged: its metrics, its slices, and what it must reach."""

from __future__ import annotations

from tensorflow_model_analysis.proto import config_pb2 as tfma

from pipelines.flights.config import Config
from pipelines.flights.user_code import flights_features as features


def eval_config(config: Config) -> tfma.EvalConfig:
    """Metrics overall, by carrier, origin and month; the overall AUC must hold.

    The model's `transform_features` makes label and weight from raw examples,
    so that cancelled and diverted flights weigh nothing here as in training.
    How a model does beside the champion is for the model tests, which know how
    sure the difference is.
    """
    model = tfma.ModelSpec(
        signature_name="serving_default",
        # Keras 3 cannot load a SavedModel as a Keras model: use the signatures.
        model_type="tf_generic",
        preprocessing_function_names=["transform_features"],
        label_key=features.LABEL,
        example_weight_key=features.WEIGHT,
    )
    watched = [
        tfma.MetricConfig(class_name=name)
        for name in ("BinaryAccuracy", "Calibration", "WeightedExampleCount")
    ]
    rows = tfma.MetricsSpec(
        metrics=[tfma.MetricConfig(class_name="ExampleCount")],
        example_weights=tfma.ExampleWeightOptions(unweighted=True),
    )
    return tfma.EvalConfig(
        model_specs=[model],
        metrics_specs=[tfma.MetricsSpec(metrics=[_auc(config), *watched]), rows],
        slicing_specs=[
            tfma.SlicingSpec(),
            tfma.SlicingSpec(feature_keys=["carrier"]),
            tfma.SlicingSpec(feature_keys=["origin"]),
            tfma.SlicingSpec(feature_keys=["month"]),
        ],
    )


def _auc(config: Config) -> tfma.MetricConfig:
    """The area under the ROC curve, which only has to hold over all flights.

    Some carriers have a dozen flights, too few to judge a model by; without a
    slice named here the threshold would hold for each of them.
    """
    threshold = tfma.MetricThreshold(
        value_threshold=tfma.GenericValueThreshold(
            lower_bound={"value": config.least_auc}
        ),
    )
    overall = tfma.PerSliceMetricThreshold(
        slicing_specs=[tfma.SlicingSpec()], threshold=threshold
    )
    return tfma.MetricConfig(class_name="AUC", per_slice_thresholds=[overall])
