"""What BulkInferrer takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.bulk_inferrer import keys
from tidegate.saved_model.allowing import ALLOW_OPS


class BulkInferrerSpec(ComponentSpec):  # type: ignore[misc]
    """Examples and a model in; logs and tables of predictions out.

    `key`, `splits` and `pass_through` are JSON lists, `splits` null for all, and
    `output_columns` a JSON object of outputs and their columns, null for all;
    `allow_ops` is one of operations and reasons.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        keys.KEY: ExecutionParameter(type=str),
        keys.SPLITS: ExecutionParameter(type=str),
        keys.SIGNATURE: ExecutionParameter(type=str),
        keys.OUTPUT_COLUMNS: ExecutionParameter(type=str),
        keys.PASS_THROUGH: ExecutionParameter(type=str),
        keys.ENGINE: ExecutionParameter(type=str),
        ALLOW_OPS: ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        keys.EXAMPLES: ChannelParameter(type=standard_artifacts.Examples),
        keys.MODEL: ChannelParameter(type=standard_artifacts.Model),
        keys.MODEL_BLESSING: ChannelParameter(
            type=standard_artifacts.ModelBlessing, optional=True
        ),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {
        keys.INFERENCE_RESULT: ChannelParameter(
            type=standard_artifacts.InferenceResult
        ),
        keys.PREDICTIONS: ChannelParameter(type=standard_artifacts.InferenceResult),
    }
