"""What a build gets of this machine: folders, variables, secrets, and how apart it is.

Where mount and process namespaces are allowed (to root, and to all where user
namespaces are on), a step sees `/workspace` and `/builder` as in Cloud Build, and the
rest of the machine's files read-only. Elsewhere the texts `/workspace` and `/builder`
in the build are replaced by the folders that stand for them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

SUPERVISOR = Path(__file__).with_name("supervising.py")
WORKSPACE, BUILDER = "/workspace", "/builder"
HOME, OUTPUTS, SCRIPTS = "/builder/home", "/builder/outputs", "/builder/scripts"


@dataclass(frozen=True)
class Bind:
    """A folder or file of this machine that a step sees at a path.

    Attributes:
        source: What it is here.
        target: Its path within the step.
        readonly: Whether the step may only read it.
    """

    source: Path
    target: str
    readonly: bool = True

    def order(self) -> dict[str, Any]:
        """As the supervisor takes it."""
        return {
            "source": str(self.source),
            "target": self.target,
            "readonly": self.readonly,
        }


@dataclass(frozen=True)
class Surroundings:
    """What is given to every step of a build.

    Attributes:
        apart: Whether steps run in namespaces of their own.
        variables: Environment that the machine gives, such as places of caches;
            what the build file says wins.
        binds: What else of the machine is there.
        programs: Folders before all others on PATH: the stand-ins.
        secrets: Values by the name or version name of the secret.
    """

    apart: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    binds: tuple[Bind, ...] = ()
    programs: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def path(self) -> str:
        """PATH of a step: the stand-ins, then the machine's own programs."""
        ours = os.environ.get("VIRTUAL_ENV")
        own = [
            folder
            for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)
            if folder and not (ours and Path(folder) == Path(ours, "bin"))
        ]
        return os.pathsep.join([*self.programs, *own])


def supervise(**streams: Any) -> subprocess.Popen[bytes]:
    """A supervisor, waiting for its order on standard input."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(SUPERVISOR)],
        stdin=subprocess.PIPE,
        # A Ctrl-C in the terminal is the harness's to hear.
        start_new_session=True,
        **streams,
    )


def send(process: subprocess.Popen[bytes], order: Mapping[str, Any]) -> None:
    """Hands the order over; the stream stays open as the line of life."""
    assert process.stdin is not None
    process.stdin.write(json.dumps(order).encode() + b"\n")
    process.stdin.flush()


@cache
def why_not_apart() -> str | None:
    """Why steps cannot have namespaces here; None where they can."""
    if sys.platform != "linux":
        return "only Linux has them"
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder, "note")
        order = {
            "argv": ["true"],
            "env": {"PATH": os.environ.get("PATH", os.defpath)},
            "cwd": WORKSPACE,
            "apart": True,
            "root": folder,
            "note": str(note),
            "binds": [Bind(Path(folder), WORKSPACE, readonly=False).order()],
        }
        process = supervise(stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        send(process, order)
        assert process.stderr is not None
        assert process.stdin is not None
        with process.stderr, process.stdin:
            said = process.stderr.read()
            code = process.wait()
        if code == 0:
            return None
        reason = note.read_text() if note.exists() else said.decode(errors="replace")
        return reason.strip() or f"a trial ended with {code}"


def mapped(text: str, places: Iterable[tuple[str, Path]]) -> str:
    """The text with Cloud Build's folders replaced by those that stand for them."""
    for name, folder in places:
        text = text.replace(name, str(folder))
    return text
