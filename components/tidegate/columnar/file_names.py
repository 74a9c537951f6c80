"""Names of files in reports: short, printable and unique."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tidegate.columnar.formats import shown


def names(files: Sequence[Path]) -> list[str]:
    """A short name for each file, unique among them: its base name if it can be."""
    short = [path.name for path in files]
    if len(set(short)) == len(short):
        return short
    common = os.path.commonpath([path.absolute().parent for path in files])
    return [os.path.relpath(path.absolute(), common) for path in files]


def printable_names(files: Sequence[Path]) -> list[str]:
    """A name for each file that can be printed, unique among them."""
    found = [shown(name) for name in names(files)]
    counts = Counter(found)
    return [
        f"{name} ({place})" if counts[name] > 1 else name
        for place, name in enumerate(found, 1)
    ]
