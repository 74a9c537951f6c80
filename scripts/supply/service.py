"""Asks a service of advisories about every pin, by pip-audit."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from supply.locks import Pin, rounds
from tidegate.errors import InfrastructureError

OSV = "https://api.osv.dev/v1/query"
SECONDS = 1200


def ask(wanted: Iterable[Pin], url: str = OSV) -> Mapping[str, Any]:
    """pip-audit's JSON about the pins.

    Every pin is asked about, also those for other Pythons and machines, so markers
    are left out: pip-audit passes over what its own Python would not install.

    Args:
        wanted: Pins of any number of locks.
        url: Where a service answers queries of the OSV schema.

    Raises:
        InfrastructureError: No whole answer came. That is never a pass.
    """
    answered = [
        each for group in rounds(wanted) for each in _asked(group, url)["dependencies"]
    ]
    return {"dependencies": answered}


def _asked(group: Iterable[Pin], url: str) -> Mapping[str, Any]:
    with tempfile.TemporaryDirectory(prefix="tidegate-audit-") as within:
        folder = Path(within)
        path, answer = folder / "requirements.txt", folder / "answer.json"
        path.write_text("".join(pin.line() for pin in group), encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--vulnerability-service=osv"]
        command += [f"--osv-url={url}", "--require-hashes", "--disable-pip", "--strict"]
        command += ["--format=json", "--desc=on", "--aliases=on"]
        command += ["--progress-spinner=off", f"--cache-dir={folder / 'cache'}"]
        command += [f"--output={answer}", f"--requirement={path}"]
        return _answer(command, answer, url)


def _answer(command: list[str], path: Path, url: str) -> Mapping[str, Any]:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        words = done.stderr.strip().splitlines()[-1:] or [f"exit {done.returncode}"]
        # 1 is both "advisories found" and "broken": only the first writes an answer.
        if done.returncode in (0, 1) and path.exists():
            answer = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(answer, dict) and "dependencies" in answer:
                return answer
    except subprocess.TimeoutExpired:
        words = [f"no answer within {SECONDS} s"]
    except ValueError:
        words = ["its answer was cut short"]
    raise InfrastructureError(
        "the service of advisories gave no whole answer, so nothing is known",
        where=url,
        got=words[0][:300],
        fix="try again, or ask another service of that kind: make audit OSV_URL=…",
    )
