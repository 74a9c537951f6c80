"""Keeps pandas out of a command that has no use for it.

Arrow and DuckDB import it to see whether they were given a data frame. Nothing
here gives them one, yet the import takes half a second, a quarter of the time
that a verdict on a file of 35 MB takes.
"""

from __future__ import annotations

import sys
import types


def without_pandas() -> None:
    """Makes pandas look as if it were not installed, for the rest of the process.

    For commands of our own that run no code of a user. Nothing happens if it is
    loaded already.
    """
    modules: dict[str, types.ModuleType | None] = sys.modules  # type: ignore[assignment]
    modules.setdefault("pandas", None)
