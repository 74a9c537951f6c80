"""Hides the values of private features in TFMA's slices."""

from __future__ import annotations

from dataclasses import replace

from tidegate.model_tests.checks import OVERALL, Evaluation


def without_values(evaluation: Evaluation, private: frozenset[str]) -> Evaluation:
    """The evaluation with numbers for the slices by private features."""
    if not private:
        return evaluation
    numbers: dict[str, int] = {}

    def told(name: str) -> str:
        if name == OVERALL:
            return name
        parts = name.split(", ")
        columns = [part.partition("=")[0] for part in parts]
        # A value may hold what separates parts: then all that follows is hidden.
        if not any(column in private for column in columns):
            return name
        number = numbers.setdefault(name, len(numbers) + 1)
        known = [column for column in columns if column in private]
        return f"{', '.join(known)} {number}"

    return replace(
        evaluation,
        checks=tuple(
            replace(check, slice=told(check.slice)) for check in evaluation.checks
        ),
        unseen=tuple(told(name) for name in evaluation.unseen),
    )
