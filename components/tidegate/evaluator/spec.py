"""What the Evaluator takes and gives: the stock one's, and the engine."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_component_specs as stock
from tfx.types.component_spec import ComponentSpec, ExecutionParameter

from tidegate.saved_model.allowing import ALLOW_OPS

EXAMPLES = stock.EXAMPLES_KEY
MODEL = stock.MODEL_KEY
BASELINE_MODEL = stock.BASELINE_MODEL_KEY
SCHEMA = stock.SCHEMA_KEY
EVALUATION = stock.EVALUATION_KEY
BLESSING = stock.BLESSING_KEY
EVAL_CONFIG = stock.EVAL_CONFIG_KEY
EXAMPLE_SPLITS = stock.EXAMPLE_SPLITS_KEY
FAIRNESS_THRESHOLDS = stock.FAIRNESS_INDICATOR_THRESHOLDS_KEY
MODULE_FILE = stock.MODULE_FILE_KEY
MODULE_PATH = stock.MODULE_PATH_KEY
ENGINE = "engine"

COLUMNAR = "columnar"
BEAM = "beam"


class EvaluatorSpec(ComponentSpec):  # type: ignore[misc]
    """The channels and parameters of the stock Evaluator, `engine` and `allow_ops`.

    `allow_ops` is a JSON object of operations and reasons.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        **stock.EvaluatorSpec.PARAMETERS,
        ENGINE: ExecutionParameter(type=str, optional=True),
        ALLOW_OPS: ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[dict[str, Any]] = stock.EvaluatorSpec.INPUTS
    OUTPUTS: ClassVar[dict[str, Any]] = stock.EvaluatorSpec.OUTPUTS
    TYPE_ANNOTATION = stock.EvaluatorSpec.TYPE_ANNOTATION
