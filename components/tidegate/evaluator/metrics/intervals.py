"""Confidence intervals as an EvalConfig asks for them, and as TFMA writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.evaluator.metrics.computations import NotCoveredError
from tidegate.evaluator.metrics.confidence import Spread
from tidegate.evaluator.metrics.sampling import Method, Sampling


def sampling_of(eval_config: Any) -> Sampling | None:
    """The samples that a config asks for; None where it wants no intervals.

    Raises:
        NotCoveredError: It wants them of differences between slices.
    """
    from tensorflow_model_analysis.proto import config_pb2

    options = eval_config.options
    if not options.compute_confidence_intervals.value:
        return None
    if eval_config.cross_slicing_specs:
        raise NotCoveredError("confidence intervals of cross slices")
    known = config_pb2.ConfidenceIntervalOptions
    methods = {
        known.JACKKNIFE: Method.JACKKNIFE,
        known.POISSON_BOOTSTRAP: Method.POISSON_BOOTSTRAP,
    }
    method = methods.get(options.confidence_intervals.method)
    return Sampling(method) if method else None


def without_interval(eval_config: Any) -> frozenset[Any]:
    """Keys of metrics that have no interval, as TFMA says (counts of examples)."""
    from tensorflow_model_analysis.metrics import metric_specs

    keys: frozenset[Any] = metric_specs.metric_keys_to_skip_for_confidence_intervals(
        list(eval_config.metrics_specs), eval_config=eval_config
    )
    return keys


def with_distributions(found: Mapping[Any, Any], reason: str | None) -> dict[Any, Any]:
    """Values with TFMA's t-distributions, and why some have none under its key."""
    from tensorflow_model_analysis import constants
    from tensorflow_model_analysis.api import types
    from tensorflow_model_analysis.metrics import metric_types

    values = {
        key: types.ValueWithTDistribution(
            sample_mean=value.mean,
            sample_standard_deviation=value.error,
            sample_degrees_of_freedom=value.freedom,
            unsampled_value=value.unsampled,
        )
        if isinstance(value, Spread)
        else value
        for key, value in found.items()
    }
    if reason:
        values[metric_types.MetricKey(constants.ERROR_METRIC_NAME)] = reason
    return values
