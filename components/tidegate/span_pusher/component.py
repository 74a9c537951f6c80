"""SpanPusher: lets a span into the history once its gate was open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel

from tidegate.errors import UsageError
from tidegate.gate.component import Gate
from tidegate.span_pusher import keys, spec
from tidegate.span_pusher.executor import Executor


class SpanPusher(base_component.BaseComponent):  # type: ignore[misc]
    """Writes the summary of an accepted span into the history.

    It takes the decision of the gate that read the span's own drift report, so it
    runs only where that gate was open; it never runs for a span that alarmed.
    Running twice, or two runs at once, write one file.

    Put it behind whatever else the run must pass: `gate.before(span_pusher)` of
    a gate on the model keeps spans out whose model was not good enough.

    Args:
        summary: Summary of a DriftTests.
        gate: Decision of the Gate that reads the report of that DriftTests.
        history: Folder of the accepted spans, or a URL that fsspec knows; that
            of the DriftTests.
        by: Who answers for what is accepted by itself, for the record.

    Raises:
        UsageError: The gate does not read the drift report of this span.
    """

    SPEC_CLASS = spec.SpanPusherSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    # What it writes is in no artifact: served from a cache, it would not be written.
    READS_OUTSIDE = True

    def __init__(
        self,
        *,
        summary: channel.BaseChannel,
        gate: channel.BaseChannel,
        history: str | Path,
        by: str = "SpanPusher",
    ) -> None:
        _demand_its_gate(summary, gate)
        super().__init__(
            spec.SpanPusherSpec(
                **{
                    keys.SUMMARY: summary,
                    keys.GATE: gate,
                    keys.HISTORY: str(history),
                    keys.BY: by,
                }
            )
        )


def _demand_its_gate(summary: Any, gate: Any) -> None:
    """Refuses a gate that does not judge the span whose summary is given."""
    test = getattr(summary, "producer_component", None)
    node = getattr(gate, "producer_component", None)
    if test is None or node is None:
        return  # Channels of another pipeline do not say whose they are.
    if isinstance(node, Gate) and test in _read_by(node):
        return
    raise UsageError(
        "the gate of this SpanPusher does not judge the span",
        where="SpanPusher",
        expected=f"a Gate that reads the report of {test.id}",
        got=f"{node.id}",
        fix=f'Gate(drift={test.id}.outputs["report"], …), and its '
        'outputs["decision"] here',
    )


def _read_by(gate: Gate) -> list[Any]:
    """The test components whose reports a gate reads."""
    return [
        getattr(part, "producer_component", None)
        for taken in gate.inputs.values()
        for part in (getattr(taken, "channels", None) or [taken])
    ]
