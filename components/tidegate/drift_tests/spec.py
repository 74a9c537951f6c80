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

EXAMPLES = "examples"
SCHEMA = "schema"
REPORT = "report"
SUMMARY = "summary"
HISTORY = "history"
HISTORY_DIGEST = "history_digest"
SETTINGS = "settings"
SETTINGS_FILE = "settings_file"
DATASET = "dataset"
DATES = "dates"


class DriftTestsSpec(ComponentSpec):  # type: ignore[misc]
    """Examples in, with a schema if there is one; a report and a summary out.

    `settings` are the parsed settings as JSON, so that a container needs no file.
    `history_digest` is that of the names in the history when the pipeline was
    built: as an execution property it makes TFX's cache see a new span.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        HISTORY: ExecutionParameter(type=str),
        HISTORY_DIGEST: ExecutionParameter(type=str, optional=True),
        SETTINGS: ExecutionParameter(type=str),
        SETTINGS_FILE: ExecutionParameter(type=str, optional=True),
        DATASET: ExecutionParameter(type=str),
        DATES: ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        EXAMPLES: ChannelParameter(type=standard_artifacts.Examples),
        SCHEMA: ChannelParameter(type=standard_artifacts.Schema, optional=True),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {
        REPORT: ChannelParameter(type=TestReport),
        SUMMARY: ChannelParameter(type=SpanSummary),
    }
