"""What ExampleGen takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.example_gen import keys


class ExampleGenSpec(ComponentSpec):  # type: ignore[misc]
    """Paths of data files in, examples out.

    `data` is a JSON list of absolute paths, globs and URLs, or an object of such
    lists by split; `splits` is the rule of splitting as JSON. `fingerprint` is the
    digest of the files' content, `state` of what a store says of it: as execution
    properties they make TFX's cache see every change of the data. `engine` is
    "columnar" or "beam".

    Where the files are to be found when the component runs, there is neither, and
    `data` may have patterns of spans; no `span` then means the newest, and no
    `splits` those of the files or else the usual ones.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        keys.DATA: ExecutionParameter(type=str),
        keys.SPLITS: ExecutionParameter(type=str, optional=True),
        keys.SPAN: ExecutionParameter(type=int, optional=True),
        keys.VERSION: ExecutionParameter(type=int, optional=True),
        keys.FINGERPRINT: ExecutionParameter(type=str, optional=True),
        keys.STATE: ExecutionParameter(type=str, optional=True),
        keys.ENGINE: ExecutionParameter(type=str),
    }
    INPUTS: ClassVar[dict[str, Any]] = {}
    OUTPUTS: ClassVar[dict[str, Any]] = {
        keys.EXAMPLES: ChannelParameter(type=standard_artifacts.Examples)
    }
