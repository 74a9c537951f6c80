"""What Champion takes and gives."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.types import standard_artifacts
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from tidegate.champion import keys


class ChampionSpec(ComponentSpec):  # type: ignore[misc]
    """A folder of pushed models in, the newest of them out.

    `newest` is what was there when the run was put together: as an execution
    property it makes TFX's cache see that another model was pushed.
    """

    PARAMETERS: ClassVar[dict[str, Any]] = {
        keys.PUSHED: ExecutionParameter(type=str),
        keys.NEWEST: ExecutionParameter(type=str, optional=True),
    }
    INPUTS: ClassVar[dict[str, Any]] = {}
    OUTPUTS: ClassVar[dict[str, Any]] = {
        keys.MODEL: ChannelParameter(type=standard_artifacts.Model)
    }
