"""Where a history is: a local folder, or a URL."""

from __future__ import annotations

from pathlib import Path

from tidegate.places import Place as Root
from tidegate.places import Words, place_of

__all__ = ["Root", "root_of"]

_WORDS = Words(
    name="the history",
    file="span",
    example="span-01.parquet",
    fix="name the folder that holds the accepted spans",
)


def root_of(where: str | Path | Root) -> Root:
    """The place of a path or URL.

    Raises:
        UsageError: It is a URL that nothing here can read.
    """
    return place_of(where, _WORDS)
