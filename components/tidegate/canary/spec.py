"""What Canary takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.artifacts import Explanation, TestReport
from tidegate.canary import keys
from tidegate.saved_model.allowing import ALLOW_OPS


class CanarySpec(ComponentSpec):  # type: ignore[misc]
    """A pushed model and rows to replay in, what came of it out.

    `suite` is the parsed suite as JSON, so that a container needs no file; `slices`
    and `splits` are JSON lists, `allow_ops` operations with their reasons.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        keys.PUSH_TO: ExecutionParameter(type=str),
        keys.SUITE: ExecutionParameter(type=str),
        keys.SUITE_FILE: ExecutionParameter(type=str, optional=True),
        keys.LABEL: ExecutionParameter(type=str),
        keys.WEIGHT: ExecutionParameter(type=str, optional=True),
        keys.OUTPUT: ExecutionParameter(type=str, optional=True),
        keys.SIGNATURE: ExecutionParameter(type=str),
        keys.SLICES: ExecutionParameter(type=str),
        keys.SPLITS: ExecutionParameter(type=str, optional=True),
        keys.ROWS: ExecutionParameter(type=int),
        keys.DATASET: ExecutionParameter(type=str),
        keys.BY: ExecutionParameter(type=str),
        ALLOW_OPS: ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        keys.PUSHED_MODEL: ChannelParameter(type=standard_artifacts.PushedModel),
        keys.EXAMPLES: ChannelParameter(type=standard_artifacts.Examples),
        keys.EXPLANATION: ChannelParameter(type=Explanation, optional=True),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {
        keys.EVALUATION: ChannelParameter(type=standard_artifacts.ModelEvaluation),
        keys.REPORT: ChannelParameter(type=TestReport),
    }
