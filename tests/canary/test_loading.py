"""A version is loaded as it was pushed, from a folder or a store, or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from tests.pusher.pushed_models import write_saved_model

from tidegate.canary.loading import folder_of
from tidegate.errors import SecurityError, TidegateError, UsageError
from tidegate.ledger.destination import Destination, destination_of
from tidegate.ledger.events import Provenance
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.pushing import push
from tidegate.ledger.state import State

GRAPH, INDEX = "saved_model.pb", "variables/variables.index"


@pytest.fixture(params=["folder", "store"])
def pushed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a model was pushed to."""
    if request.param == "folder":
        yield str(tmp_path / "pushed")
        return
    url = f"memory://{secrets.token_hex(4)}/pushed"
    yield url
    fsspec.filesystem("memory").rm(url, recursive=True)


def a_version(pushed: str, tmp_path: Path) -> tuple[Destination, int, State]:
    """One pushed version."""
    model = write_saved_model(tmp_path / "model")
    event = push(model, pushed, Provenance(), by="ada", reason="a test")
    destination = destination_of(pushed)
    return destination, event.version, Ledger(destination).state()


def write(pushed: str, version: int, name: str, content: bytes) -> None:
    """Writes a file of a version, past the ledger."""
    with fsspec.open(f"{pushed}/{version}/{name}", "wb") as stream:
        stream.write(content)


def test_a_version_is_what_was_pushed(pushed: str, tmp_path: Path) -> None:
    destination, version, state = a_version(pushed, tmp_path)
    folder = folder_of(destination, version, state, tmp_path / "copies")
    for name in (GRAPH, INDEX):
        assert (folder / name).read_bytes() == (tmp_path / "model" / name).read_bytes()


def test_changed_files_are_refused(pushed: str, tmp_path: Path) -> None:
    destination, version, state = a_version(pushed, tmp_path)
    write(pushed, version, INDEX, b"INDEX")  # as long as it was
    with pytest.raises(SecurityError, match="not those that were pushed") as caught:
        folder_of(destination, version, state, tmp_path / "copies")
    assert caught.value.exit_code == 5


def test_a_file_of_another_length_is_told(pushed: str, tmp_path: Path) -> None:
    destination, version, state = a_version(pushed, tmp_path)
    write(pushed, version, INDEX, b"longer than it was")
    with pytest.raises(UsageError, match="cannot be served") as caught:
        folder_of(destination, version, state, tmp_path / "copies")
    assert INDEX in (caught.value.got or "")


def test_what_others_put_beside_a_model_does_not_matter(
    pushed: str, tmp_path: Path
) -> None:
    destination, version, state = a_version(pushed, tmp_path)
    write(pushed, version, "assets.extra/tf_serving_warmup_requests", b"x")
    assert folder_of(destination, version, state, tmp_path / "copies").is_dir()


def test_a_version_that_is_gone_is_told(pushed: str, tmp_path: Path) -> None:
    destination, version, state = a_version(pushed, tmp_path)
    store, path = fsspec.core.url_to_fs(f"{pushed}/{version}")
    store.rm(path, recursive=True)
    with pytest.raises(TidegateError, match="cannot be served"):
        folder_of(destination, version, state, tmp_path / "copies")
