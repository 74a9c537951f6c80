"""What StatisticsGen takes and gives: what the stock one does, and an engine."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.statistics_gen import keys


class StatisticsGenSpec(ComponentSpec):  # type: ignore[misc]
    """Examples in, with a schema if there is one; statistics out.

    `stats_options_json` is TFDV's own JSON of its options, `exclude_splits` a
    JSON list, `engine` "columnar" or "beam".
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        keys.STATS_OPTIONS: ExecutionParameter(type=str, optional=True),
        keys.EXCLUDE_SPLITS: ExecutionParameter(type=str, optional=True),
        keys.ENGINE: ExecutionParameter(type=str),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        keys.EXAMPLES: ChannelParameter(type=standard_artifacts.Examples),
        keys.SCHEMA: ChannelParameter(type=standard_artifacts.Schema, optional=True),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {
        keys.STATISTICS: ChannelParameter(type=standard_artifacts.ExampleStatistics),
    }
