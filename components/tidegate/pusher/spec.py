"""What Pusher takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.artifacts import TestReport
from tidegate.pusher import keys


class PusherSpec(ComponentSpec):  # type: ignore[misc]
    """A model and the evidence for it in, the pushed model out.

    `parameters` is JSON; `key` is a path, never the key itself; `code` is a Python
    file of the pipeline.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        keys.PUSH_TO: ExecutionParameter(type=str),
        keys.BECOMES: ExecutionParameter(type=str),
        keys.PERCENT: ExecutionParameter(type=int),
        keys.BY: ExecutionParameter(type=str),
        keys.REASON: ExecutionParameter(type=str, optional=True),
        keys.PARAMETERS: ExecutionParameter(type=str, optional=True),
        keys.KEY: ExecutionParameter(type=str, optional=True),
        keys.CODE: ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        keys.MODEL: ChannelParameter(type=standard_artifacts.Model),
        keys.EXAMPLES: ChannelParameter(
            type=standard_artifacts.Examples, optional=True
        ),
        keys.SCHEMA: ChannelParameter(type=standard_artifacts.Schema, optional=True),
        keys.EVALUATION: ChannelParameter(
            type=standard_artifacts.ModelEvaluation, optional=True
        ),
        **{
            key: ChannelParameter(type=TestReport, optional=True)
            for key in keys.REPORTS
        },
        keys.MODEL_BLESSING: ChannelParameter(
            type=standard_artifacts.ModelBlessing, optional=True
        ),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {
        keys.PUSHED_MODEL: ChannelParameter(type=standard_artifacts.PushedModel)
    }
