"""What SpanPusher takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.artifacts import GateDecision, SpanSummary
from tidegate.span_pusher import keys


class SpanPusherSpec(ComponentSpec):  # type: ignore[misc]
    """A summary and an open gate in; what comes out is a file in the history."""

    PARAMETERS: ClassVar[dict[str, Any]] = {
        keys.HISTORY: ExecutionParameter(type=str),
        keys.BY: ExecutionParameter(type=str),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        keys.SUMMARY: ChannelParameter(type=SpanSummary),
        keys.GATE: ChannelParameter(type=GateDecision),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {}
