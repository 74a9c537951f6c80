"""The processes of containers: started in groups, ended when their time is over.

A container's end ends everything in it. So each container is a process group, and
what is left of it is killed when its first process has ended. Should this process be
killed itself, a guard sees its end of a pipe close, and kills the groups.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

GRACE_SECONDS = 10.0

# Lines "+GROUP" and "-GROUP"; the end of the pipe is the end of its owner.
_GUARD = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
groups = set()
for line in sys.stdin:
    group = int(line[1:])
    groups.add(group) if line[0] == "+" else groups.discard(group)
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass
"""
# The container begins once the guard knows of it, and not if nobody says so.
_GATE = 'read -r go && exec "$@" </dev/null'


class Children:
    """All containers of a run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._stopped = False
        self._guard = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", _GUARD],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def run(
        self,
        words: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: IO[bytes],
        seconds: float | None = None,
    ) -> int:
        """Runs one container to its end.

        Args:
            words: Program and arguments.
            environment: All of its variables.
            folder: Its working directory.
            log: Takes what it prints.
            seconds: When to end it, None for never.

        Returns:
            Its exit code; negative for a signal.

        Raises:
            OSError: It cannot be started. A program that is not there is code 127.
        """
        with self._lock:
            if self._stopped:
                return -signal.SIGINT
            process = subprocess.Popen(
                ["/bin/sh", "-c", _GATE, "sh", *words],
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._processes[process.pid] = process
            _tell(self._guard, f"+{process.pid}")
            _tell(process, "go")
            assert process.stdin is not None
            process.stdin.close()
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            log.write(b"\nended: it ran for longer than activeDeadlineSeconds\n")
            return -signal.SIGKILL
        finally:
            _kill(process.pid)
            process.wait()
            with self._lock:
                self._processes.pop(process.pid, None)
                _tell(self._guard, f"-{process.pid}")

    def stop(self) -> None:
        """Ends every container, and lets none start any more; asks first."""
        with self._lock:
            self._stopped = True
            left = dict(self._processes)
        for pid in left:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGTERM)
        for process in left.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_SECONDS)
        for pid in left:
            _kill(pid)

    @property
    def stopped(self) -> bool:
        """True after `stop`."""
        return self._stopped

    def close(self) -> None:
        """Lets the guard go."""
        with suppress(OSError):
            if self._guard.stdin is not None:
                self._guard.stdin.close()
        self._guard.wait()


def _tell(process: subprocess.Popen[bytes], line: str) -> None:
    with suppress(OSError):
        assert process.stdin is not None
        process.stdin.write(f"{line}\n".encode())
        process.stdin.flush()


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
