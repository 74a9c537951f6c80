"""What may not be in a model's folder is seen without opening it."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from tests.saved_model.graph_factory import saved_model

from tidegate.saved_model.files import asset_faults, look_at
from tidegate.saved_model.graphs import read_graphs


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "assets").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(saved_model())
    (folder / "assets" / "words").write_text("a\n")
    return folder


def test_lists_files_with_their_size(model: Path) -> None:
    found = look_at(model)

    assert found.names == ("assets/words", "saved_model.pb")
    assert found.size == 2 + (model / "saved_model.pb").stat().st_size
    assert not found.faults


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("saved_model.pbtxt", b""),
        ("saved_model.cpb", b""),
    ],
)
def test_finds_what_cannot_be_judged(model: Path, name: str, content: bytes) -> None:
    (model / name).write_bytes(content)

    (fault,) = look_at(model).faults

    assert fault.startswith(name)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("keras_metadata.pb", b'x{"class_name": "Lambda", "config": {}}', "a Lambda"),
        ("notes/m.h5", b"a" * (2**20 - 10) + b'"class_name": "Lambda"', "a Lambda"),
        ("assets.extra/new.keras", b"no archive", "cannot be read"),
    ],
)
def test_files_of_keras_may_be_code_that_no_loader_opens(
    model: Path, name: str, content: bytes, told: str
) -> None:
    (model / name).parent.mkdir(exist_ok=True)
    (model / name).write_bytes(content)

    found = look_at(model)

    (code,) = found.code
    assert code.startswith(name)
    assert told in code
    assert not found.faults


def test_a_damaged_keras_archive_is_called_unreadable(model: Path) -> None:
    path = model / "m.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Dense"}))
    content = bytearray(path.read_bytes())
    content[41:50] = b"\xff" * 9
    path.write_bytes(content)

    (code,) = look_at(model).code

    assert "cannot be read" in code


@pytest.mark.parametrize("name", ["code.py", "lib/own.so", "model.PKL"])
def test_finds_code_that_no_loader_opens(model: Path, name: str) -> None:
    (model / name).parent.mkdir(exist_ok=True)
    (model / name).write_bytes(b"")

    found = look_at(model)

    assert [one.split()[0] for one in found.code] == [name]
    assert not found.faults


@pytest.mark.parametrize(("layer", "harmful"), [("Dense", False), ("Lambda", True)])
def test_looks_into_a_keras_archive(model: Path, layer: str, harmful: bool) -> None:
    with zipfile.ZipFile(model / "m.keras", "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": layer}))

    assert bool(look_at(model).code) is harmful


def test_data_of_keras_and_assets_are_no_code(model: Path) -> None:
    (model / "keras_metadata.pb").write_bytes(b'{"class_name": "Dense"}')
    (model / "assets" / "names.py").write_bytes(b"")

    assert not look_at(model).faults
    assert not look_at(model).code


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("../secret", "out of"),
        ("/dev/zero", "out of"),
        ("nothing", "to nothing"),
        (".", "a folder"),
    ],
)
def test_finds_links_that_lead_elsewhere(model: Path, target: str, told: str) -> None:
    (model.parent / "secret").write_text("x")
    (model / "assets" / "link").symlink_to(
        target if target.startswith("/") else model / target
    )

    (fault,) = look_at(model).faults

    assert told in fault


def test_a_link_within_the_folder_is_a_file(model: Path) -> None:
    (model / "assets" / "again").symlink_to("words")

    assert not look_at(model).faults


def test_finds_what_is_no_file_without_opening_it(model: Path) -> None:
    os.mkfifo(model / "assets" / "pipe")

    assert look_at(model).faults == ("assets/pipe is neither a file nor a folder",)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("words", None),
        ("../words", "out of"),
        ("/etc/passwd", "out of"),
        ("a/../../b", "out of"),
        ("", "out of"),
        ("lost", "not there"),
    ],
)
def test_assets_are_in_their_folder(model: Path, name: str, told: str | None) -> None:
    graphs = read_graphs(memoryview(saved_model(assets={"a:0": name})))

    faults = list(asset_faults(graphs, look_at(model)))

    assert not faults if told is None else told in faults[0]
