"""Which EvalConfigs the columnar path covers, by what stands in them."""

from __future__ import annotations

from typing import Any

from tidegate.evaluator.not_covered import NotCovered

# What TFMA calls the models that are a SavedModel with signatures.
_MODEL_TYPES = ("", "tf_generic", "tf_keras")
_EVAL_CONFIG = "eval_config"


def demand_covered(config: Any) -> None:
    """Returns if nothing in the config needs the stock Evaluator.

    Args:
        config: TFMA's EvalConfig with its defaults filled in.

    Raises:
        NotCovered: Something does.
    """
    if len(config.model_specs) > 2:
        raise NotCovered("there are more than two models")
    for model in config.model_specs:
        _demand_model(model)
    if config.cross_slicing_specs:
        raise NotCovered("cross_slicing_specs are set")
    for slicing in config.slicing_specs:
        if slicing.slice_keys_sql:
            raise NotCovered("slices are made by SQL")
        if set(slicing.feature_keys) & set(slicing.feature_values):
            raise NotCovered("a slice has a feature both as key and with a value")
    if set(config.options.disabled_outputs.values) - {_EVAL_CONFIG}:
        raise NotCovered("outputs are disabled")
    for metrics in config.metrics_specs:
        if metrics.query_key:
            raise NotCovered("metrics are grouped by a query key")


def _demand_model(model: Any) -> None:
    if model.model_type not in _MODEL_TYPES:
        raise NotCovered(f"models of type {model.model_type}")
    if model.HasField("padding_options"):
        raise NotCovered("padding options are set")
    for name in model.preprocessing_function_names:
        if "@" in name:
            raise NotCovered("a preprocessing function of TFMA's own is used")


def writes_config(config: Any) -> bool:
    """Whether the config itself is to be written beside the results."""
    return _EVAL_CONFIG not in config.options.disabled_outputs.values
