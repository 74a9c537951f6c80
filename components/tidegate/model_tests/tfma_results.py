"""Reads TFMA's result files: the one place that knows what stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf import json_format

from tidegate.columnar.tf_record import read_records
from tidegate.errors import ComponentError, TidegateError
from tidegate.model_tests.checks import OVERALL, Bounds, Check, Evaluation
from tidegate.model_tests.tfma_protos import message
from tidegate.model_tests.tfma_slices import applies, slice_name
from tidegate.model_tests.tfma_thresholds import (
    DIFF,
    Identity,
    Threshold,
    identity,
    thresholds,
)

CONFIG_FILE = "eval_config.json"
_EXAMPLE_COUNTS = ("example_count", "weighted_example_count")
# TFMA's MetricDirection, whose enumeration it does not export.
_LOWER_IS_BETTER = 1


def has_results(folder: Path) -> bool:
    """Whether TFMA left anything in the folder of an evaluation."""
    return any((folder / CONFIG_FILE).parent.glob("eval_config*")) or any(
        folder.glob("validations*")
    )


def read_evaluation(folder: str) -> Evaluation:
    """The checks of the evaluation in `folder`.

    Args:
        folder: URI of a ModelEvaluation artifact, as Evaluator writes it.

    Raises:
        ComponentError: The result files are missing or not whole.
    """
    try:
        config = _config(Path(folder))
        validation = _validation(Path(folder))
        metrics = list(_messages(Path(folder), "metrics", "MetricsForSlice"))
        for unused in ("plots", "attributions"):
            for _ in _records(Path(folder), unused):
                pass  # What is not whole was not written by an Evaluator that ended.
        if not metrics:
            raise ValueError("there are no metrics")
    except Exception as error:  # Protobuf raises types of its own.
        raise _unreadable(folder, error) from error
    asked = thresholds(config, {i for sliced in metrics for i in _values(sliced)})
    failures = _failures(validation)
    champion = next((s.name for s in config.model_specs if s.is_baseline), None)
    candidate = next((s.name for s in config.model_specs if not s.is_baseline), "")
    return Evaluation(
        checks=tuple(
            check
            for sliced in metrics
            for check in _checks(sliced, asked, failures, champion)
        ),
        ok=bool(validation.validation_ok),
        # TFX drops the baseline from the config where there is no champion; the
        # validation's own `rubber_stamp` is not set by every version.
        compared=champion is not None,
        unseen=tuple(_unseen(validation)),
        examples=_examples(metrics),
        overall=_overall(metrics, candidate),
    )


def _unreadable(folder: str, error: Exception) -> ComponentError:
    got = error.message if isinstance(error, TidegateError) else str(error)
    return ComponentError(
        "the evaluation cannot be read",
        where=folder,
        expected="the result files of a TFX Evaluator",
        got=f"{type(error).__name__}: {got}".splitlines()[0],
        fix="run the Evaluator again",
    )


def _config(folder: Path) -> Any:
    run = message("EvalRun")
    text = (folder / CONFIG_FILE).read_text(encoding="utf-8")
    # A newer TFMA may say more than this one knows.
    json_format.Parse(text, run, ignore_unknown_fields=True)
    if not run.version:
        raise ValueError(f"{CONFIG_FILE} does not say by which TFMA it was written")
    return run.eval_config


def _validation(folder: Path) -> Any:
    found = list(_messages(folder, "validations", "ValidationResult"))
    if len(found) != 1:
        raise ValueError(f"there are {len(found)} validations, not one")
    return found[0]


def _messages(folder: Path, name: str, kind: str) -> Iterator[Any]:
    for record in _records(folder, name):
        held = message(kind)
        held.ParseFromString(record)
        yield held


def _records(folder: Path, name: str) -> Iterator[bytes]:
    files = sorted(folder.glob(f"{name}*.tfrecord")) or sorted(folder.glob(f"{name}*"))
    for path in files:
        yield from read_records(path)


def _values(sliced: Any) -> dict[Identity, float | None]:
    return {identity(m.key): _number(m.value) for m in sliced.metric_keys_and_values}


def _checks(
    sliced: Any,
    asked: list[Threshold],
    failures: dict[Any, str],
    champion: str | None,
) -> Iterator[Check]:
    """Every threshold that applies to one slice, with TFMA's verdict on it."""
    if sliced.HasField("cross_slice_key"):
        return
    values, name = _values(sliced), slice_name(sliced.slice_key)
    for one in asked:
        if not applies(one.slicing, sliced.slice_key):
            continue
        failure = failures.get((name, one.metric, one.bound.SerializeToString()))
        yield Check(
            metric=one.metric[0],
            slice=name,
            kind="change" if one.is_change else "value",
            bounds=_change_bounds(one.bound) if one.is_change else _bounds(one.bound),
            value=values.get(one.metric),
            ok=failure is None,
            champion=_champion_value(values, one.metric, champion),
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
                slice_name(sliced.slice_key),
                identity(failure.metric_key),
                asked.SerializeToString(),
            )
            found[place] = failure.message or "outside its bounds"
    return found


def _champion_value(
    values: dict[Identity, float | None], metric: Identity, champion: str | None
) -> float | None:
    return values.get((metric[0], champion, metric[2])) if champion else None


def _bounds(threshold: Any) -> Bounds:
    return Bounds(
        low=_optional(threshold, "lower_bound"),
        high=_optional(threshold, "upper_bound"),
    )


def _change_bounds(threshold: Any) -> Bounds:
    """A change threshold bounds one side: which one, its direction says."""
    relative = not threshold.HasField("absolute")
    bound = _optional(threshold, "relative" if relative else "absolute")
    if threshold.direction == _LOWER_IS_BETTER:
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


def _unseen(validation: Any) -> Iterator[str]:
    for spec in validation.missing_slices:
        keys = [
            *spec.feature_keys,
            *(f"{k}={v}" for k, v in spec.feature_values.items()),
        ]
        yield ", ".join(keys) or OVERALL


def _examples(metrics: list[Any]) -> int | None:
    for sliced in metrics:
        if _is_overall(sliced):
            for metric in sliced.metric_keys_and_values:
                if metric.key.name in _EXAMPLE_COUNTS:
                    count = _number(metric.value)
                    return None if count is None else round(count)
    return None


def _overall(metrics: list[Any], candidate: str) -> dict[str, float]:
    """Each metric of the candidate on all rows, by its name."""
    found: dict[str, float] = {}
    for sliced in metrics:
        if not _is_overall(sliced):
            continue
        for (name, model, _), value in _values(sliced).items():
            if model != DIFF and model == candidate and value is not None:
                found.setdefault(name, value)
    return found


def _is_overall(sliced: Any) -> bool:
    return not sliced.HasField("cross_slice_key") and (
        slice_name(sliced.slice_key) == OVERALL
    )
