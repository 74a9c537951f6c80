"""The SavedModel that is to be pushed, found and held to be whole."""

from __future__ import annotations

from pathlib import Path

from tidegate.columnar.formats import shown
from tidegate.errors import UsageError
from tidegate.ledger.digests import files_of
from tidegate.saved_model.wholeness import GRAPH, is_whole_graph, lacking

# Where a Model artifact has its SavedModel.
_SERVING = "Format-Serving"


def demand_whole(model: Path) -> Path:
    """The folder of a SavedModel that is whole.

    Args:
        model: The folder, or a Model artifact that holds one.

    Raises:
        UsageError: There is none, or it lacks a file.
        SecurityError: It holds links.
    """
    inside = model / _SERVING
    folder = inside if inside.is_dir() and not (model / GRAPH).exists() else model
    if not folder.is_dir():
        raise _not_whole(model, "no such folder")
    files = files_of(folder)
    fault = lacking(files)
    if fault is not None:
        raise _not_whole(folder, f"it lacks {fault}")
    if GRAPH in files:
        with files[GRAPH].open("rb") as stream:
            if not is_whole_graph(stream, files[GRAPH].stat().st_size):
                raise _not_whole(folder, f"it lacks the end of {GRAPH}")
    return folder


def _not_whole(folder: Path, got: str) -> UsageError:
    return UsageError(
        "only a whole SavedModel can be pushed",
        where=shown(str(folder)),
        expected=f"a folder with {GRAPH} and all its variables",
        got=got,
        fix="export the model again",
    )
