"""Small SavedModels to push, without TensorFlow, and the places to push them to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped]

from tidegate.ledger.events import Event, Provenance
from tidegate.ledger.pushing import push

# Version 1 of the schema, then one graph of three bytes.
GRAPH = b"\x08\x01\x12\x03abc"
FILES = {
    "saved_model.pb": GRAPH,
    "variables/variables.index": b"index",
    "variables/variables.data-00000-of-00001": b"weights",
    "assets/words.txt": b"a\n",
}
BY, REASON = "Ada", "it is better"


def small_model(folder: Path, mark: str = "") -> Path:
    """A whole SavedModel in a folder; another one for every mark."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            content + (mark.encode() if name.startswith("assets") else b"")
        )
    return folder


def pushed_once(pushed: str | Path, tmp_path: Path, **settings: Any) -> Event:
    """Pushes another small model, and gives the event."""
    model = small_model(tmp_path / "models" / str(len(list(tmp_path.glob("models/*")))))
    (model / "assets/words.txt").write_text(str(model))
    provenance = settings.pop("provenance", Provenance())
    held = {"by": BY, "reason": REASON, **settings}
    return push(model, pushed, provenance, **held)


def content_at(where: str, name: str) -> bytes:
    """A file below a folder or URL."""
    store, path = fsspec.core.url_to_fs(where)
    return bytes(store.cat_file(f"{path}/{name}"))


def names_at(where: str) -> set[str]:
    """All files below a folder or URL."""
    store, path = fsspec.core.url_to_fs(where)
    store.invalidate_cache()
    return {one[len(path) :].strip("/") for one in store.find(path)}


def remove_at(where: str, name: str) -> None:
    """Removes a file or a folder below a folder or URL."""
    store, path = fsspec.core.url_to_fs(where)
    store.rm(f"{path}/{name}", recursive=True)
