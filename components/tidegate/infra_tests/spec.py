"""What InfraTests takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.artifacts import TestReport
from tidegate.infra_tests import keys


class InfraTestsSpec(ComponentSpec):  # type: ignore[misc]
    """A model in, with examples, schema and evaluation if there are; a report out.

    `settings` are JSON, so that one execution property changes with any of them.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        keys.SETTINGS: ExecutionParameter(type=str),
        keys.DATASET: ExecutionParameter(type=str),
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
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {keys.REPORT: ChannelParameter(type=TestReport)}
