"""Where two files of statistics differ."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

Statistics = statistics_pb2.DatasetFeatureStatisticsList
# With numpy 2 TFDV reckons the buckets of float32 values in float32.
IN_WIDTHS = 1e-6 if int(np.__version__.split(".")[0]) < 2 else 1e-4


def flat(message: Any, before: str = "") -> dict[str, Any]:
    """Every field of a proto by its path."""
    found: dict[str, Any] = {}
    for field, value in message.ListFields():
        name = f"{before}{field.name}"
        if isinstance(value, (str, bytes, int, float)):
            found[name] = value
        elif hasattr(value, "ListFields"):
            found[name] = ""
            found |= flat(value, f"{name}.")
        else:
            for place, one in enumerate(value):
                inner = f"{name}[{place}]"
                found |= flat(one, f"{inner}.") if field.message_type else {inner: one}
    return found


def differences(ours: Statistics, theirs: Statistics) -> Iterator[str]:
    """Each field that differs, of all features of all slices."""
    mine, stock = _features(ours), _features(theirs)
    if mine.keys() != stock.keys():
        yield f"features {sorted(mine.keys() ^ stock.keys())}"
    for key in mine.keys() & stock.keys():
        one, other = flat(mine[key]), flat(stock[key])
        for name in sorted({**one, **other}):
            within = IN_WIDTHS if "histograms[0]" in name else 1e-6
            if not alike(one.get(name, 0), other.get(name, 0), within):
                yield f"{key} {name}: {one.get(name)} but {other.get(name)}"


def _features(statistics: Statistics) -> dict[tuple[str, ...], Any]:
    found: dict[tuple[str, ...], Any] = {}
    for dataset in statistics.datasets:
        bare = type(dataset)()
        bare.CopyFrom(dataset)
        del bare.features[:]
        found[(dataset.name,)] = bare
        for feature in dataset.features:
            found[(dataset.name, *feature.path.step)] = feature
    return found


def alike(one: Any, other: Any, within: float = 1e-6) -> bool:
    """Whether two values are one, numbers up to rounding."""
    if isinstance(one, str) or isinstance(other, str):
        return bool(one == other)
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    if math.isinf(one) or math.isinf(other):
        return bool(one == other)
    return math.isclose(one, other, rel_tol=within, abs_tol=within)
