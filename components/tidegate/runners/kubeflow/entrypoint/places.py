"""Local copies of a step's artifacts, and the places in the store that they are of."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tidegate.errors import UsageError
from tidegate.runners.kubeflow.entrypoint.executor_input import Handed
from tidegate.runners.kubeflow.local_copies import local_path

# Where KFP mounts the workspace that the steps of a run share.
_WORKSPACE = "kfp-workspace/.artifacts"
_MORE_OF_A_NAME = r"(?![\w.-])"


class Places:
    """Where artifacts are, here and for people.

    Args:
        above: The folder above KFP's local copies.
    """

    def __init__(self, above: Path) -> None:
        self._above = above
        self._uris: dict[str, str] = {}

    def of_input(self, handed: Handed) -> str:
        """Local copy of an input; its URI where the launcher keeps none."""
        above = self._above
        if handed.metadata.get("_kfp_workspace") is True:
            above = above / _WORKSPACE
        try:
            return self._noted(handed, above)
        except UsageError:
            return handed.uri

    def of_output(self, handed: Handed) -> str:
        """Local copy of an output.

        Raises:
            UsageError: The launcher would not upload it.
        """
        return self._noted(handed, self._above)

    def local(self, uri: str) -> str:
        """Local copy of a place in the store; the place itself if there is none."""
        for copy, known in self._uris.items():
            if uri == known or uri.startswith(f"{known}/"):
                return copy + uri[len(known) :]
        return uri

    def shown(self, text: str) -> str:
        """The text with places in the store instead of local copies."""
        if not self._uris:
            return text
        # The longest first: one may be within another.
        known = "|".join(
            re.escape(copy) for copy in sorted(self._uris, key=len, reverse=True)
        )
        pattern = f"(?:{known}){_MORE_OF_A_NAME}"
        return re.sub(pattern, lambda found: self._uris[found[0]], text)

    def _noted(self, handed: Handed, above: Path) -> str:
        copy = handed.custom_path or str(local_path(handed.uri, above))
        self._uris[copy] = handed.uri
        return copy


def make_input(path: str) -> None:
    """Makes the folder of an input of which the store has no file.

    A store keeps files, so that an empty folder does not survive the way.
    """
    if "://" in path:
        return
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError:
        # It is a file, or not ours to make: the executor will say what it needs.
        return


def make_output(path: str) -> None:
    """Makes an empty folder, or empties what a broken attempt left in it."""
    folder = Path(path)
    if folder.is_dir():
        shutil.rmtree(folder)
    elif folder.exists():
        folder.unlink()
    folder.mkdir(parents=True)
