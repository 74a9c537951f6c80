"""Rules that users write in Python: found, taken along as text, and run.

The text of the module travels with the suite, so that a rule runs on machines
that do not have its file. Whatever goes wrong in it is the suite's fault and
becomes a failed test: a rule must never end the run with a traceback, and its
messages, which may quote rows, never reach a report.
"""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tidegate.data_tests.catalogue.base import NO_ROWS, ConditionError, Rows, where
from tidegate.documents import near_miss
from tidegate.errors import SecurityError, UsageError

NAMED = re.compile(r"(?P<file>[^:\x00]+\.py):(?P<function>[A-Za-z_]\w*)")
_LARGEST = 1_000_000
# Python's parser gives up on what is nested too deep in one of these ways.
_NO_PYTHON = (SyntaxError, ValueError, MemoryError, RecursionError)
_NO_COLUMN = re.compile(r'Field "(.+)" does not exist')


class RuleError(ConditionError):
    """A rule in Python broke, or gave what is no mask of its rows."""

    fix = "correct the rule; it gets any number of rows, and none in a known order"


def read_source(named: str, folder: Path) -> str:
    """Text of the module that a rule is in; it is not run here.

    Args:
        named: `rules.py:function`.
        folder: Folder that the file's path starts from.

    Raises:
        UsageError: The file is not there, is no Python, or lacks the function.
        SecurityError: The file is not in the folder.
    """
    file, _, function = named.rpartition(":")
    path = folder / file
    _demand_inside(path, folder, file)
    try:
        content = _content(path)
    except OSError as error:
        raise _wrong(
            f"the rules in {file} cannot be read",
            got=error.strerror or type(error).__name__,
            fix=f"write {path}, or correct its path, which starts from the suite",
        ) from None
    if len(content) > _LARGEST:
        raise _wrong(f"{file} is too large", f"at most {_LARGEST:,} bytes")
    try:
        source = content.decode("utf-8-sig")
        tree = ast.parse(source, file)
    except UnicodeDecodeError:
        raise _wrong(f"{file} is not UTF-8", fix="save it as UTF-8") from None
    except _NO_PYTHON as error:
        line = getattr(error, "lineno", None)
        raise _wrong(
            f"{file} is not valid Python",
            got=(getattr(error, "msg", str(error)) or "too deep an expression")
            + (f", line {line}" if line else ""),
        ) from None
    names = [n.name for n in tree.body if isinstance(n, ast.FunctionDef)]
    names += [t.id for t in _assigned(tree) if isinstance(t, ast.Name)]
    if function not in names:
        near = near_miss(function, names)
        raise _wrong(
            f"{file} has no function {function}"
            + (f", did you mean {near}?" if near else ""),
            expected=f"def {function}(table: pyarrow.Table) at its top level",
            got=", ".join(names) or "no function",
        )
    return source


def bad_rows(named: str, source: str, table: pa.Table) -> Rows:
    """Numbers of the bad rows of a table, by a rule, ascending.

    Args:
        named: `rules.py:function`.
        source: Text of the module.
        table: Some rows; the rule must not depend on others.

    Raises:
        RuleError: It broke; says where, and not with which value.
    """
    if not table.num_rows:
        return NO_ROWS
    file, _, function = named.rpartition(":")
    try:
        rule = _module(file, source)[function]
        return _rows_of(rule(table), table.num_rows, function)
    except (RuleError, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit among them: no rule ends the run.
        raise RuleError(_told(error, file, source)) from None


def columns_named(source: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Columns whose names stand as text in a module: those that it may look at."""
    words = {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return tuple(name for name in names if name in words)


@lru_cache(maxsize=32)
def _module(file: str, source: str) -> dict[str, Callable[[pa.Table], Any]]:
    # A namespace of its own: rules of two suites may have the same names.
    module = types.ModuleType(Path(file).stem)
    module.__file__ = file
    exec(compile(source, file, "exec"), module.__dict__)
    return module.__dict__


def _rows_of(found: object, rows: int, function: str) -> Rows:
    arrow = isinstance(found, (pa.Array, pa.ChunkedArray))
    mask: Any = found if arrow else np.asarray(found)
    if not arrow and mask.ndim != 1:
        raise RuleError(f"{function} gave a {type(found).__name__}, not a mask of rows")
    kind = mask.type if arrow else mask.dtype
    if not (pa.types.is_boolean(kind) if arrow else kind == np.bool_):
        raise RuleError(f"{function} gave values of {kind}, not true or false")
    if len(mask) != rows:
        raise RuleError(f"{function} gave {len(mask):,} values for {rows:,} rows")
    return where(mask) if arrow else np.flatnonzero(mask)


def _told(error: BaseException, file: str, source: str) -> str:
    """The kind of an error and its line, without its message: it may quote a row."""
    line, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            line = step.tb_lineno
        step = step.tb_next
    place = file if line is None else f"{file}:{line}"
    try:
        column = _column(error, source)
    except Exception:  # An error of the user's own may break when looked at.
        column = ""
    return f"{type(error).__name__} in {place}{column}"


def _column(error: BaseException, source: str) -> str:
    """The column that is not there, if the rule itself names it."""
    if not isinstance(error, KeyError) or not error.args:
        return ""
    text = str(error.args[0])
    found = _NO_COLUMN.search(text)
    name = found[1] if found else text
    return f": no column {name}" if columns_named(source, (name,)) else ""


def _assigned(tree: ast.Module) -> list[ast.expr]:
    return [t for n in tree.body if isinstance(n, ast.Assign) for t in n.targets]


def _demand_inside(path: Path, folder: Path, file: str) -> None:
    """Refuses a rule from elsewhere: a suite must not name code to be run at will."""
    if path.resolve().is_relative_to(folder.resolve()):
        return
    raise SecurityError(
        f"the rules in {file} are outside the suite's folder",
        expected=f"a file in {folder}, and no link out of it",
        got=str(path.resolve()),
        fix="move the rules beside the suite",
    )


def _content(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise OSError(0, "it is not a file")  # A pipe would never end.
    with open(path, "rb") as stream:
        return stream.read(_LARGEST + 1)


def _wrong(
    message: str,
    expected: str | None = None,
    got: str | None = None,
    fix: str | None = None,
) -> UsageError:
    return UsageError(message, expected=expected, got=got, fix=fix)
