"""A pipeline folder: `pipeline.py`, `config.py` and `config.yaml` side by side.

The folder is a Python package. It is imported under its full dotted name, so
that `from .config import Config` works and a module is never loaded twice.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tidegate.config import CONFIG_FILE, PipelineConfig, load_config
from tidegate.documents import near_miss
from tidegate.errors import TidegateError, UsageError

PIPELINE_FILE = "pipeline.py"


@dataclass(frozen=True)
class PipelineFolder:
    """A folder that holds one pipeline.

    Attributes:
        path: Absolute path of the folder.
        root: The folder from which its package name counts.
        package: Dotted name of the folder as a package.
    """

    path: Path
    root: Path
    package: str

    @classmethod
    def find(cls, path: Path) -> PipelineFolder:
        """The pipeline folder at `path`.

        Raises:
            UsageError: There is none, or a file of it is missing.
        """
        folder = path.absolute()
        if folder.name == PIPELINE_FILE:
            folder = folder.parent
        if not folder.is_dir():
            raise UsageError(
                "no such pipeline folder",
                where=str(path),
                got=_similar(folder),
                fix="name a folder with a pipeline.py, or make one: tidegate init NAME",
            )
        needed = (PIPELINE_FILE, CONFIG_FILE, "__init__.py")
        missing = [name for name in needed if not (folder / name).is_file()]
        if missing:
            raise UsageError(
                f"not a pipeline folder: it has no {', '.join(missing)}",
                where=str(path),
                expected="__init__.py, pipeline.py and config.yaml",
                got=", ".join(sorted(p.name for p in folder.iterdir())[:8]) or "empty",
                fix="name a pipeline folder, or make one: tidegate init NAME",
            )
        parts = [folder.name]
        root = folder.parent
        while (root / "__init__.py").is_file():
            parts.insert(0, root.name)
            root = root.parent
        return cls(folder, root, ".".join(parts))

    def config(self, overrides: Mapping[str, Any] | None = None) -> PipelineConfig:
        """The folder's settings, of the `Config` class in its `config.py`."""
        model: type[PipelineConfig] = PipelineConfig
        if (self.path / "config.py").is_file():
            model = self._attribute("config", "Config")
        return load_config(self.path / CONFIG_FILE, model, overrides)

    def create_components(self) -> Callable[[PipelineConfig], list[Any]]:
        """The function in `pipeline.py` that builds the nodes. Imports TFX."""
        function: Callable[[PipelineConfig], list[Any]] = self._attribute(
            "pipeline", "create_components"
        )
        return function

    def _attribute(self, module_name: str, name: str) -> Any:
        module = self._import(module_name)
        try:
            return getattr(module, name)
        except AttributeError:
            raise UsageError(
                f"{module_name}.py does not define {name}",
                where=str(self.path / f"{module_name}.py"),
                expected=name,
                got=near_miss(name, vars(module)) or "no such name",
                fix=f"define {name} in it; `tidegate init NAME` shows an example",
            ) from None

    def _import(self, module_name: str) -> ModuleType:
        if str(self.root) not in sys.path:
            sys.path.insert(0, str(self.root))
        file = self.path / f"{module_name}.py"
        try:
            module = importlib.import_module(f"{self.package}.{module_name}")
        except TidegateError:
            raise
        except Exception as error:
            raise UsageError(
                f"{module_name}.py cannot be imported: {error}",
                where=_line_in(error, file),
                got=type(error).__name__,
                fix="mend the module; the log has the whole traceback",
            ) from error
        if module.__file__ is None or not Path(module.__file__).samefile(file):
            raise UsageError(
                f"another package named {self.package} is in the way",
                where=str(file),
                got=str(module.__file__),
                fix="give the pipeline folder another name",
            )
        return module


def _line_in(error: Exception, file: Path) -> str:
    """The last line of `file` on the error's traceback, as file:line."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(file)]
    return f"{file}:{lines[-1]}" if lines else str(file)


def _similar(folder: Path) -> str | None:
    if not folder.parent.is_dir():
        return f"{folder.parent} does not exist either"
    names = [p.name for p in folder.parent.iterdir() if p.is_dir()]
    near = near_miss(folder.name, names)
    return f"did you mean {near}?" if near else None
