"""Where the ledger's tests push to: a folder, and a store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here survives a loss of power anyway."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(params=["folder", "memory"])
def pushed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty destination."""
    folder = str(tmp_path / "pushed")
    yield {"folder": folder, "memory": "memory://models/pushed"}[request.param]
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
