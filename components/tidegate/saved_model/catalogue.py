"""Which operations of TensorFlow a served model may have, and why not others.

`ops.json` is read by people: every operation of the TensorFlow versions in use
stands in it once, allowed, refused with the reason of its group, or bound to a
condition. What does not stand there is refused as unknown.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

_FILE = "ops.json"
UNKNOWN = "it is no operation of TensorFlow that is known here, but somebody's own"


@dataclass(frozen=True)
class Catalogue:
    """What is known of TensorFlow's operations.

    Attributes:
        allowed: Operations that are harmless wherever they stand.
        refused: Operation to the reason why it is refused.
        bound: Operation to its condition: "checkpoint" (only the loader's own
            functions may have it), "asset" (its file is an asset of the model) or
            "attribute" (its settings name no file).
        reasons: Condition to the reason why it must hold.
    """

    allowed: frozenset[str]
    refused: Mapping[str, str]
    bound: Mapping[str, str]
    reasons: Mapping[str, str]

    @property
    def known(self) -> frozenset[str]:
        """Every operation that stands in the catalogue."""
        return self.allowed | frozenset(self.refused) | frozenset(self.bound)


@functools.cache
def catalogue() -> Catalogue:
    """The catalogue of this version."""
    found = json.loads(
        resources.files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    )
    return Catalogue(
        allowed=frozenset(op for group in found["allowed"] for op in _ops(group)),
        refused={op: group["why"] for group in found["refused"] for op in _ops(group)},
        bound={op: group["group"] for group in found["bound"] for op in _ops(group)},
        reasons={group["group"]: group["why"] for group in found["bound"]},
    )


def _ops(group: Mapping[str, Any]) -> list[str]:
    return [op for line in group["ops"] for op in str(line).split()]
