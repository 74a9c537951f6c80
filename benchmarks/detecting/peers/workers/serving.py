"""The worker's side of the exchange: tables come in, verdicts go out.

A message is a frame of JSON, then as many frames of Arrow IPC streams as the JSON
names tables. A frame is its length in eight bytes, the greatest first, and the
bytes. Runs in the tool's own environment and imports nothing of ours but its
neighbours.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Sequence
from typing import IO, Any, Protocol

import pyarrow as pa


class Tool(Protocol):
    """A tool as its worker runs it."""

    def fit(self, history: Sequence[tuple[int, pa.Table]]) -> None:
        """Takes the accepted spans with their keys, the oldest first."""

    def judge(self, table: pa.Table) -> tuple[float, bool, Sequence[str]]:
        """Score, alarm and ranking of the span after the history."""


def serve(tool: Tool) -> None:
    """Answers until there are no more messages."""
    # Tools print; what they print must not get between the frames.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = sys.stdin.buffer
    tables: dict[int, pa.Table] = {}
    while (content := read_frame(requests)) is not None:
        message = json.loads(content)
        for key in message["tables"]:
            tables[key] = _read_table(requests)
        write_frame(answers, json.dumps(_answer(tool, message, tables)).encode())
        answers.flush()


def _answer(
    tool: Tool, message: dict[str, Any], tables: dict[int, pa.Table]
) -> dict[str, Any]:
    begun = time.process_time()
    try:
        found = _called(tool, message, tables)
    except Exception as error:  # What a tool raises of data is its verdict.
        traceback.print_exc()
        found = {"error": f"{type(error).__name__}: {error}"[:300]}
    return {**found, "cpu": time.process_time() - begun}


def _called(
    tool: Tool, message: dict[str, Any], tables: dict[int, pa.Table]
) -> dict[str, Any]:
    keys = message["keys"]
    if message["call"] == "fit":
        for key in tables.keys() - set(keys):
            del tables[key]
        tool.fit([(key, tables[key]) for key in keys])
        return {}
    score, alarm, ranking = tool.judge(tables.pop(keys[0]))
    return {"score": float(score), "alarm": bool(alarm), "ranking": list(ranking)}


def _read_table(stream: IO[bytes]) -> pa.Table:
    content = read_frame(stream)
    if content is None:
        raise EOFError("a table is missing")
    return pa.ipc.open_stream(content).read_all()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame; None at the end."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "big")
    content = stream.read(size)
    if len(content) < size:
        raise EOFError(f"a frame of {size} bytes ends after {len(content)}")
    return content


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Writes one frame."""
    stream.write(len(content).to_bytes(8, "big"))
    stream.write(content)
