"""Whether two answers of a model are the same. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Answers = Mapping[str, Array]
# float32 has seven digits, and kernels add up in another order in another batch.
RELATIVE, ABSOLUTE = 1e-4, 1e-5
# Ten times the gap between 1 and the next number. What TensorFlow optimises rounds
# elsewhere: it was up to twice the gap for three layers of GELU with LayerNorm.
OF_LARGEST = {"float16": 10 * 2.0**-10, "bfloat16": 10 * 2.0**-7}


@dataclass(frozen=True)
class Difference:
    """How two answers to the same requests differ.

    Attributes:
        rows: Requests whose answers differ.
        largest: Largest difference of a number.
        what: What differs besides numbers, in words; None where nothing does.
    """

    rows: int = 0
    largest: float = 0.0
    what: str | None = None

    @property
    def any(self) -> bool:
        """True where the answers are not the same."""
        return self.rows > 0 or self.what is not None


def difference(
    first: Answers, second: Answers, *, exact: bool = False, of_largest: float = 0.0
) -> Difference:
    """How answers differ, line by line.

    Args:
        first: Output to one line a request.
        second: The same.
        exact: Whether every bit counts; else numbers may differ in the last
            digits of float32.
        of_largest: By which share of an output's largest number all its numbers
            may differ besides.
    """
    if set(first) != set(second):
        return Difference(what="there are other outputs")
    wrong: Array | None = None
    largest = 0.0
    for name in sorted(first):
        one, other = first[name], second[name]
        if one.shape != other.shape or one.dtype != other.dtype:
            return Difference(
                what=f"{name} is {_shown(one)} the one time and {_shown(other)} "
                "the other"
            )
        differs = _differs(one, other, exact, of_largest)
        lines: Array = np.asarray(differs.reshape(len(one), -1).any(axis=1))
        wrong = lines if wrong is None else wrong | lines
        if differs.any() and one.dtype.kind == "f":
            gap = np.abs(
                one[differs].astype(np.float64) - other[differs].astype(np.float64)
            )
            finite = gap[np.isfinite(gap)]
            largest = max(largest, float(finite.max()) if len(finite) else np.inf)
    return Difference(0 if wrong is None else int(wrong.sum()), largest)


def not_finite(answers: Answers) -> dict[str, int]:
    """Output to the requests whose answer has a NaN or an infinity in it."""
    found = {}
    for name, values in answers.items():
        if values.dtype.kind == "f":
            bad = ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
            if bad.any():
                found[name] = int(bad.sum())
    return found


def single_number(answers: Answers) -> str | None:
    """The one output with a number a request; None where it is not clear which."""
    fit = [
        name
        for name, values in answers.items()
        if values.dtype.kind in "fiu" and values.size == len(values)
    ]
    return fit[0] if len(fit) == 1 else None


def _differs(one: Array, other: Array, exact: bool, of_largest: float) -> Array:
    if one.dtype.kind != "f":
        return np.asarray(one != other)
    both = np.isnan(one) & np.isnan(other)
    if exact:
        return np.asarray((one != other) & ~both)
    finite = np.abs(one[np.isfinite(one)]).astype(np.float64)
    most = ABSOLUTE + of_largest * float(finite.max(initial=0.0))
    return ~np.isclose(one, other, rtol=RELATIVE, atol=most, equal_nan=True)


def _shown(values: Array) -> str:
    return f"{values.dtype.name}{list(values.shape)}"
