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
COUNTERPART = "counterpart"
REPORT = "report"
SUITE = "suite"
SUITE_FILE = "suite_file"
REFERENCE = "reference"
REFERENCE_DIGEST = "reference_digest"
# As Transform names its own: an input and an output cannot have one name.
ACCEPTED = "accepted_examples"
QUARANTINED = "quarantined_examples"


class DataTestsSpec(ComponentSpec):  # type: ignore[misc]
    """Examples in, with statistics and schema if there are; a report out.

    A suite by which bad rows leave into quarantine has examples come out, too.

    `suite` is the parsed suite as JSON, so that a container needs no file.
    `reference_digest` is that of the accepted spans when the pipeline was built:
    as an execution property it makes TFX's cache see a new one.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        SUITE: ExecutionParameter(type=str),
        SUITE_FILE: ExecutionParameter(type=str, optional=True),
        REFERENCE: ExecutionParameter(type=str, optional=True),
        REFERENCE_DIGEST: ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        EXAMPLES: ChannelParameter(type=standard_artifacts.Examples),
        STATISTICS: ChannelParameter(
            type=standard_artifacts.ExampleStatistics, optional=True
        ),
        SCHEMA: ChannelParameter(type=standard_artifacts.Schema, optional=True),
        COUNTERPART: ChannelParameter(type=standard_artifacts.Examples, optional=True),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {
        REPORT: ChannelParameter(type=TestReport),
        ACCEPTED: ChannelParameter(type=standard_artifacts.Examples, optional=True),
        QUARANTINED: ChannelParameter(type=standard_artifacts.Examples, optional=True),
    }
