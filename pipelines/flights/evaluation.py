"""How a model is judged: its metrics, its slices, and what it must reach."""

from __future__ import annotations

import tensorflow_model_analysis as tfma

from pipelines.flights.config import Config
from pipelines.flights.user_code import flights_features as features


def eval_config(config: Config) -> tfma.EvalConfig:
    """Metrics overall, by carrier and by origin; the overall AUC must hold.

    The model's `transform_features` makes label and weight from raw examples,
    so that cancelled and diverted flights weigh nothing here as in training.
    The candidate's drop against the champion is judged only if there is one.
    """
    model = tfma.ModelSpec(
        signature_name="serving_default",
        # Keras 3 cannot load a SavedModel as a Keras model: use the signatures.
        model_type="tf_generic",
        preprocessing_function_names=["transform_features"],
        label_key=features.LABEL,
        example_weight_key=features.WEIGHT,
    )
    auc = tfma.MetricConfig(
        class_name="AUC",
        threshold=tfma.MetricThreshold(
            value_threshold=tfma.GenericValueThreshold(
                lower_bound={"value": config.least_auc}
            ),
            change_threshold=tfma.GenericChangeThreshold(
                direction=tfma.MetricDirection.HIGHER_IS_BETTER,
                absolute={"value": -config.most_auc_drop},
            ),
        ),
    )
    watched = ("BinaryAccuracy", "Calibration", "ExampleCount", "WeightedExampleCount")
    metrics = [auc, *(tfma.MetricConfig(class_name=name) for name in watched)]
    return tfma.EvalConfig(
        model_specs=[model],
        metrics_specs=[tfma.MetricsSpec(metrics=metrics)],
        slicing_specs=[
            tfma.SlicingSpec(),
            tfma.SlicingSpec(feature_keys=["carrier"]),
            tfma.SlicingSpec(feature_keys=["origin"]),
        ],
    )
