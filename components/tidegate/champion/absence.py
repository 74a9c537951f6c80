"""A model that is not there: what stands for it, and who sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tidegate.runners.kubeflow.invocation import ABSENT


def mark_absent(artifact: Any) -> None:
    """Has an artifact stand for nothing."""
    artifact.set_int_custom_property(ABSENT, 1)


def is_absent(artifact: Any) -> bool:
    """True for an artifact that stands for nothing."""
    return bool(artifact.get_int_custom_property(ABSENT))


def without_absent(
    inputs: Mapping[str, Sequence[Any]], key: str
) -> dict[str, list[Any]]:
    """The inputs of a component, with only those under `key` that are there."""
    taken = {name: list(artifacts) for name, artifacts in inputs.items()}
    if key in taken:
        taken[key] = [one for one in taken[key] if not is_absent(one)]
    return taken
