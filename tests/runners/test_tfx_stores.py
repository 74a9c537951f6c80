"""Stock components read from and write to stores that TensorFlow cannot reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from tfx import v1 as tfx
from tfx.components.pusher import executor
from tfx.dsl.io import fileio, filesystem
from tfx.types import standard_artifacts
from tfx.utils import io_utils, proto_utils

from tidegate.champion.champion import newest_version
from tidegate.runners import tfx_stores


@pytest.fixture(autouse=True)
def store() -> Iterator[Any]:
    """A store in memory, known to TFX."""
    tfx_stores.register()
    memory = fsspec.filesystem("memory")
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


def test_a_folder_goes_there_and_back(store: Any, tmp_path: Path) -> None:
    (tmp_path / "a/variables").mkdir(parents=True)
    (tmp_path / "a/x.txt").write_text("x")
    (tmp_path / "a/variables/y.bin").write_bytes(b"y\0")
    io_utils.copy_dir(str(tmp_path / "a"), "memory://b/models/1")
    assert fileio.isdir("memory://b/models/1/variables")
    assert fileio.listdir("memory://b/models/1") == ["variables", "x.txt"]
    assert fileio.glob("memory://b/models/*/x.txt") == ["memory://b/models/1/x.txt"]
    io_utils.copy_dir("memory://b/models/1", str(tmp_path / "b"))
    assert (tmp_path / "b/variables/y.bin").read_bytes() == b"y\0"
    fileio.rename("memory://b/models/1/x.txt", "memory://b/models/1/z.txt")
    with fileio.open("memory://b/models/1/z.txt") as stream:
        assert stream.read() == "x"
    assert not fileio.exists("memory://b/models/1/x.txt")
    assert fileio.stat("memory://b/models/1/z.txt")["size"] == 1
    deep = list(fileio.walk("memory://b/models", topdown=False))
    assert deep[-1][0] == "memory://b/models"
    with pytest.raises(OSError, match="there already"):
        fileio.copy("memory://b/models/1/z.txt", "memory://b/models/1/variables/y.bin")
    fileio.rmtree("memory://b/models")
    assert not fileio.exists("memory://b/models/1/z.txt")


@pytest.mark.parametrize("call", ["open", "remove", "stat", "rmtree", "listdir"])
def test_what_is_not_there_is_what_tfx_calls_not_found(call: str) -> None:
    with pytest.raises(filesystem.NotFoundError):
        getattr(fileio, call)("memory://b/none")


def test_the_pusher_pushes_where_the_champion_looks(tmp_path: Path) -> None:
    model = standard_artifacts.Model()
    model.uri = str(tmp_path / "model")
    saved = tmp_path / "model/Format-Serving"
    (saved / "variables").mkdir(parents=True)
    (saved / "saved_model.pb").write_bytes(b"\x08\x01\x12\x03abc")
    for name in ("index", "data-00000-of-00001"):
        (saved / f"variables/variables.{name}").write_bytes(b"v")
    pushed = standard_artifacts.PushedModel()
    pushed.uri = str(tmp_path / "pushed")
    destination = tfx.proto.PushDestination(
        filesystem=tfx.proto.PushDestination.Filesystem(
            base_directory="memory://b/pushed"
        )
    )
    assert newest_version("memory://b/pushed") is None
    executor.Executor().Do(
        {"model": [model]},
        {"pushed_model": [pushed]},
        {"push_destination": proto_utils.proto_to_json(destination)},
    )
    newest = newest_version("memory://b/pushed")
    assert newest is not None
    assert newest.uri == pushed.get_string_custom_property("pushed_destination")
