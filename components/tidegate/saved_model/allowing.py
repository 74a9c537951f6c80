"""Operations that a team answers for, on their way into a step. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tidegate.errors import UsageError

ALLOW_OPS = "allow_ops"


def allowed_property(given: Mapping[str, str] | None, component: str) -> dict[str, str]:
    """The execution property of `allow_ops`; none where nothing is allowed.

    Args:
        given: Operation to the reason why a model may have it.
        component: Name of the component, as errors are to name it.

    Raises:
        UsageError: An operation has no reason.
    """
    if not given:
        return {}
    if not isinstance(given, Mapping) or without_reason(given):
        raise UsageError(
            "an operation is allowed by somebody who says why",
            where=f"{component}({ALLOW_OPS}=…)",
            expected="each operation with its reason",
            got=repr(given)[:100],
            fix='allow_ops={"XlaCallModule": "exported from JAX by our own trainer"}',
        )
    return {ALLOW_OPS: json.dumps(dict(given))}


def allowed_in(properties: Mapping[str, Any]) -> tuple[str, ...]:
    """The operations that execution properties allow."""
    return tuple(json.loads(properties.get(ALLOW_OPS) or "{}"))


def without_reason(given: Mapping[str, str]) -> list[str]:
    """The operations that nobody gives a reason for."""
    return [op for op, why in given.items() if not _said(op) or not _said(why)]


def _said(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())
