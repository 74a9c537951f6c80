"""Tells how builds go, for a person at a terminal or in a log."""

from __future__ import annotations

import json
import re
import shlex
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cloudbuild.logs import last_lines
from cloudbuild.results import SUCCESS, WORKING, BuildResult, StepResult

SIGNS = {SUCCESS: "✓", WORKING: "…", "QUEUED": "·", "CANCELLED": "·"}
SHOWN_LINES = 25
_HEX = re.compile(r"\b[0-9a-f]{40,64}\b")
_lock = threading.Lock()


def tell(step: StepResult) -> None:
    """A line for a step that started or ended."""
    if step.status == WORKING:
        say(f"  … {step.name}")
    else:
        say(f"  {line(step)}")


def line(step: StepResult) -> str:
    """How a step went."""
    sign = SIGNS.get(step.status, "✗")
    code = f" (exit {step.exit_code})" if step.exit_code else ""
    return f"{sign} {step.name:<22} {step.seconds:6.1f} s  {step.status}{code}"


def tell_end(result: BuildResult) -> None:
    """How a build went, and what a failed step said last."""
    said = f": {short(result.detail)}" if result.detail else ""
    say(f"  {result.status} after {result.seconds:.0f} s{said}")
    for step in result.steps:
        if step.status not in (SUCCESS, "QUEUED", "CANCELLED") and step.log:
            say(f"  ── the last of {step.log}")
            for text in last_lines(step.log, SHOWN_LINES):
                say(f"  │ {text}")


def tell_calls(calls: Iterable[Mapping[str, Any]]) -> None:
    """The calls that the cloud would have got."""
    for call in calls:
        why = call["refused"] or call["absent"]
        sign = "✗" if call["refused"] else "✓"
        words = short(shlex.join([call["program"], *call["argv"]]))
        said = f" → {short(why)}" if why else ""
        say(f"    {sign} {call['step']:<14} {words}{said}")


def short(text: str) -> str:
    """The text with digests and commits cut; the recording has them whole."""
    return _HEX.sub(lambda found: f"{found[0][:7]}…", text)


def say(text: str) -> None:
    """A line, whole although steps end side by side."""
    with _lock:
        print(text, flush=True)


def write_results(result: BuildResult, folder: Path, values: Mapping[str, str]) -> Path:
    """Writes the build as Cloud Build's API shows it; outputs as files, too."""
    outputs = folder / "buildStepOutputs"
    outputs.mkdir(parents=True, exist_ok=True)
    for index, step in enumerate(result.steps):
        if step.output:
            (outputs / f"{index:02d}-{step.name}").write_bytes(step.output)
    said = {
        "status": result.status,
        **({"statusDetail": result.detail} if result.detail else {}),
        "substitutions": {k: v for k, v in sorted(values.items()) if v},
        "steps": [_step(step) for step in result.steps],
        "results": {
            "images": [{"name": n, "digest": d} for n, d in result.images],
            "buildStepOutputs": [
                step.output.decode(errors="replace") for step in result.steps
            ],
        },
        "seconds": round(result.seconds, 2),
    }
    path = folder / "results.json"
    path.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n")
    return path


def _step(step: StepResult) -> dict[str, Any]:
    said: dict[str, Any] = {"id": step.name, "status": step.status}
    if step.started is not None:
        said |= {"started": round(step.started, 2), "seconds": round(step.seconds, 2)}
    if step.exit_code is not None:
        said["exitCode"] = step.exit_code
    return said


def fail(words: str) -> None:
    """Says on standard error what went wrong."""
    print(f"✗ {words}", file=sys.stderr, flush=True)
