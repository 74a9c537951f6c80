"""What a run tells while it goes on: one JSON line an event.

The worker that runs the pipeline writes them to a pipe, so that nothing that
TensorFlow or Beam print can get between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

NodeState = Literal["done", "cached", "failed"]


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Planned(_Event):
    """The pipeline was built: its nodes in the order in which they will run."""

    event: Literal["planned"] = "planned"
    run_id: str
    nodes: tuple[str, ...]


class NodeStarted(_Event):
    """A node is about to run."""

    event: Literal["node_started"] = "node_started"
    node: str


class NodeProgress(_Event):
    """How far the running node has come; a few a second at most.

    Attributes:
        stage: What it is at, in a word or two; "" where it does not say.
        rows: Rows done in this stage.
        rows_total: Rows that there are, None where that is not known.
        bytes_done: Bytes done in this stage, as they are on disk.
        bytes_total: Bytes that there are, None where that is not known.
    """

    event: Literal["node_progress"] = "node_progress"
    node: str
    stage: str = ""
    rows: int = 0
    rows_total: int | None = None
    bytes_done: int = 0
    bytes_total: int | None = None


class NodeEnded(_Event):
    """A node ended, after `seconds`.

    Attributes:
        outputs: URI of each output artifact, by "key" or "key.1" for more.
    """

    event: Literal["node_ended"] = "node_ended"
    node: str
    state: NodeState
    seconds: float
    outputs: dict[str, str] = Field(default_factory=dict)


class RunFailed(_Event):
    """The run ended early.

    Attributes:
        error: The error as `TidegateError.as_dict` gives it.
        text: The error's own lines, for people.
        node: Node that broke, None if the pipeline could not be built.
    """

    event: Literal["run_failed"] = "run_failed"
    error: dict[str, Any]
    text: tuple[str, ...]
    node: str | None = None


class RunDone(_Event):
    """Every node is done."""

    event: Literal["run_done"] = "run_done"


Event = Annotated[
    Planned | NodeStarted | NodeProgress | NodeEnded | RunFailed | RunDone,
    Field(discriminator="event"),
]
_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


def write(stream: IO[bytes], event: Event) -> None:
    """Writes one event as one line, at once."""
    stream.write(event.model_dump_json().encode() + b"\n")
    stream.flush()


def read(stream: IO[bytes]) -> Iterator[Event]:
    """The events of a stream, until its writer closes it or dies.

    A line that its writer did not finish is dropped: the end of the process
    tells the rest.
    """
    for line in stream:
        try:
            yield _EVENT.validate_json(line)
        except ValidationError:
            if line.endswith(b"\n"):
                raise
