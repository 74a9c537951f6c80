"""What TFMA writes is read as TFMA means it."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tensorflow_model_analysis as tfma
from google.protobuf import text_format
from tensorflow_model_analysis.metrics import metric_specs
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.slicer import slicer_lib

from tidegate.errors import ComponentError
from tidegate.evaluation.facts import Facts, ModelFacts, write_facts
from tidegate.model_tests import checks, judging, tfma_thresholds
from tidegate.model_tests.catalogue import (
    AgainstChampion,
    Bounds,
    Latency,
    SizeBudget,
    Slices,
    TooGood,
)
from tidegate.model_tests.checks import Check, Evaluation
from tidegate.model_tests.judging import judge
from tidegate.model_tests.suite import ModelSuite
from tidegate.model_tests.tfma_results import (
    _config,
    _messages,
    _validation,
    read_evaluation,
)
from tidegate.report.model import Outcome, TestReport


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
    metric = config_pb2.MetricConfig(class_name="AUC")
    if least_auc is not None:
        bound = config_pb2.MetricThreshold(
            value_threshold=config_pb2.GenericValueThreshold(
                lower_bound={"value": least_auc}
            )
        )
        if per_slice:
            specs = [config_pb2.SlicingSpec(feature_values={"carrier": "AA"})]
            metric.per_slice_thresholds.add(slicing_specs=specs, threshold=bound)
        else:
            metric.threshold.CopyFrom(bound)
    config = config_pb2.EvalConfig(
        model_specs=[
            config_pb2.ModelSpec(label_key="label", prediction_key="prediction")
        ],
        metrics_specs=[
            config_pb2.MetricsSpec(
                metrics=[metric, config_pb2.MetricConfig(class_name="ExampleCount")]
            )
        ],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            config_pb2.SlicingSpec(feature_keys=["carrier"]),
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


def test_a_threshold_of_one_slice_is_checked_on_that_slice_only(
    evaluation: Path,
) -> None:
    found = read_evaluation(str(evaluation))
    assert [(c.slice, c.ok) for c in found.checks] == [("carrier=AA", True)]
    assert found.ok


def test_an_evaluation_without_thresholds_has_no_checks(tmp_path: Path) -> None:
    found = read_evaluation(evaluate(tmp_path, least_auc=None, per_slice=False))
    assert found.checks == ()


def test_a_folder_that_holds_no_evaluation_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ComponentError, match="cannot be read"):
        read_evaluation(str(tmp_path))


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation")
    evaluate(folder, least_auc=0.7, per_slice=True)
    return folder


def test_it_reads_what_tfma_reads_in_one_process(evaluation: Path) -> None:
    config = tfma.load_eval_result(str(evaluation)).config
    ours = _config(evaluation)
    assert ours.SerializeToString(deterministic=True) == config.SerializeToString(
        deterministic=True
    )
    validation = tfma.load_validation_result(str(evaluation))
    assert str(_validation(evaluation)) == str(validation)
    metrics = sorted(str(one) for one in tfma.load_metrics(str(evaluation)))
    read = _messages(evaluation, "metrics", "MetricsForSlice")
    assert sorted(map(str, read)) == metrics


PLAIN = "overall, slices, by name, and unweighted"
THRESHOLDS = {
    PLAIN: """
      metrics_specs { metrics { class_name: "AUC"
        threshold { value_threshold { lower_bound { value: 0.1 } } }
        per_slice_thresholds { slicing_specs { feature_keys: "carrier" }
          slicing_specs { feature_values { key: "carrier" value: "UA" } }
          threshold { value_threshold { lower_bound { value: 0.2 } } } } }
        metrics { class_name: "BinaryAccuracy"
          config: '"name": "right"'
          threshold { value_threshold { upper_bound { value: 0.9 } } } }
        thresholds { key: "right"
          value { value_threshold { lower_bound { value: 0.1 } } } }
        per_slice_thresholds { key: "auc" value { thresholds {
          slicing_specs { feature_keys: "carrier" }
          threshold { value_threshold { lower_bound { value: 0.3 } } } } } } }
      metrics_specs { metrics { class_name: "ExampleCount" }
        example_weights { unweighted: true } }
      metrics_specs { metrics { class_name: "WeightedExampleCount"
        threshold { value_threshold { lower_bound { value: 1 } } } } }""",
    "another name than its class": """
      metrics_specs { metrics { class_name: "BinaryCrossEntropy"
        threshold { value_threshold { upper_bound { value: 9 } } } } }""",
    "single classes": """
      metrics_specs { binarize { class_ids { values: [0] } }
        metrics { class_name: "AUC"
          threshold { value_threshold { lower_bound { value: 0.1 } } } } }""",
}


@pytest.mark.parametrize("text", THRESHOLDS.values(), ids=THRESHOLDS)
def test_thresholds_are_those_that_tfma_finds(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    by_tfma = tfma_thresholds._by_tfma

    def noted(held: object) -> object:
        asked.append(held)
        return by_tfma(held)

    monkeypatch.setattr(tfma_thresholds, "_by_tfma", noted)
    config = text_format.Parse(
        'model_specs { label_key: "label" prediction_key: "prediction" } '
        'slicing_specs {} slicing_specs { feature_keys: "carrier" }' + text,
        config_pb2.EvalConfig(),
    )
    frame = pd.DataFrame(
        {
            "label": [0, 1] * 20,
            "prediction": [0.2, 0.7, 0.4, 0.3] * 10,
            "carrier": ["AA"] * 20 + ["UA"] * 20,
        }
    )
    tfma.analyze_raw_data(frame, config, output_path=str(tmp_path))
    ours = read_evaluation(str(tmp_path))
    theirs = metric_specs.metric_thresholds_from_metrics_specs(
        config.metrics_specs, eval_config=config
    )
    expected = []
    for sliced in tfma.load_metrics(str(tmp_path)):
        key = slicer_lib.deserialize_slice_key(sliced.slice_key)
        for metric, several in theirs.items():
            for spec, threshold in several:
                if spec is None or slicer_lib.SingleSliceSpec(
                    spec=spec
                ).is_slice_applicable(key):
                    name = ", ".join(f"{k}={v}" for k, v in key) or "overall"
                    low = threshold.lower_bound.value
                    expected.append((metric.name, name, low))
    found = [(c.metric, c.slice, c.bounds.low or 0.0) for c in ours.checks]
    assert sorted(found) == sorted(expected)
    assert all(check.value is not None for check in ours.checks)
    assert bool(asked) is (text is not THRESHOLDS[PLAIN])


@pytest.mark.parametrize("name", ["metrics", "validations", "plots", "eval_config"])
def test_a_file_that_is_cut_short_is_an_error(
    evaluation: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "evaluation"
    shutil.copytree(evaluation, folder)
    (path,) = folder.glob(f"{name}*")
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ComponentError, match="cannot be read"):
        read_evaluation(str(folder))


@pytest.mark.parametrize("name", ["metrics", "validations", "eval_config"])
def test_a_file_that_is_missing_is_an_error(
    evaluation: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "evaluation"
    shutil.copytree(evaluation, folder)
    (path,) = folder.glob(f"{name}*")
    path.unlink()
    with pytest.raises(ComponentError, match="cannot be read"):
        read_evaluation(str(folder))


def test_a_suite_and_the_thresholds_are_judged_together(evaluation: Path) -> None:
    suite = ModelSuite(
        tests=[
            Bounds(metric="auc", at_least=0.6),
            Bounds(metric="auc", at_least=0.6, confident=True),
            Bounds(metric="nonsense", at_least=0.6),
            AgainstChampion(metric="auc", worse_by_at_most=0.01),
            Slices(metric="auc", by=["carrier"], at_least=0.1),
            SizeBudget(growth_at_most=0.1),
        ],
        private=["carrier"],
    )
    report = judge(evaluation, suite=suite)
    told = [(one.test, one.subject, one.outcome) for one in report.results]
    assert told == [
        ("threshold", "auc · carrier 1", Outcome.PASSED),
        ("change", "champion", Outcome.SKIPPED),
        ("finite", "rows", Outcome.SKIPPED),
        ("bounds", "auc", Outcome.PASSED),
        ("bounds", "auc", Outcome.FAILED),
        ("bounds", "nonsense", Outcome.FAILED),
        ("against_champion", "auc · champion", Outcome.SKIPPED),
        ("slices", "auc by carrier", Outcome.FAILED),
        ("size", "size", Outcome.FAILED),
        ("too_good", "auc", Outcome.PASSED),
        ("too_good", "auc", Outcome.SKIPPED),
        ("single_feature", "features", Outcome.SKIPPED),
    ]
    assert "without scored rows it has no interval" in report.results[4].observed
    assert report.rows == 400


def outcomes(report: TestReport, test: str) -> list[Outcome]:
    return [one.outcome for one in report.results if one.test == test]


def test_what_is_always_on_says_so_where_it_cannot_be_judged(evaluation: Path) -> None:
    report = judge(evaluation)
    assert report.passed
    assert outcomes(report, "too_good") == [Outcome.PASSED, Outcome.SKIPPED]
    assert outcomes(report, "single_feature") == [Outcome.SKIPPED]
    assert outcomes(report, "finite") == [Outcome.SKIPPED]
    told = {one.test: one.observed for one in report.skipped}
    assert "tidegate.Evaluator" in told["finite"]
    assert "explanation of an Explainer" in told["single_feature"]


@pytest.mark.parametrize(
    ("overall", "compared", "expected"),
    [
        ({"auc": 0.999}, False, [Outcome.FAILED, Outcome.SKIPPED]),
        ({"auc": 0.9}, True, [Outcome.PASSED, Outcome.SKIPPED]),
        ({"auc": math.nan}, False, [Outcome.SKIPPED]),
        ({"categorical_accuracy": 1.0}, False, [Outcome.SKIPPED]),
    ],
)
def test_a_model_is_too_good_by_tfmas_own_auc(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    overall: dict[str, float],
    compared: bool,
    expected: list[Outcome],
) -> None:
    """TFMA's change has no interval, so it proves no jump."""
    found = judge_told(tmp_path, monkeypatch, overall, compared, suite=None)
    assert outcomes(found, "too_good") == expected
    assert found.passed is (Outcome.FAILED not in expected)
    asked = ModelSuite(tests=[TooGood()])
    found = judge_told(tmp_path, monkeypatch, overall, compared, suite=asked)
    without = Outcome.FAILED if len(expected) == 1 else expected[0]
    assert outcomes(found, "too_good")[0] is without


def judge_told(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    overall: dict[str, float],
    compared: bool,
    suite: ModelSuite | None,
) -> TestReport:
    """The report where TFMA has one threshold that held, and these metrics."""
    check = Check("auc", "overall", "value", checks.Bounds(low=0.5), 0.9, ok=True)
    told = Evaluation((check,), True, compared, overall=overall)
    monkeypatch.setattr(judging, "has_results", lambda folder: True)
    monkeypatch.setattr(judging, "read_evaluation", lambda folder: told)
    return judge(folder, suite=suite)


def test_a_jump_that_was_asked_for_needs_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = ModelSuite(tests=[TooGood(better_by_at_most=0.05)])
    found = judge_told(tmp_path, monkeypatch, {"auc": 0.9}, True, suite)
    assert outcomes(found, "too_good") == [Outcome.PASSED, Outcome.FAILED]
    first = judge_told(tmp_path, monkeypatch, {"auc": 0.9}, False, suite)
    assert outcomes(first, "too_good") == [Outcome.PASSED, Outcome.SKIPPED]
    assert first.passed


def test_a_model_of_several_classes_passes_with_its_thresholds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ModelFacts(uri="m", size=1000, request_ms=(1.0,) * 40)
    reason = "the model predicts one of several classes"
    write_facts(Facts(task="other", rows=9, model=model, without_rows=reason), tmp_path)
    suite = ModelSuite(
        tests=[SizeBudget(at_most="5 MB"), Latency(p99_at_most_ms=200)]  # type: ignore[arg-type]
    )
    overall = {"sparse_categorical_accuracy": 1.0}
    found = judge_told(tmp_path, monkeypatch, overall, False, suite)
    assert found.passed
    told = {one.test: one.observed for one in found.skipped}
    assert set(told) == {"change", "finite", "too_good", "single_feature"}
    assert reason in told["finite"]
    assert reason in told["too_good"]
