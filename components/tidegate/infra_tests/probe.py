"""A model loaded and asked in a child process that is watched, and may be killed."""

from __future__ import annotations

import base64
import contextlib
import functools
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidegate.infra_tests.confinement import (
    SECONDS_TO_START,
    Limits,
    bound,
    environment,
    without_network,
)
from tidegate.infra_tests.settings import shown_bytes

_CHILD = "tidegate.infra_tests.child"
_LOOK_EVERY = 0.02  # seconds; memory that is asked for fills at a few GB a second
_MOST_TOLD = 16 * 2**20


@dataclass(frozen=True)
class Probe:
    """What a child told before it ended.

    Attributes:
        found: What it found, by test.
        began: The last thing that it began; None where it did not even start.
        ended: Why it ended before its end, in words; None where it did not.
        peak: Bytes of memory that it had at most.
        seconds: How long it took, its start included.
        cut_off: Why it could reach the network; None where it could not.
    """

    found: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    began: str | None = None
    ended: str | None = None
    peak: int = 0
    seconds: float = 0.0
    cut_off: str | None = None


def probe(
    folder: Path,
    signature: str,
    records: Sequence[bytes],
    limits: Limits,
    temporary: str | None = None,
    *,
    allow_ops: Collection[str] = (),
) -> Probe:
    """What became of a model that was loaded and asked.

    Args:
        folder: Folder with `saved_model.pb`; its files and operations have been
            judged before.
        signature: The signature that is asked.
        records: Serialized tf.Examples.
        limits: What it may take.
        temporary: Folder for files that need not be kept; None for the system's.
        allow_ops: Further operations that it may have.
    """
    with tempfile.TemporaryDirectory(dir=temporary, prefix="tidegate-") as work:
        request = Path(work) / "request.json"
        request.write_text(
            json.dumps(
                {
                    "folder": str(folder.absolute()),
                    "signature": signature,
                    "allow_ops": list(allow_ops),
                    "records": [base64.b64encode(one).decode() for one in records],
                }
            )
        )
        return _Child(request, limits).run()


class _Child:
    def __init__(self, request: Path, limits: Limits) -> None:
        self._request = request
        self._limits = limits
        self._found: dict[str, dict[str, Any]] = {}
        self._began: str | None = None
        self._ended: str | None = None
        self._peak = 0
        self._line: list[bytes] = []  # what is there of the next line
        self._bytes = 0
        self._deadline = time.monotonic() + SECONDS_TO_START

    def run(self) -> Probe:
        """Starts the child, reads what it tells, and ends it."""
        started = time.monotonic()
        prefix, network = without_network()
        reader, writer = os.pipe()
        try:
            with open(self._request.with_name("said"), "wb") as said:
                child = subprocess.Popen(
                    [*prefix, sys.executable, "-m", _CHILD, self._request, str(writer)],
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    cwd=self._request.parent,
                    env=environment(self._request.parent),
                    pass_fds=(writer,),
                    start_new_session=True,
                    preexec_fn=functools.partial(bound, self._limits),
                )
        finally:
            os.close(writer)
        try:
            self._watch(child, reader)
        finally:
            os.close(reader)
            _kill(child)
        return Probe(
            found=self._found,
            began=self._began,
            ended=self._ended or self._death(child.returncode),
            peak=self._peak,
            seconds=time.monotonic() - started,
            cut_off=network,
        )

    def _watch(self, child: subprocess.Popen[bytes], reader: int) -> None:
        with selectors.DefaultSelector() as waiting:
            waiting.register(reader, selectors.EVENT_READ)
            while self._ended is None:
                if waiting.select(_LOOK_EVERY):
                    told = os.read(reader, 2**16)
                    if not told:
                        self._last_moments(child)
                        return
                    self._take(told)
                self._look(child)

    def _last_moments(self, child: subprocess.Popen[bytes]) -> None:
        """Waits for a child that closed its pipe, but not longer than it may take."""
        while child.poll() is None and self._ended is None:
            time.sleep(_LOOK_EVERY)
            self._look(child)

    def _look(self, child: subprocess.Popen[bytes]) -> None:
        """Says that the child must end if it took more than it may."""
        used = _resident(child.pid)
        self._peak = max(self._peak, used)
        if used > self._limits.memory:
            self._ended = f"it took more than {shown_bytes(self._limits.memory)}"
        elif time.monotonic() > self._deadline:
            starting = self._began in (None, "start")
            allowed = SECONDS_TO_START if starting else self._limits.seconds
            self._ended = f"it was not done after {allowed:g} s"

    def _take(self, told: bytes) -> None:
        self._bytes += len(told)
        if self._bytes > _MOST_TOLD:
            self._ended = "it told more than is read"
            return
        *lines, rest = told.split(b"\n")
        if lines:
            lines[0] = b"".join([*self._line, lines[0]])
            self._line.clear()
        self._line.append(rest)
        for line in lines:
            try:
                said = json.loads(line)
                self._note(dict(said))
            except (ValueError, TypeError, RecursionError):
                self._ended = "it told what cannot be read"
                return

    def _note(self, said: dict[str, Any]) -> None:
        if "begins" in said:
            self._began = str(said["begins"])
            if self._began == "loads":
                self._deadline = time.monotonic() + self._limits.seconds
        if "found" in said:
            self._found[str(said.pop("found"))] = said
        if "failed" in said:
            self._ended = str(said.get("got"))[:300]
        self._peak = max(self._peak, int(said.get("peak", 0)))

    def _death(self, code: int) -> str | None:
        if code == 0 and self._bytes and "failed" not in self._found:
            return None
        if code < 0:
            return f"its process was ended by {_signal_name(-code)}"
        return f"its process ended by itself, with code {code}"


def _resident(pid: int) -> int:
    """Bytes of memory that a process has now; 0 where the system does not tell."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * resource.getpagesize()


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Ends the child with all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
