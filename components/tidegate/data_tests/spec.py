"""What DataTests takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.artifacts import TestReport

EXAMPLES = "examples"
STATISTICS = "statistics"
SCHEMA = "schema"
REPORT = "report"
SUITE = "suite"


class DataTestsSpec(ComponentSpec):  # type: ignore[misc]
    """Examples in, with statistics and schema if there are; a report out.

    `suite` is the parsed suite as JSON, so that a container needs no file.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {SUITE: ExecutionParameter(type=str)}
    INPUTS: ClassVar[dict[str, Any]] = {
        EXAMPLES: ChannelParameter(type=standard_artifacts.Examples),
        STATISTICS: ChannelParameter(
            type=standard_artifacts.ExampleStatistics, optional=True
        ),
        SCHEMA: ChannelParameter(type=standard_artifacts.Schema, optional=True),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {REPORT: ChannelParameter(type=TestReport)}
