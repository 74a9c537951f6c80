"""Makes TFX's cache see the content of files that a node names by path.

TFX hashes a node's properties, and a path stays the same when its file does
not: an edited schema would be served from the cache. A node that reads from
stores says itself what is there, by a method `pin_outside`: for a run that
starts now, so never in a compiled spec.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import executor_spec


def pin_outside(node: Any) -> None:
    """Has a node that reads outside of its inputs note what is there now.

    Raises:
        TidegateError: A store does not answer, or has no such data.
    """
    pin = getattr(node, "pin_outside", None)
    if pin is not None:
        pin()


def pin_files(node: Any) -> None:
    """Puts the digest of every local file that `node` names into its cache key.

    Executor flags are part of the key, and executors ignore those they do not
    know. Beam executors pass theirs on to Beam, so they are left alone: none
    of them reads a file by a path in its properties.
    """
    spec: Any = getattr(node, "executor_spec", None)
    if type(spec) is not executor_spec.ExecutorClassSpec or not hasattr(node, "spec"):
        return
    for name, value in sorted(node.exec_properties.items()):
        if isinstance(value, str) and 0 < len(value) < 4096:
            digest = _digest(value)
            if digest:
                spec.add_extra_flags([f"--tidegate_{name}_sha256={digest}"])


def _digest(path: str) -> str | None:
    try:
        if not Path(path).is_file():
            return None
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except (OSError, ValueError):
        return None
