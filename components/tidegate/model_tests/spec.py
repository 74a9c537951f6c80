"""What ModelTests takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.artifacts import Explanation, TestReport
from tidegate.model_tests import keys


class ModelTestsSpec(ComponentSpec):  # type: ignore[misc]
    """An evaluation and the model that it is about in, a report out."""

    PARAMETERS: ClassVar[dict[str, Any]] = {
        keys.DATASET: ExecutionParameter(type=str),
        keys.SUITE: ExecutionParameter(type=str, optional=True),
        keys.SUITE_FILE: ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        keys.EVALUATION: ChannelParameter(type=standard_artifacts.ModelEvaluation),
        keys.MODEL: ChannelParameter(type=standard_artifacts.Model),
        keys.EXPLANATION: ChannelParameter(type=Explanation, optional=True),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {keys.REPORT: ChannelParameter(type=TestReport)}
