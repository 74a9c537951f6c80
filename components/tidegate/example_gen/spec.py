"""What ExampleGen takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

EXAMPLES = "examples"
DATA = "data"
SPLITS = "splits"
SPAN = "span"
VERSION = "version"
ENGINE = "engine"
FINGERPRINT = "fingerprint"


class ExampleGenSpec(ComponentSpec):  # type: ignore[misc]
    """Paths of data files in, examples out.

    `data` is a JSON list of absolute paths and globs, or an object of such lists
    by split; `splits` is the rule of splitting as JSON. `fingerprint` is the
    digest of the files' content: as an execution property it makes TFX's cache
    see every change of the data. `engine` is "columnar" or "beam".
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        DATA: ExecutionParameter(type=str),
        SPLITS: ExecutionParameter(type=str),
        SPAN: ExecutionParameter(type=int),
        VERSION: ExecutionParameter(type=int, optional=True),
        FINGERPRINT: ExecutionParameter(type=str),
        ENGINE: ExecutionParameter(type=str),
    }
    INPUTS: ClassVar[dict[str, Any]] = {}
    OUTPUTS: ClassVar[dict[str, Any]] = {
        EXAMPLES: ChannelParameter(type=standard_artifacts.Examples)
    }
