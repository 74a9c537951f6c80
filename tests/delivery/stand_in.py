"""A container engine that remembers what it was told, for tests."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

DIGEST = "sha256:" + 64 * "a"
ENGINE = """#!{python}
import json, os, sys
from pathlib import Path

state = Path({state!r})
said = json.loads(state.read_text())
words = sys.argv[1:]
said["calls"].append(words)
said["buildkit"] = os.environ.get("DOCKER_BUILDKIT")
tags = said["tags"]
code = 0
if words[0] in said["fails"]:
    print("no such luck", file=sys.stderr)
    code = 1
elif words[0] == "push":
    tags[words[1]] = {digest!r}
elif words[0] == "inspect":
    name = words[-1].rsplit(":", 1)[0]
    print(json.dumps([one.format(name=name) for one in said["digests"]]))
state.write_text(json.dumps(said))
sys.exit(code)
"""


@dataclass(frozen=True)
class Engine:
    """The state of the stand-in."""

    state: Path

    def _read(self) -> dict[str, object]:
        said: dict[str, object] = json.loads(self.state.read_text())
        return said

    @property
    def calls(self) -> list[list[str]]:
        """Every command, without the name of the engine."""
        calls = self._read()["calls"]
        assert isinstance(calls, list)
        return calls

    def has(self, **values: object) -> None:
        """Changes what the engine answers."""
        self.state.write_text(json.dumps({**self._read(), **values}))

    @property
    def said(self) -> dict[str, object]:
        """All that is remembered."""
        return self._read()


def engine_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A `docker` in a folder that comes first on the path."""
    state = folder / "engine.json"
    digests = ["{name}@" + DIGEST]
    start = {"calls": [], "tags": {}, "fails": [], "digests": digests}
    state.write_text(json.dumps(start))
    program = folder / "docker"
    program.write_text(
        ENGINE.format(python=sys.executable, state=str(state), digest=DIGEST)
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return Engine(state)
