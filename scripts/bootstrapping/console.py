"""What set-up says while it works, and how it ends when it cannot."""

from __future__ import annotations

import sys
import time

USAGE = 2
BROKEN = 3
INFRASTRUCTURE = 4


class SetUpError(Exception):
    """Set-up cannot go on: what is missing, and how to get it.

    Args:
        message: What is wrong, in one sentence.
        lines: More, a line each: what was tried, what to do.
        code: Exit code of the command.
    """

    def __init__(
        self, message: str, lines: tuple[str, ...] = (), code: int = INFRASTRUCTURE
    ) -> None:
        super().__init__(message)
        self.message = message
        self.lines = lines
        self.code = code

    def show(self) -> None:
        """Prints the error and its lines on the error stream."""
        print(f"✗ {self.message}", file=sys.stderr)
        for line in self.lines:
            print(f"  {line}", file=sys.stderr, flush=True)


class Progress:
    """One line when a step begins and one when it ends, on the error stream.

    The output stream stays free for the answer, such as a path.
    """

    def __init__(self, step: str, usually: str = "") -> None:
        self.step = step
        self.usually = f" ({usually})" if usually else ""

    def __enter__(self) -> Progress:
        self.start = time.monotonic()
        print(f"… {self.step}{self.usually}", file=sys.stderr, flush=True)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        sign = "✓" if kind is None else "✗"
        seconds = time.monotonic() - self.start
        print(f"{sign} {self.step}: {seconds:.0f} s", file=sys.stderr, flush=True)
