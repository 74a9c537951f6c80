"""What SpanPusher takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.artifacts import GateDecision, SpanSummary

SUMMARY = "summary"
GATE = "gate"
HISTORY = "history"
BY = "by"


class SpanPusherSpec(ComponentSpec):  # type: ignore[misc]
    """A summary and an open gate in; what comes out is a file in the history."""

    PARAMETERS: ClassVar[dict[str, Any]] = {
        HISTORY: ExecutionParameter(type=str),
        BY: ExecutionParameter(type=str),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        SUMMARY: ChannelParameter(type=SpanSummary),
        GATE: ChannelParameter(type=GateDecision),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {}
