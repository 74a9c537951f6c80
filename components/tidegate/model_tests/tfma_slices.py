"""Slices in TFMA's messages: how they are called, and what applies to them."""

from __future__ import annotations

from typing import Any

from tidegate.model_tests.checks import OVERALL


def slice_name(key: Any) -> str:
    """`carrier=AA, origin=JFK`: what TFMA's `SliceKey` says."""
    parts = [f"{part.column}={_slice_value(part)}" for part in key.single_slice_keys]
    return ", ".join(parts) or OVERALL


def applies(spec: Any, key: Any) -> bool:
    """Whether a slice is one of those that a `SlicingSpec` makes."""
    if spec is None:
        return True
    if hasattr(spec, "baseline_spec"):
        return False
    columns = set(spec.feature_keys)
    features = {(name, _typed(text)) for name, text in spec.feature_values.items()}
    for part in key.single_slice_keys:
        held = (part.column, _typed(_slice_value(part)))
        if held in features:
            features.discard(held)
        elif part.column in columns:
            columns.discard(part.column)
        else:
            return False
    return not features and not columns


def _slice_value(part: Any) -> str:
    kind = part.WhichOneof("kind")
    value = getattr(part, kind) if kind else ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


def _typed(text: str) -> float | int | str:
    """A value as TFMA compares it: text that reads as a number is one."""
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text
