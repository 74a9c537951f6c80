"""Files of the project in the image, of which a spec knows path and digest."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from tidegate.errors import SecurityError, TidegateError, raise_all
from tidegate.runners.kubeflow.invocation import PROJECT
from tidegate.runners.kubeflow.project_files import PROJECT_VARIABLE, digest

_MODULE_FILE, _MODULE_PATH = "module_file", "module_path"
_MORE_OF_A_NAME = r"(?![\w.-])"


def project_folder(environment: Mapping[str, str]) -> Path:
    """The folder that the image has the project in."""
    return Path(environment.get(PROJECT_VARIABLE) or Path.cwd()).absolute()


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Within it, relative paths start from the project, as in an image of ours.

    Whatever the image's working directory is, a parameter such as `data/*.csv` then
    means the same files.
    """
    if not folder.is_dir():
        yield
        return
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def resolved(
    properties: Mapping[str, Any], files: Mapping[str, str], folder: Path
) -> dict[str, Any]:
    """The properties with paths in this image, once its files have been checked.

    Args:
        properties: Execution properties with `project://` paths.
        files: Path in the project to digest.
        folder: The project.

    Raises:
        SecurityError: A file is not the one that the spec was compiled with.
    """
    raise_all(
        "the image does not have the files of the spec",
        [
            error
            for path, expected in sorted(files.items())
            if (error := _fault(folder, path, expected)) is not None
        ],
    )
    listed = sorted(files)
    return {
        name: _with_paths(value, listed, folder) for name, value in properties.items()
    }


def make_importable(folder: Path, *, first: bool = False) -> None:
    """Lets this process and its children import modules of the folder.

    Args:
        folder: Where the modules are.
        first: Whether they come before what is installed, as those of the folder
            do in which Python is started, and not after it, as TFX has user code.
    """
    text = str(folder)
    if text in sys.path:
        return
    sys.path.insert(0 if first else len(sys.path), text)
    known = [one for one in (os.environ.get("PYTHONPATH"),) if one]
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [text, *known] if first else [*known, text]
    )


def hand_over_user_code(properties: dict[str, Any]) -> dict[str, Any]:
    """The properties by which TFX imports a module instead of loading its file.

    Loaded by its file, a module could not import those beside it.
    """
    file = properties.get(_MODULE_FILE)
    if not isinstance(file, str) or not file.endswith(".py") or "://" in file:
        return properties
    make_importable(Path(file).parent)
    return {**properties, _MODULE_FILE: None, _MODULE_PATH: Path(file).stem}


def _fault(folder: Path, path: str, expected: str) -> TidegateError | None:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        return SecurityError(
            "a file of the project lies outside of it",
            where=path,
            expected="a path within the project",
            fix="compile the pipeline again, with its files in the project",
        )
    try:
        found = digest(folder / path)
    except OSError as error:
        found = error.strerror or type(error).__name__
    if found == expected:
        return None
    return SecurityError(
        "the image was built from other files than the spec",
        where=str(folder / path),
        expected=f"content with SHA-256 {expected[:12]}…",
        got=f"{found[:12]}…" if len(found) == len(expected) else found,
        fix="build the image from the commit that the spec was compiled from, "
        "or compile again",
    )


def _with_paths(value: Any, files: list[str], folder: Path) -> Any:
    if isinstance(value, dict):
        return {key: _with_paths(one, files, folder) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_paths(one, files, folder) for one in value]
    if not isinstance(value, str) or PROJECT not in value:
        return value
    if value.lstrip()[:1] in ("{", "["):
        try:
            return json.dumps(_with_paths(json.loads(value), files, folder))
        except ValueError:
            pass
    for path in files:
        pattern = re.escape(PROJECT + path) + _MORE_OF_A_NAME
        here = str(folder / path).replace("\\", r"\\")
        value = re.sub(pattern, here, value)
    if PROJECT in value:
        raise SecurityError(
            "a file of the project is used whose digest the spec does not have",
            where=value[:200],
            expected=f"one of {', '.join(files) or 'none'}",
            fix="compile the pipeline again",
        )
    return value
