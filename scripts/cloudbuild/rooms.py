"""The folders of a build, and how each step sees them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from cloudbuild.containers import Container, output_folder
from cloudbuild.stand_ins.calling import STEP
from cloudbuild.substitutions import expand
from cloudbuild.surroundings import (
    BUILDER,
    HOME,
    OUTPUTS,
    SCRIPTS,
    WORKSPACE,
    Bind,
    Surroundings,
    mapped,
)

LARGEST_OUTPUT = 50 * 1024  # bytes of $BUILDER_OUTPUT/output that are kept


class Rooms:
    """What the steps of one build have on this machine.

    Args:
        build: The Build message.
        values: Its substitutions, resolved.
        workspace: The folder that is /workspace.
        folder: Where everything else lies.
        surroundings: What the machine gives.
    """

    def __init__(
        self,
        build: Any,
        values: dict[str, str],
        workspace: Path,
        folder: Path,
        surroundings: Surroundings,
    ) -> None:
        self._build, self._values = build, values
        self._workspace, self._folder = workspace.resolve(), folder.resolve()
        self._surroundings = surroundings

    def prepare(self, containers: list[Container]) -> None:
        """Makes the folders, and writes the scripts of steps."""
        for name in ("home", "outputs", "scripts", "temporary", "volumes", "root"):
            Path(self._folder, name).mkdir(parents=True, exist_ok=True)
        for one in containers:
            Path(self._folder, "outputs", str(one.index)).mkdir(exist_ok=True)
            if one.script is not None:
                path = Path(self._folder, "scripts", str(one.index))
                path.write_text(self._here(one.script, one.index), encoding="utf-8")
                path.chmod(0o755)

    def note(self, index: int) -> Path:
        """Where the supervisor says why a step could not be started."""
        return self._folder / "notes" / str(index)

    def order(self, one: Container) -> dict[str, Any]:
        """What the supervisor is told of a step."""
        name = self._build.steps[one.index].id or f"#{one.index}"
        env = {**self._surroundings.variables, STEP: name, **one.env}
        env.setdefault("PATH", self._surroundings.path())
        return {
            "argv": [self._here(text, one.index) for text in one.argv],
            "env": {key: self._here(text, one.index) for key, text in env.items()},
            "cwd": self._here(one.cwd, one.index),
            "apart": self._surroundings.apart,
            "root": str(self._folder / "root"),
            "binds": [bind.order() for bind in self._binds(one.index)],
        }

    def finish(self, index: int) -> bytes:
        """What the step wrote to its output; its /tmp goes, as a container's does."""
        shutil.rmtree(self._temporary(index), ignore_errors=True)
        path = self._folder / "outputs" / str(index) / "output"
        try:
            with open(path, "rb") as stream:
                return stream.read(LARGEST_OUTPUT)
        except OSError:
            return b""

    def _temporary(self, index: int) -> Path:
        return self._folder / "temporary" / str(index)

    def _binds(self, index: int) -> list[Bind]:
        folder, temporary = self._folder, self._temporary(index)
        temporary.mkdir(parents=True, exist_ok=True)
        temporary.chmod(0o1777)
        outputs = folder / "outputs" / str(index)
        return [
            Bind(temporary, "/tmp", readonly=False),
            Bind(self._workspace, WORKSPACE, readonly=False),
            Bind(folder / "home", HOME, readonly=False),
            Bind(outputs, output_folder(index), readonly=False),
            Bind(folder / "scripts", SCRIPTS),
            *self._surroundings.binds,
            *self._volumes(index),
        ]

    def _volumes(self, index: int) -> list[Bind]:
        """Folders that steps share by name; empty when the build starts."""
        found = []
        volumes = (*self._build.options.volumes, *self._build.steps[index].volumes)
        for volume in volumes:
            source = self._folder / "volumes" / volume.name
            source.mkdir(exist_ok=True)
            path = expand(volume.path, self._values)
            found.append(Bind(source, path, readonly=False))
        return found

    def _here(self, text: str, index: int) -> str:
        """The text as the step sees it: as it is, or with this machine's folders."""
        if self._surroundings.apart:
            return text
        binds = [*self._volumes(index), *self._surroundings.binds]
        return mapped(
            text,
            [
                *((bind.target, bind.source) for bind in binds),
                (WORKSPACE, self._workspace),
                (HOME, self._folder / "home"),
                (OUTPUTS, self._folder / "outputs"),
                (SCRIPTS, self._folder / "scripts"),
                (BUILDER, self._folder),
            ],
        )
