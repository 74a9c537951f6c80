"""Reads TFMA's result files: the one place that knows their protos."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.metrics import metric_specs
from tensorflow_model_analysis.slicer import slicer_lib as slicer

from tidegate.errors import ComponentError
from tidegate.model_tests.checks import OVERALL, Bounds, Check, Evaluation

_EXAMPLE_COUNTS = ("example_count", "weighted_example_count")


def read_evaluation(folder: str) -> Evaluation:
    """The checks of the evaluation in `folder`.

    Args:
        folder: URI of a ModelEvaluation artifact, as Evaluator writes it.

    Raises:
        ComponentError: The result files are missing or not whole.
    """
    try:
        config = tfma.load_eval_result(folder).config
        validation = tfma.load_validation_result(folder)
        metrics = list(tfma.load_metrics(folder))
    except Exception as error:  # TFMA and TensorFlow raise types of their own.
        raise ComponentError(
            "the evaluation cannot be read",
            where=folder,
            expected="the result files of a TFX Evaluator",
            got=f"{type(error).__name__}: {error}".splitlines()[0],
            fix="run the Evaluator again",
        ) from error
    failures = _failures(validation)
    return Evaluation(
        checks=tuple(
            check for sliced in metrics for check in _checks(sliced, config, failures)
        ),
        ok=bool(validation.validation_ok),
        # TFX drops the baseline from the config where there is no champion; the
        # validation's own `rubber_stamp` is not set by every version.
        compared=any(spec.is_baseline for spec in config.model_specs),
        unseen=tuple(_unseen(validation)),
        examples=_examples(metrics),
    )


def _checks(sliced: Any, config: Any, failures: dict[Any, str]) -> Iterator[Check]:
    """Every threshold that applies to one slice, with TFMA's verdict on it."""
    key = slicer.deserialize_slice_key(sliced.slice_key)
    if slicer.is_cross_slice_key(key):
        return
    values = {_identity(m.key): _number(m.value) for m in sliced.metric_keys_and_values}
    champion = next((s.name for s in config.model_specs if s.is_baseline), None)
    thresholds = metric_specs.metric_thresholds_from_metrics_specs(
        config.metrics_specs, eval_config=config
    )
    for metric, per_slice in thresholds.items():
        if metric.model_name and metric.model_name == champion:
            continue
        identity = _identity(metric.to_proto())
        for spec, threshold in per_slice:
            if not _applies(spec, key):
                continue
            change = hasattr(threshold, "direction")
            failure = failures.get(
                (_slice_name(sliced.slice_key), identity, threshold.SerializeToString())
            )
            name, _, rest = identity
            yield Check(
                metric=name,
                slice=_slice_name(sliced.slice_key),
                kind="change" if change else "value",
                bounds=_change_bounds(threshold) if change else _bounds(threshold),
                value=values.get(identity),
                ok=failure is None,
                champion=_champion_value(values, name, rest, champion),
                note=failure or "",
            )


def _failures(validation: Any) -> dict[Any, str]:
    """(slice, metric, threshold) of each failure to TFMA's message."""
    found = {}
    for sliced in validation.metric_validations_per_slice:
        for failure in sliced.failures:
            threshold = failure.metric_threshold
            asked = (
                threshold.change_threshold
                if threshold.HasField("change_threshold")
                else threshold.value_threshold
            )
            place = (
                _slice_name(sliced.slice_key),
                _identity(failure.metric_key),
                asked.SerializeToString(),
            )
            found[place] = failure.message or "outside its bounds"
    return found


def _identity(key: Any) -> tuple[str, str, str]:
    """(name, model or "diff", other parts) of a metric key proto."""
    rest = type(key)()
    rest.CopyFrom(key)
    for field in ("name", "model_name", "is_diff"):
        rest.ClearField(field)
    model = "diff" if key.is_diff else key.model_name
    return key.name, model, rest.SerializeToString(deterministic=True).hex()


def _champion_value(
    values: dict[tuple[str, str, str], float | None],
    name: str,
    rest: str,
    champion: str | None,
) -> float | None:
    return values.get((name, champion, rest)) if champion else None


def _applies(spec: Any, key: Any) -> bool:
    if spec is None:
        return True
    return not hasattr(spec, "baseline_spec") and bool(
        slicer.SingleSliceSpec(spec=spec).is_slice_applicable(key)
    )


def _bounds(threshold: Any) -> Bounds:
    return Bounds(
        low=_optional(threshold, "lower_bound"),
        high=_optional(threshold, "upper_bound"),
    )


def _change_bounds(threshold: Any) -> Bounds:
    """A change threshold bounds one side: which one, its direction says."""
    relative = not threshold.HasField("absolute")
    bound = _optional(threshold, "relative" if relative else "absolute")
    lower_is_better = threshold.direction == tfma.MetricDirection.LOWER_IS_BETTER
    if lower_is_better:
        return Bounds(high=bound, relative=relative)
    return Bounds(low=bound, relative=relative)


def _optional(message: Any, field: str) -> float | None:
    return float(getattr(message, field).value) if message.HasField(field) else None


def _number(value: Any) -> float | None:
    kind = value.WhichOneof("type")
    if kind in ("double_value", "bounded_value"):
        return float(
            getattr(value, kind).value.value
            if kind == "bounded_value"
            else value.double_value.value
        )
    return None


def _slice_name(key: Any) -> str:
    parts = [f"{part.column}={_slice_value(part)}" for part in key.single_slice_keys]
    return ", ".join(parts) or OVERALL


def _slice_value(part: Any) -> str:
    kind = part.WhichOneof("kind")
    value = getattr(part, kind) if kind else ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


def _unseen(validation: Any) -> Iterator[str]:
    for spec in validation.missing_slices:
        keys = [
            *spec.feature_keys,
            *(f"{k}={v}" for k, v in spec.feature_values.items()),
        ]
        yield ", ".join(keys) or OVERALL


def _examples(metrics: list[Any]) -> int | None:
    for sliced in metrics:
        if _slice_name(sliced.slice_key) != OVERALL:
            continue
        for metric in sliced.metric_keys_and_values:
            if metric.key.name in _EXAMPLE_COUNTS:
                count = _number(metric.value)
                return None if count is None else round(count)
    return None
