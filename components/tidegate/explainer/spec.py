"""What Explainer takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.artifacts import Explanation
from tidegate.explainer import keys
from tidegate.saved_model.allowing import ALLOW_OPS


class ExplainerSpec(ComponentSpec):  # type: ignore[misc]
    """Raw examples and a model in, an explanation out."""

    PARAMETERS: ClassVar[dict[str, Any]] = {
        keys.LABEL: ExecutionParameter(type=str),
        keys.WEIGHT: ExecutionParameter(type=str, optional=True),
        keys.LABEL_FROM: ExecutionParameter(type=str, optional=True),
        keys.METRIC: ExecutionParameter(type=str, optional=True),
        keys.SIGNATURE: ExecutionParameter(type=str),
        keys.OUTPUT: ExecutionParameter(type=str, optional=True),
        # A JSON list.
        keys.FEATURES: ExecutionParameter(type=str, optional=True),
        keys.SPLIT: ExecutionParameter(type=str),
        keys.ROWS: ExecutionParameter(type=int),
        keys.REPEATS: ExecutionParameter(type=int),
        keys.SEED: ExecutionParameter(type=int),
        keys.METHOD: ExecutionParameter(type=str),
        # A JSON object of operations and reasons.
        ALLOW_OPS: ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        keys.EXAMPLES: ChannelParameter(type=standard_artifacts.Examples),
        keys.MODEL: ChannelParameter(type=standard_artifacts.Model),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {
        keys.EXPLANATION: ChannelParameter(type=Explanation)
    }
