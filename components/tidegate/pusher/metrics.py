"""The metrics of an evaluation over all rows, read without TFMA."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tidegate.columnar.tf_record import read_records
from tidegate.model_tests.tfma_protos import message

_FILES = "metrics*.tfrecord*"
_CONFIG = "eval_config.json"


def overall_metrics(evaluation: Path) -> dict[str, float]:
    """Metric to value, of the candidate over all rows; empty without TFMA's files.

    Metrics of the champion, differences against it, and those that are no single
    finite number are left out. Where a metric is there for several outputs or
    classes, the first counts.

    Args:
        evaluation: Folder of the evaluation.

    Raises:
        DataError: A file is damaged.
    """
    found: dict[str, float] = {}
    champions = _champions(evaluation)
    for path in sorted(evaluation.glob(_FILES)):
        for record in read_records(path):
            for name, value in _values(record, champions):
                found.setdefault(name, value)
    return dict(sorted(found.items()))


def _values(record: bytes, champions: frozenset[str]) -> Iterator[tuple[str, float]]:
    sliced: Any = message("MetricsForSlice")
    sliced.ParseFromString(record)
    if sliced.HasField("cross_slice_key") or sliced.slice_key.single_slice_keys:
        return
    for one in sliced.metric_keys_and_values:
        if one.key.is_diff or one.key.model_name in champions:
            continue
        value = _number(one.value)
        if value is not None:
            yield one.key.name, value


def _champions(evaluation: Path) -> frozenset[str]:
    """Names of the models that the candidate was compared with."""
    try:
        config = json.loads((evaluation / _CONFIG).read_bytes())["evalConfig"]
        specs = config.get("modelSpecs", [])
        return frozenset(one["name"] for one in specs if one.get("isBaseline"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return frozenset()


def _number(value: Any) -> float | None:
    kind = value.WhichOneof("type")
    if kind == "double_value":
        number = value.double_value.value
    elif kind == "bounded_value":
        number = value.bounded_value.value.value
    else:
        return None
    return float(number) if math.isfinite(number) else None
