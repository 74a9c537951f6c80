"""Local paths in execution properties, made into paths of the project."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tidegate.runners.kubeflow.invocation import PROJECT
from tidegate.runners.kubeflow.project_files import digest

_LONGEST = 4096
# Beside a module file TFX ships all other modules, so that any may matter.
_MODULE = ".py"
# Properties that name a folder to read; others may name one to write to.
_FOLDERS = frozenset({"reference"})


class ProjectPaths:
    """Replaces paths of files in the project, and remembers their digests.

    Args:
        root: The project's folder.

    Attributes:
        files: Path in the project of each file that was found, to its digest.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.files: dict[str, str] = {}

    def replaced(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The properties, with `project://…` for each file that is in the project."""
        return {
            name: self._folder(value) if name in _FOLDERS else self._value(value)
            for name, value in properties.items()
        }

    def _folder(self, value: Any) -> Any:
        if not isinstance(value, str) or not Path(value).is_absolute():
            return value
        path = Path(value)
        if not path.is_dir() or not path.resolve().is_relative_to(self.root):
            return value
        inside = path.resolve().relative_to(self.root).as_posix()
        self.files[inside] = digest(path)
        return PROJECT + inside

    def _value(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value[:1] in ("{", "["):
            return self._json(value)
        return self._path(value)

    def _json(self, text: str) -> str:
        try:
            parsed = json.loads(text)
        except ValueError:
            return text
        replaced = _walked(parsed, self._value)
        if replaced == parsed:
            return text
        return json.dumps(replaced, sort_keys=True)

    def _path(self, text: str) -> str:
        if not 0 < len(text) < _LONGEST or "://" in text or "\n" in text:
            return text
        inside = self._inside(text)
        if inside is not None:
            self._pin(inside)
            return PROJECT + inside
        # Where something is said, for people: nobody opens it.
        name, colon, line = text.rpartition(":")
        inside = self._inside(name) if line.isdigit() else None
        return text if inside is None else inside + colon + line

    def _inside(self, text: str) -> str | None:
        """Path in the project of a file that is there; None for all else."""
        path = Path(text)
        try:
            if not path.is_absolute() or not path.is_file():
                return None
            return path.resolve().relative_to(self.root).as_posix()
        except (OSError, ValueError):
            return None

    def _pin(self, inside: str) -> None:
        self.files[inside] = digest(self.root / inside)
        if inside.endswith(_MODULE):
            folder = str(Path(inside).parent.as_posix())
            self.files[folder] = digest(self.root / folder)


def _walked(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _walked(one, change) for key, one in value.items()}
    if isinstance(value, list):
        return [_walked(one, change) for one in value]
    return change(value)
