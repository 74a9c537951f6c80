"""What TFMA writes is read as TFMA means it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tensorflow_model_analysis as tfma

from tidegate.errors import ComponentError
from tidegate.model_tests.tfma_results import read_evaluation


def evaluate(folder: Path, *, least_auc: float | None, per_slice: bool) -> str:
    """A real TFMA evaluation of 400 predictions over two carriers."""
    random = np.random.default_rng(3)
    label = random.integers(0, 2, 400)
    # Good predictions for AA, noise for UA.
    carrier = np.where(np.arange(400) % 2, "AA", "UA")
    noise = random.random(400)
    frame = pd.DataFrame(
        {
            "label": label,
            "prediction": np.where(carrier == "AA", 0.5 * label + 0.5 * noise, noise),
            "carrier": carrier,
        }
    )
    metric = tfma.MetricConfig(class_name="AUC")
    if least_auc is not None:
        bound = tfma.MetricThreshold(
            value_threshold=tfma.GenericValueThreshold(lower_bound={"value": least_auc})
        )
        if per_slice:
            specs = [tfma.SlicingSpec(feature_values={"carrier": "AA"})]
            metric.per_slice_thresholds.add(slicing_specs=specs, threshold=bound)
        else:
            metric.threshold.CopyFrom(bound)
    config = tfma.EvalConfig(
        model_specs=[tfma.ModelSpec(label_key="label", prediction_key="prediction")],
        metrics_specs=[
            tfma.MetricsSpec(
                metrics=[metric, tfma.MetricConfig(class_name="ExampleCount")]
            )
        ],
        slicing_specs=[
            tfma.SlicingSpec(),
            tfma.SlicingSpec(feature_keys=["carrier"]),
        ],
    )
    tfma.analyze_raw_data(frame, config, output_path=str(folder))
    return str(folder)


def test_each_slice_gets_tfmas_own_verdict(tmp_path: Path) -> None:
    found = read_evaluation(evaluate(tmp_path, least_auc=0.7, per_slice=False))
    verdicts = {check.slice: check.ok for check in found.checks}
    assert verdicts["carrier=AA"] is True
    assert verdicts["carrier=UA"] is False
    assert not found.ok
    assert not found.compared
    assert found.examples == 400
    for check in found.checks:
        assert check.value is not None
        assert check.ok == (check.value >= 0.7)


def test_a_threshold_of_one_slice_is_checked_on_that_slice_only(tmp_path: Path) -> None:
    found = read_evaluation(evaluate(tmp_path, least_auc=0.7, per_slice=True))
    assert [(c.slice, c.ok) for c in found.checks] == [("carrier=AA", True)]
    assert found.ok


def test_an_evaluation_without_thresholds_has_no_checks(tmp_path: Path) -> None:
    found = read_evaluation(evaluate(tmp_path, least_auc=None, per_slice=False))
    assert found.checks == ()


def test_a_folder_that_holds_no_evaluation_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ComponentError, match="cannot be read"):
        read_evaluation(str(tmp_path))
