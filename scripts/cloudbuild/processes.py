"""One step's process: started under a supervisor, followed, and killed whole."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudbuild.logs import BuildLog
from cloudbuild.surroundings import send, supervise


@dataclass(frozen=True)
class Ending:
    """How a process ended.

    Attributes:
        code: Its exit code, 128 + n for signal n.
        timed_out: It was killed for taking too long.
        killed: It was killed because the build ended.
        broken: Why it could not be started at all; None if it was.
    """

    code: int | None
    timed_out: bool = False
    killed: bool = False
    broken: str | None = None


class Process:
    """A running step.

    Args:
        order: What the supervisor is told, but for the note.
        note: File on which it says why it could not start the step.

    Raises:
        OSError: This machine starts no process.
    """

    def __init__(self, order: Mapping[str, Any], note: Path) -> None:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.unlink(missing_ok=True)
        self._note = note
        self._lock = threading.Lock()
        self._killed = self._timed_out = False
        self._process = supervise(stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            send(self._process, {**order, "note": str(note)})
        except BrokenPipeError:
            self._process.wait()

    def kill(self) -> None:
        """Kills every process of the step, because the build has ended."""
        self._killed = True
        self._cut()

    def wait(
        self, log: BuildLog, path: Path, prefix: str, timeout: float | None
    ) -> Ending:
        """Follows what it says until it ends; kills it after `timeout` seconds."""
        timer = threading.Timer(timeout, self._expire) if timeout else None
        if timer:
            timer.daemon = True
            timer.start()
        assert self._process.stdout is not None
        log.follow(self._process.stdout, path, prefix)
        code = self._process.wait()
        if timer:
            timer.cancel()
        self._process.stdout.close()
        self._cut()
        broken = self._note.read_text() if self._note.exists() else None
        return Ending(code, self._timed_out and not self._killed, self._killed, broken)

    def _expire(self) -> None:
        if self._process.poll() is None:
            self._timed_out = True
            self._cut()

    def _cut(self) -> None:
        """Closes the line of life: the supervisor kills all that hangs on it."""
        with self._lock:
            assert self._process.stdin is not None
            if not self._process.stdin.closed:
                try:
                    self._process.stdin.close()
                except BrokenPipeError:
                    return
