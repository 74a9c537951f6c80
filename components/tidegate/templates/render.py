"""Renders a new pipeline folder from the templates in the wheel."""

from __future__ import annotations

import importlib.util
import keyword
import os
import re
import shutil
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from tidegate.errors import InfrastructureError, UsageError

_SUFFIX = ".j2"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


def create(name: str, parent: Path) -> Path:
    """Creates the pipeline folder `parent / name`, whole or not at all.

    Args:
        name: Name of the pipeline and its folder: a Python package name.
        parent: Folder in which to create it.

    Returns:
        The new folder.

    Raises:
        UsageError: The name cannot be used, or the folder exists already.
        InfrastructureError: The folder cannot be written.
    """
    _check_name(name)
    target = parent / name
    if target.exists():
        raise UsageError(
            "it exists already, and nothing is overwritten",
            where=str(target),
            fix=f"choose another name, or move {target} away",
        )
    try:
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=parent) as temporary:
            made = Path(temporary) / name
            _render(name, made)
            os.rename(made, target)
    except OSError as error:
        raise InfrastructureError(
            f"the pipeline folder cannot be written: {error.strerror}",
            where=str(target),
            fix="make the folder writable, or choose another with --into",
        ) from error
    return target


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise UsageError(
            "this name cannot be a Python package",
            where="NAME",
            expected="small letters, digits and underscores, a letter first",
            got=name,
            fix=f"tidegate init {_suggestion(name)}",
        )
    if importlib.util.find_spec(name) is not None:
        raise UsageError(
            "a Python package of this name is installed already",
            where="NAME",
            got=name,
            fix=f"tidegate init {name}_pipeline",
        )


def _suggestion(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")[:40]
    return f"{plain or 'my'}_pipeline" if keyword.iskeyword(plain) else plain or "flow"


def _render(name: str, target: Path) -> None:
    environment = Environment(
        undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    with as_file(files("tidegate.templates") / "pipeline") as source:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    for template in sorted(target.rglob(f"*{_SUFFIX}")):
        text = template.read_text(encoding="utf-8")
        rendered = environment.from_string(text).render(name=name)
        template.with_suffix("").write_text(rendered, encoding="utf-8")
        template.unlink()
    training = target / "user_code" / "training.py"
    training.rename(training.with_name(f"{name}_training.py"))
