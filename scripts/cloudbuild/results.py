"""How a build and its steps went, in Cloud Build's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

QUEUED, WORKING, SUCCESS = "QUEUED", "WORKING", "SUCCESS"
FAILURE, TIMEOUT, CANCELLED = "FAILURE", "TIMEOUT", "CANCELLED"
INTERNAL_ERROR = "INTERNAL_ERROR"


@dataclass
class StepResult:
    """How one step went.

    Attributes:
        name: Its id, or `#n`.
        status: As Cloud Build names it.
        seconds: How long it ran.
        exit_code: None where it did not end by itself.
        started: Seconds after the start of the build; None if it never was.
        output: What it wrote to $BUILDER_OUTPUT/output.
        log: File of what it said.
    """

    name: str
    status: str = QUEUED
    seconds: float = 0.0
    exit_code: int | None = None
    started: float | None = None
    output: bytes = b""
    log: Path | None = None


@dataclass
class BuildResult:
    """How a build went.

    Attributes:
        status: As Cloud Build names it.
        detail: What ended it; empty for SUCCESS.
        seconds: From the first step to the end.
        steps: In the order of the file.
        images: Name and digest of each of the build's `images`.
    """

    status: str
    detail: str
    seconds: float
    steps: list[StepResult]
    images: list[tuple[str, str]] = field(default_factory=list)
