"""TFMA's own values, one row at a time, and ours of the same rows.

TFMA's combiners are driven as Beam drives them, without Beam: what a whole Beam run
adds is time.
"""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tidegate.evaluator.metrics.plan import MetricPlan, Predicted, Uncovered

Metric = str | tuple[str, dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Data:
    """Rows of one model and output, and which of them are in which slice."""

    labels: Any
    predictions: Any
    weights: Any = None
    slices: tuple[Any, ...] = ()

    def in_slices(self) -> tuple[Any, ...]:
        """Row numbers of each slice; one slice of all rows where none is named."""
        return self.slices or (np.arange(len(self.predictions)),)


def config_of(*metrics: Metric, weight: bool = False, **spec: Any) -> Any:
    """An EvalConfig with one metrics spec, by TFMA's text format fields."""
    from google.protobuf import json_format
    from tensorflow_model_analysis.proto import config_pb2
    from tensorflow_model_analysis.utils import config_util

    named = [(each, {}) if isinstance(each, str) else each for each in metrics]
    model: dict[str, Any] = {"label_key": "label"}
    if weight:
        model["example_weight_key"] = "weight"
    asked = [
        {"class_name": name, "config": json.dumps(config)}
        if config
        else {"class_name": name}
        for name, config in named
    ]
    config = {"model_specs": [model], "metrics_specs": [{"metrics": asked, **spec}]}
    read = json_format.ParseDict(config, config_pb2.EvalConfig())
    return config_util.update_eval_config_with_defaults(read)


def tfma_values(config: Any, data: Data) -> list[dict[Any, Any]]:
    """What TFMA computes of each slice, private metrics left out."""
    return [
        tfma_values_of(config, [_extracts(data, row) for row in rows])
        for rows in data.in_slices()
    ]


def tfma_values_of(config: Any, extracts: Sequence[dict[str, Any]]) -> dict[Any, Any]:
    """What TFMA computes of the rows of one slice."""
    from tensorflow_model_analysis.evaluators import (
        metrics_plots_and_validations_evaluator as evaluator,
    )
    from tensorflow_model_analysis.metrics import metric_specs

    computations = evaluator._filter_and_separate_computations(
        metric_specs.to_computations(list(config.metrics_specs), eval_config=config)
    )
    found: dict[Any, Any] = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for each in computations.non_derived_computations:
            found.update(_combined(each.combiner, extracts))
        for derived in computations.derived_computations:
            found.update(derived.result(found))
    return {
        key: value
        for key, value in found.items()
        if not evaluator._is_private_metrics(key)
    }


def _combined(combiner: Any, extracts: Iterable[dict[str, Any]]) -> Mapping[Any, Any]:
    from tensorflow_model_analysis.metrics import metric_types

    combiner.setup()
    accumulator = combiner.create_accumulator()
    for each in extracts:
        inputs = metric_types.StandardMetricInputs(copy.deepcopy(each))
        accumulator = combiner.add_input(accumulator, inputs)
    result: Mapping[Any, Any] = combiner.extract_output(accumulator)
    return result


def _extracts(data: Data, row: int) -> dict[str, Any]:
    weights = data.weights
    return {
        "labels": np.atleast_1d(data.labels[row]),
        "predictions": np.atleast_1d(data.predictions[row]),
        "example_weights": None if weights is None else np.atleast_1d(weights[row]),
        "features": {},
    }


def members(slices: Sequence[Any]) -> tuple[Any, Any]:
    """Row numbers and slice numbers of all memberships."""
    rows = np.concatenate([np.asarray(each, dtype=np.int64) for each in slices])
    sizes = [len(each) for each in slices]
    return rows, np.repeat(np.arange(len(slices)), sizes)


def our_values(config: Any, data: Data) -> list[dict[Any, Any]]:
    """What the plan computes of each slice."""
    plan = MetricPlan.of(config)
    assert not isinstance(plan, Uncovered), plan.reason
    batch = {("", ""): Predicted(data.labels, data.predictions, data.weights)}
    rows, groups = members(data.in_slices())
    state = plan.look(batch, rows, groups, len(data.in_slices()))
    return plan.values(state)


def assert_alike(
    ours: Any, theirs: Any, *, relative: float = 1e-6, where: str = ""
) -> None:
    """Both are the same up to rounding: numbers, arrays or structures of them."""
    from tensorflow_model_analysis.api import types

    if isinstance(theirs, Mapping):
        assert set(ours) == set(theirs), where
        for key, value in theirs.items():
            assert_alike(ours[key], value, relative=relative, where=f"{where} {key}")
    elif isinstance(theirs, types.StructuredMetricValue):
        assert type(ours) is type(theirs), where
        for one, other in zip(ours, theirs, strict=True):
            assert_alike(one, other, relative=relative, where=where)
    elif isinstance(theirs, (list, tuple)):
        assert len(ours) == len(theirs), where
        for one, other in zip(ours, theirs, strict=True):
            assert_alike(one, other, relative=relative, where=where)
    elif isinstance(theirs, str):
        assert ours == theirs, where
    else:
        np.testing.assert_allclose(
            ours, theirs, rtol=relative, atol=relative, equal_nan=True, err_msg=where
        )
        assert isinstance(ours, np.ndarray) == isinstance(theirs, np.ndarray), where


def binary(seed: int = 0, rows: int = 200, **changes: Any) -> Data:
    """Labels of 0 and 1, fractions as predictions, in float32."""
    random = np.random.default_rng(seed)
    predictions = random.random(rows).astype(np.float32)
    labels = (random.random(rows) < predictions).astype(np.float32)
    made = {"labels": labels[:, None], "predictions": predictions[:, None]}
    return Data(**{**made, **changes})


def classes(seed: int = 0, rows: int = 120, count: int = 4, **changes: Any) -> Data:
    """Labels that number a class, a distribution over classes as predictions."""
    random = np.random.default_rng(seed)
    odds = random.random((rows, count)) ** 2 + 0.01
    predictions = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
    labels = random.integers(0, count, rows)
    hit = random.random(rows) < 0.5
    labels[hit] = predictions.argmax(axis=1)[hit]
    made = {"labels": labels[:, None], "predictions": predictions}
    return Data(**{**made, **changes})


def regression(seed: int = 0, rows: int = 200, **changes: Any) -> Data:
    """Labels and predictions of any size, a few labels 0."""
    random = np.random.default_rng(seed)
    labels = random.gamma(2.0, 10.0, rows).astype(np.float32)
    labels[::17] = 0.0
    predictions = np.abs(labels + random.normal(0, 5, rows)).astype(np.float32)
    made = {"labels": labels[:, None], "predictions": predictions[:, None]}
    return Data(**{**made, **changes})
