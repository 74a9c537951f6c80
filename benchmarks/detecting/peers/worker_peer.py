"""A tool in an environment of its own, spoken to through its standard streams."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa

from detecting.peers.environment import Environment, make_environment
from detecting.peers.peer import CERTAIN, Judged
from detecting.peers.per_table import PerTable
from detecting.peers.workers.serving import read_frame, write_frame

_BENCHMARKS = Path(__file__).resolve().parents[2]
# One thread, so that CPU seconds compare; and nobody is told of the runs.
_SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
    "DO_NOT_TRACK": "1",
    "PYTHONWARNINGS": "ignore",
}


class WorkerError(RuntimeError):
    """The worker ended, or could not take the history."""


class WorkerPeer:
    """Speaks to one worker process; start-up waits for the first `fit`.

    A tool that raises when it judges has alarmed in its own way: that counts as
    certain, and `failures` tells how often, by the first words of the error.

    Args:
        name: What the tables of results call it.
        command: What the worker's Python runs, seen from benchmarks/.
        environment: Whose Python runs it; made where it is not there.
        window: Of how many of the latest spans it is told; None is all.
        python: The Python instead of the environment's.

    Attributes:
        failures: Errors of `judge`, counted.
        fit_cpu: CPU seconds that the worker took for the last `fit`.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Environment,
        *,
        window: int | None = None,
        python: Path | None = None,
    ) -> None:
        self.name = name
        self.failures: Counter[str] = Counter()
        self.fit_cpu = 0.0
        self._command = tuple(command)
        self._environment = environment
        self._window = window
        self._python = python
        self._process: subprocess.Popen[bytes] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it.
        numbers = itertools.count()
        self._keys: PerTable[int] = PerTable(lambda _: next(numbers))
        self._sent: set[int] = set()

    def fit(self, history: Sequence[pa.Table], starts: Sequence[date]) -> None:
        """Takes the accepted spans; sends those that the worker has not.

        Raises:
            WorkerError: The tool cannot take them.
        """
        chosen = list(history if self._window is None else history[-self._window :])
        keys = [self._keys.of(table) for table in chosen]
        new = {
            key: table
            for key, table in zip(keys, chosen, strict=True)
            if key not in self._sent
        }
        answer = self._ask("fit", keys, new)
        if "error" in answer:
            raise WorkerError(f"{self.name}: {answer['error']}\n{self._last_words()}")
        self.fit_cpu = float(answer["cpu"])
        self._sent = set(keys)

    def judge(self, table: pa.Table) -> Judged:
        """What the tool says of the span after the history."""
        answer = self._ask("judge", [-1], {-1: table})
        cpu = float(answer["cpu"])
        if "error" in answer:
            self.failures[str(answer["error"])[:80]] += 1
            return Judged(CERTAIN, True, (), cpu)
        ranking = tuple(answer["ranking"])
        return Judged(float(answer["score"]), bool(answer["alarm"]), ranking, cpu)

    def close(self) -> None:
        """Ends the worker."""
        if self._process is not None:
            self._end(self._process)
        self._process = None
        self._sent = set()
        self._log.close()

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def __enter__(self) -> WorkerPeer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(
        self, call: str, keys: list[int], tables: dict[int, pa.Table]
    ) -> dict[str, Any]:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        message = {"call": call, "keys": keys, "tables": list(tables)}
        try:
            write_frame(process.stdin, json.dumps(message).encode())
            for table in tables.values():
                write_frame(process.stdin, _as_stream(table))
            process.stdin.flush()
            answer = read_frame(process.stdout)
        except BrokenPipeError:
            answer = None
        if answer is None:
            self._end(process)  # Its last words come before its end.
            raise WorkerError(f"{self.name}: the worker ended\n{self._last_words()}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            python = self._python or make_environment(self._environment)
            settings = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
            self._process = subprocess.Popen(
                [str(python), *self._command],
                cwd=_BENCHMARKS,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=settings | _SETTINGS,
            )
        return self._process

    def _last_words(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - 2000))
        return self._log.read().decode(errors="replace")


def _as_stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
