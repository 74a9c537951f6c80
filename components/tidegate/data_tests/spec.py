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
from tidegate.data_tests import keys


class DataTestsSpec(ComponentSpec):  # type: ignore[misc]
    """Examples in, with statistics and schema if there are; a report out.

    A suite by which bad rows leave into quarantine has examples come out, too.

    `suite` is the parsed suite as JSON, so that a container needs no file.
    `reference_digest` is that of the accepted spans when the pipeline was built:
    as an execution property it makes TFX's cache see a new one.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        keys.SUITE: ExecutionParameter(type=str),
        keys.SUITE_FILE: ExecutionParameter(type=str, optional=True),
        keys.REFERENCE: ExecutionParameter(type=str, optional=True),
        keys.REFERENCE_DIGEST: ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        keys.EXAMPLES: ChannelParameter(type=standard_artifacts.Examples),
        keys.STATISTICS: ChannelParameter(
            type=standard_artifacts.ExampleStatistics, optional=True
        ),
        keys.SCHEMA: ChannelParameter(type=standard_artifacts.Schema, optional=True),
        keys.COUNTERPART: ChannelParameter(
            type=standard_artifacts.Examples, optional=True
        ),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {
        keys.REPORT: ChannelParameter(type=TestReport),
        keys.ACCEPTED: ChannelParameter(
            type=standard_artifacts.Examples, optional=True
        ),
        keys.QUARANTINED: ChannelParameter(
            type=standard_artifacts.Examples, optional=True
        ),
    }
