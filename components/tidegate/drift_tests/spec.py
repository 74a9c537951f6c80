"""What DriftTests takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.artifacts import SpanSummary, TestReport
from tidegate.drift_tests import keys


class DriftTestsSpec(ComponentSpec):  # type: ignore[misc]
    """Examples in, with a schema if there is one; a report and a summary out.

    `settings` are the parsed settings as JSON, so that a container needs no file.
    `history_digest` is that of the names in the history when the pipeline was
    built: as an execution property it makes TFX's cache see a new span.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        keys.HISTORY: ExecutionParameter(type=str),
        keys.HISTORY_DIGEST: ExecutionParameter(type=str, optional=True),
        keys.SETTINGS: ExecutionParameter(type=str),
        keys.SETTINGS_FILE: ExecutionParameter(type=str, optional=True),
        keys.DATASET: ExecutionParameter(type=str),
        keys.DATES: ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        keys.EXAMPLES: ChannelParameter(type=standard_artifacts.Examples),
        keys.SCHEMA: ChannelParameter(type=standard_artifacts.Schema, optional=True),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {
        keys.REPORT: ChannelParameter(type=TestReport),
        keys.SUMMARY: ChannelParameter(type=SpanSummary),
    }
