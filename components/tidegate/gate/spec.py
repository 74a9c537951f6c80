"""What Gate takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types.component_spec import ChannelParameter, ComponentSpec

from tidegate.artifacts import GateDecision, TestReport
from tidegate.gate import keys
from tidegate.gate.decision import REPORT_KINDS


class GateSpec(ComponentSpec):  # type: ignore[misc]
    """One optional report of each kind in, the decision out."""

    PARAMETERS: ClassVar[dict[str, Any]] = {}
    INPUTS: ClassVar[dict[str, Any]] = {
        kind: ChannelParameter(type=TestReport, optional=True) for kind in REPORT_KINDS
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {
        keys.DECISION: ChannelParameter(type=GateDecision)
    }
