"""Refusing labels and predictions that no metric can be computed of."""

from __future__ import annotations

from typing import NoReturn

from tidegate.errors import TidegateError


def refuse(what: str, expected: str, got: str) -> NoReturn:
    """Nothing comes back: the error says what the metric cannot take."""
    raise TidegateError(
        f"metrics cannot be computed of {what}",
        where="Evaluator",
        expected=expected,
        got=got,
        fix="make the label, the model's output and the metrics config fit together",
    )


def refuse_derived(error: Exception) -> NoReturn:
    """Nothing comes back: the error says what TFMA's own derivation failed of."""
    said = (str(error).splitlines() or [type(error).__name__])[0][:200]
    raise TidegateError(
        f"a metric cannot be derived from the counts of a slice: {said}",
        where="Evaluator",
        fix="leave out the metric that divides by 0 or cannot be averaged, or the "
        "slices that are too small for it",
    ) from error
