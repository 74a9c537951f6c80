"""What ModelCardGen takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.artifacts import Explanation, ModelCard, TestReport
from tidegate.model_card_gen import keys


def _optional(kind: Any) -> ChannelParameter:
    return ChannelParameter(type=kind, optional=True)


class ModelCardGenSpec(ComponentSpec):  # type: ignore[misc]
    """Whatever is known of a model in, its card out.

    `about` is JSON: what was in the file, so that a container needs no file.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        keys.NAME: ExecutionParameter(type=str),
        keys.PUSH_TO: ExecutionParameter(type=str, optional=True),
        keys.ABOUT: ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        keys.PUSHED_MODEL: _optional(standard_artifacts.PushedModel),
        keys.MODEL: _optional(standard_artifacts.Model),
        keys.EVALUATION: _optional(standard_artifacts.ModelEvaluation),
        keys.SCHEMA: _optional(standard_artifacts.Schema),
        keys.STATISTICS: _optional(standard_artifacts.ExampleStatistics),
        keys.EXPLANATION: _optional(Explanation),
        **{key: _optional(TestReport) for key in keys.REPORTS},
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {keys.CARD: ChannelParameter(type=ModelCard)}
