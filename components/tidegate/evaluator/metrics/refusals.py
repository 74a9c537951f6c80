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
