"""Objects of a store become files, whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from tidegate.columnar.remote import fetching
from tidegate.columnar.remote.fetching import fetch
from tidegate.columnar.remote.mirror import mirror
from tidegate.errors import (
    DataError,
    InfrastructureError,
    SecurityError,
    TidegateError,
    UsageError,
)

URL = "memory://bucket/days/1.csv"


class Store(MemoryFileSystem):  # type: ignore[misc]
    """A store in memory that keeps digests, as Google's does."""

    protocol = "kept"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    told: ClassVar[dict[str, Any]] = {}

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("kept://").strip("/")

    def info(self, path: str, **kwargs: Any) -> Any:
        found = super().info(path, **kwargs)
        return found if found["type"] == "directory" else {**found, **self.told}


fsspec.register_implementation("kept", Store, clobber=True)


@pytest.fixture(autouse=True)
def store() -> Iterator[Any]:
    """The store in memory, with one object in it."""
    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/days/1.csv", b"x\n1\n")
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    Store.store.clear()
    Store.told = {}


def test_objects_become_files_with_their_content(store: Any) -> None:
    store.pipe("/bucket/days/2.csv", b"x\n2\n")
    told: list[tuple[int, int]] = []
    with mirror() as made:
        made.look("memory://bucket/days/*.csv")
        made.describe(sorted(made.files))
        fetch(made.files, lambda *now: told.append(now))
        found = {path.name: path.read_bytes() for path in made.files}
        root = made.path_of("memory://bucket")
    assert found == {"1.csv": b"x\n1\n", "2.csv": b"x\n2\n"}
    assert told[-1] == (8, 8)
    assert not Path(root).exists()


def _fetched(url: str) -> None:
    with mirror() as made:
        made.look(url)
        made.describe(sorted(made.files))
        fetch(made.files)


@pytest.mark.parametrize("digest", [b"x\n1\n", b"other"])
def test_the_checksum_of_the_store_is_held(digest: bytes) -> None:
    kept = fsspec.filesystem("kept")
    kept.pipe("/b/1.csv", b"x\n1\n")
    md5 = base64.b64encode(hashlib.md5(digest).digest()).decode()
    Store.told = {"md5Hash": md5}
    if digest == b"x\n1\n":
        _fetched("kept://b/1.csv")
        return
    with pytest.raises(InfrastructureError, match="not fetched whole") as caught:
        _fetched("kept://b/1.csv")
    assert caught.value.where == "kept://b/1.csv"


def test_what_came_too_short_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.filesystem("kept").pipe("/b/1.csv", b"x\n1\n")
    Store.told = {"size": 5}
    with pytest.raises(InfrastructureError) as caught:
        _fetched("kept://b/1.csv")
    assert caught.value.expected == "5 bytes"
    assert caught.value.got == "4 bytes"


def test_what_changes_meanwhile_is_refused(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mirror() as made:
        made.look(URL)
        made.describe(sorted(made.files))
        store.pipe("/bucket/days/1.csv", b"x\n9\n")
        with pytest.raises(InfrastructureError, match="not fetched whole"):
            fetch(made.files)


def test_without_room_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        free = 3

    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: Full)
    with pytest.raises(InfrastructureError, match="no room") as caught:
        _fetched(URL)
    assert "TMPDIR" in str(caught.value.fix)


def test_an_object_cannot_lead_out_of_the_folder(store: Any) -> None:
    store.store["/bucket/../../../evil.csv"] = store.store["/bucket/days/1.csv"]
    with pytest.raises(SecurityError, match="name of an object"), mirror() as made:
        made.look("memory://bucket/../../../evil.csv")


def test_errors_speak_of_urls() -> None:
    with pytest.raises(DataError) as caught, mirror() as made:
        raise DataError("cut short", where=made.path_of(URL) + ":18")
    assert caught.value.where == f"{URL}:18"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("gs://bucket/x.csv", "tidegate[gcs]"),
        ("s3://bucket/x.csv", "tidegate[s3]"),
        ("minio://bucket/x.csv", "tidegate[s3]"),
        ("nowhere://bucket/x.csv", "check the URL"),
        ("zip://x.csv::memory://bucket/x.zip", "unpack"),
    ],
)
def test_a_store_without_its_package_says_what_to_install(
    url: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "gcsfs", None)
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    with pytest.raises(UsageError) as caught:
        _fetched(url)
    assert says in str(caught.value.fix)


def test_a_store_that_breaks_is_told_by_its_url(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ConnectionError("reset by peer")

    monkeypatch.setattr(Store, "info", broken)
    with pytest.raises(TidegateError, match="did not answer") as caught:
        _fetched("kept://b/1.csv")
    assert caught.value.exit_code == 4
    assert "reset by peer" in str(caught.value.got)


def test_the_folder_is_removed_after_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not where other processes of other tests have theirs.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with mirror():
        assert list(tmp_path.iterdir())
    with pytest.raises(InfrastructureError), mirror():
        raise InfrastructureError("broken")
    assert not list(tmp_path.iterdir())
