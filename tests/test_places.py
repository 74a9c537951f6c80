"""A file is created once and whole; a pointer is replaced in one step."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from tidegate.errors import InfrastructureError
from tidegate.places import Place, Words, place_of

WORDS = Words(
    name="the box", file="letter", example="letter-1.json", fix="name the box's folder"
)
BUCKET = "memory://places/box"


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    where = tmp_path / "box" if request.param == "folder" else BUCKET
    yield place_of(where, WORDS)
    memory = fsspec.filesystem("memory")
    if memory.exists("/places"):
        memory.rm("/places", recursive=True)


def test_a_name_is_given_once(place: Place) -> None:
    assert place.create("a.json", b"first")
    assert not place.create("a.json", b"second")
    assert place.read("a.json") == b"first"
    assert place.names() == ["a.json"]


def test_a_pointer_is_replaced_and_nothing_else_is_left(place: Place) -> None:
    place.replace("now.json", b"one")
    place.replace("now.json", b"two")
    assert place.read("now.json") == b"two"
    assert place.names() == ["now.json"]


def test_a_file_may_lie_deeper(place: Place) -> None:
    assert place.create("versions/12", b"")
    assert not place.create("versions/12", b"")


def test_nothing_there_is_no_file(place: Place) -> None:
    assert place.names() == []


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "box").write_text("no folder")
    with pytest.raises(Exception, match="the box is not a folder") as told:
        place_of(tmp_path / "box", WORDS).names()
    assert "letter-1.json" in str(told.value)


@pytest.mark.parametrize("way", ["create", "replace"])
def test_what_could_not_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    place = place_of(tmp_path / "box", WORDS)
    place.replace("now.json", b"old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InfrastructureError):
        getattr(place, way)("now.json", b"new")
    assert place.read("now.json") == b"old"
    assert place.names() == ["now.json"]


@pytest.mark.parametrize(
    ("code", "made"), [(errno.EOPNOTSUPP, True), (errno.ENOSPC, False)]
)
def test_only_a_store_without_links_is_renamed_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, made: bool
) -> None:
    def refuse(*given: Any, **more: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)
    place = place_of(tmp_path / "box", WORDS)
    if made:
        assert place.create("a", b"1")
    else:
        with pytest.raises(InfrastructureError):
            place.create("a", b"1")
    assert ("a" in place.names()) is made
