"""What fails in the user's own code, told by its file and line."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from tidegate.errors import UsageError

_FUNCTION = "preprocessing_fn"
_LONGEST = 300


def demand_works(
    error: Exception, function: Callable[..., Any], features: Iterable[str]
) -> None:
    """Returns if the error did not come through the user's file.

    Args:
        error: What was raised while the function was traced.
        function: The preprocessing_fn.
        features: Names of its inputs.

    Raises:
        UsageError: It did; says where, in the last of the user's lines.
    """
    file = _file_of(function)
    lines = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == file
    ]
    if not lines:
        return
    last = lines[-1]
    raise UsageError(
        f"{_FUNCTION} fails: {last.line}",
        # A packaged module lies in a folder that is gone by now.
        where=f"{os.path.basename(last.filename)}:{last.lineno}, in {last.name}",
        expected=_expected(error, features),
        got=f"{type(error).__name__}: {_said(error)}",
        fix="correct that line",
    ) from error


def demand_found(
    find: Callable[[], Callable[..., Any]], module: str
) -> Callable[..., Any]:
    """The function that `find` gives.

    Args:
        find: Looks the user's function up.
        module: What it is looked up in, as the component was told.

    Raises:
        UsageError: It is not there, or its module cannot be imported.
    """
    try:
        return find()
    except Exception as error:
        raise UsageError(
            f"{_FUNCTION} cannot be imported",
            where=module,
            expected=f"a module that can be imported and has a {_FUNCTION}",
            got=f"{type(error).__name__}: {_said(error)}",
            fix="correct module_file or preprocessing_fn of Transform, or the module",
        ) from error


def _file_of(function: Any) -> str | None:
    """The file of a function, which TFX wraps where there is a custom_config."""
    code = getattr(getattr(function, "func", function), "__code__", None)
    return getattr(code, "co_filename", None)


def _expected(error: Exception, features: Iterable[str]) -> str | None:
    if not isinstance(error, KeyError):
        return None
    return "the schema has: " + ", ".join(sorted(features))


def _said(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [""])[-1][:_LONGEST]
