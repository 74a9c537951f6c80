"""How far a metric may be off, of its values in samples: TFMA's own arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np

from tidegate.evaluator.metrics.sampling import SAMPLES, Method

Values = Mapping[Any, Any]


@dataclass(frozen=True)
class Spread:
    """A metric with its t-distribution.

    Attributes:
        mean: Mean of the samples.
        error: Standard error.
        unsampled: Value of all rows.
        freedom: Degrees of freedom.
    """

    mean: Any
    error: Any
    unsampled: Any
    freedom: int = SAMPLES - 1


def spreads(
    unsampled: Values, samples: Sequence[Values], method: Method, skip: Collection[Any]
) -> tuple[dict[Any, Any], str | None]:
    """Values with their spread where they have one, and why not where none has.

    Args:
        unsampled: The metrics of all rows of a slice.
        samples: Those of each sample that has any row of the slice.
        method: What the samples are.
        skip: Metrics that are given without.
    """
    if len(samples) < SAMPLES:
        reason = (
            f"CI not computed because only {len(samples)} samples were non-empty. "
            f"Expected {SAMPLES}."
        )
        return dict(unsampled), reason
    spread = _jackknife if method is Method.JACKKNIFE else _bootstrap
    found: dict[Any, Any] = {}
    short: dict[Any, int] = {}
    for key, value in unsampled.items():
        own = [each[key] for each in samples if key in each and measurable(each[key])]
        if key in skip or not own:
            found[key] = value
        elif len(own) < SAMPLES:
            found[key], short[key] = value, len(own)
        else:
            found[key] = spread(value, own)
    return found, _too_few(short)


def _too_few(short: Mapping[Any, int]) -> str | None:
    if not short:
        return None
    return (
        "CI not computed for the following metrics due to incorrect number of "
        f'samples: "{dict(short)}".Expected {SAMPLES}.'
    )


def measurable(value: Any) -> bool:
    """Whether arithmetic can be done with a value."""
    if isinstance(value, np.ndarray):
        return bool(np.issubdtype(value.dtype, np.number))
    return isinstance(value, Number) or hasattr(value, "_apply_binary_op_elementwise")


def _jackknife(unsampled: Any, samples: Sequence[Any]) -> Spread:
    pseudo = [unsampled * SAMPLES - each * (SAMPLES - 1) for each in samples]
    _, deviation = _mean_and_deviation(pseudo)
    mean = _total(samples, lambda each: each) / SAMPLES
    return Spread(mean, deviation / SAMPLES**0.5, unsampled)


def _bootstrap(unsampled: Any, samples: Sequence[Any]) -> Spread:
    mean, deviation = _mean_and_deviation(samples)
    return Spread(mean, deviation, unsampled)


def _mean_and_deviation(values: Sequence[Any]) -> tuple[Any, Any]:
    mean = _total(values, lambda each: each) / len(values)
    squares = _total(values, lambda each: (each - mean) ** 2)
    return mean, (squares / (len(values) - 1)) ** 0.5


def _total(values: Sequence[Any], of: Callable[[Any], Any]) -> Any:
    first, *rest = (of(each) for each in values)
    for each in rest:
        first = first + each
    return first
