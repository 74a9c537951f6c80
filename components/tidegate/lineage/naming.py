"""Names of files as they would be in any run: without its folders and numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

RUN = "<run>"
# Artifacts are in `<run>/artifacts/<node>/<output>/<number of the execution>`.
_ARTIFACT = re.compile(rf"({RUN}/artifacts/[^/\s'\"]+/[^/\s'\"]+)/\d+")
_VERSION = re.compile(r"(<run>/pushed|<pushed>)/\d+")
# Times in sentences such as "12.5 ms at most"; sizes and shares are no times.
_TIME = re.compile(r"\d[\d,.]*\s*(?:µs|ms|s|seconds|milliseconds)(?![\w/])")


def without_run(text: str, roots: Sequence[str]) -> str:
    """The text with the folders of its run, and what is numbered there, taken out.

    Args:
        text: Any text with paths in it.
        roots: The output folder, and where models are pushed to if elsewhere.
    """
    for place, root in sorted(enumerate(roots), key=lambda one: -len(one[1])):
        if root:
            text = text.replace(root.rstrip("/"), "<pushed>" if place else RUN)
    return _VERSION.sub(r"\1/N", _ARTIFACT.sub(r"\1/N", text))


def without_times(text: str) -> str:
    """The text with each time in it taken out."""
    return _TIME.sub("<time>", text)
