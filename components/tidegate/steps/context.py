"""What a step knows of the run that it is part of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Artifacts = dict[str, list[Any]]


class NeedsExecutor(Exception):
    """The step can only be done by its TFX executor; the message says why."""


@dataclass(frozen=True)
class Context:
    """The run.

    Attributes:
        run: Id of the pipeline run; None where it is not known.
        pipeline: Name of the pipeline; None where it is not known.
        temporary: Folder for what need not be kept; None for the system's.
        tools: What only a TFX executor has to give, such as an engine on Beam.
    """

    run: str | None = None
    pipeline: str | None = None
    temporary: str | None = None
    tools: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of_executor(cls, executor: Any, **tools: Any) -> Context:
        """The run as a TFX executor knows it."""
        known = getattr(executor, "_context", None)
        pipeline = getattr(known, "pipeline_info", None)
        return cls(
            run=getattr(known, "pipeline_run_id", None) or None,
            pipeline=getattr(pipeline, "id", None) or None,
            tools=tools,
        )
