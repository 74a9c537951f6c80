"""Keeps pandas out of a command that has no use for it.

Arrow and DuckDB import it to see whether they were given a data frame. Nothing
here gives them one, yet the import takes half a second, a quarter of the time
that a verdict on a file of 35 MB takes.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import NoReturn

_HIDDEN = "pandas"


class _NotInstalled(MetaPathFinder):
    """Answers that pandas is not there."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == _HIDDEN:
            _refuse(fullname)


def without_pandas() -> None:
    """Makes pandas look as if it were not installed, for the rest of the process.

    For commands of our own that run no code of a user. Nothing happens if it is
    loaded already.
    """
    # Not as None among the loaded modules: what Cython compiled takes that as it is.
    if _HIDDEN not in sys.modules:
        sys.meta_path.insert(0, _NotInstalled())


def _refuse(name: str) -> NoReturn:
    raise ModuleNotFoundError(f"No module named {name!r}", name=name)
