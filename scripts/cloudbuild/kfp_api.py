"""Servers that speak Kubeflow Pipelines' API, for builds to submit and upload to.

The server is the one that the tests of submission hold kfp's own client against.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[2] / "tests" / "submission"


@contextmanager
def serving(token: str) -> Iterator[Any]:
    """A server that answers only to `token`, on a port of its own."""
    sys.path.insert(0, str(TESTS))
    try:
        module = importlib.import_module("kfp_server")
    finally:
        sys.path.remove(str(TESTS))
    with module.serving(module.Server(token=token)) as server:
        # As people write it; both names are this machine.
        server.url = server.url.replace("127.0.0.1", "localhost")
        yield server


def runs(server: Any) -> list[tuple[str, str]]:
    """Name and state of each run that it holds."""
    return [(one["display_name"], one["state"]) for one in server.store.alive()]


def versions(server: Any) -> list[tuple[str, str]]:
    """Pipeline and version of each spec that was uploaded."""
    pipelines = server.store.pipelines
    return [
        (pipelines[one["pipeline_id"]]["display_name"], one["display_name"])
        for one in server.store.versions.values()
    ]


def uploads(server: Any) -> list[bytes]:
    """The files that came in whole, each once."""
    found: list[bytes] = []
    for seen in server.seen:
        content = seen.body
        if isinstance(content, bytes) and content not in found:
            found.append(content)
    return found
