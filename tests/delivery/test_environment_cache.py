"""The environment of a build is kept whole, and a cache never fails a build."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from delivery.environment_cache import Environment, restore, save
from delivery.errors import DeliveryError
from delivery.stores import FolderStore

BUILDER = "python:3.13-trixie@sha256:" + 64 * "a"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    root = tmp_path / "checkout"
    locks = root / "requirements"
    locks.mkdir(parents=True)
    for name in ("tfx-1.21.lock", "tfx-1.16.lock", "tools.lock", "image.lock"):
        (locks / name).write_text(f"# {name}\n")
    home = root / ".venv"
    python = home / "tfx-1.21" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to("/usr/bin/env")
    (home / "tfx-1.21" / "lib.so").write_bytes(b"x" * 100_000)
    (home / "lock").write_text("")
    (home / "peers").mkdir()
    (home / "choice.json").write_text("{}")
    return Environment(root, home, BUILDER)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "cache")


def kept(store: FolderStore) -> dict[str, Path]:
    return {one.suffix: one for one in Path(store.where).iterdir()}


def forget(environment: Environment) -> None:
    shutil.rmtree(environment.home)


def left_over(environment: Environment) -> list[str]:
    return [one.name for one in environment.root.rglob(".env-*")]


def test_environment_comes_back_as_it_was(
    environment: Environment, store: FolderStore
) -> None:
    save(environment, store)
    forget(environment)
    assert restore(environment, store)
    names = {one.name for one in environment.home.iterdir()}
    assert names == {"tfx-1.21", "choice.json"}
    python = environment.home / "tfx-1.21" / "bin" / "python"
    assert python.readlink() == Path("/usr/bin/env")
    library = environment.home / "tfx-1.21" / "lib.so"
    assert library.read_bytes() == b"x" * 100_000
    assert left_over(environment) == []


def test_environment_that_is_there_is_left_alone(
    environment: Environment, store: FolderStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert restore(environment, store)
    assert "there already" in capsys.readouterr().err


def test_nothing_kept_is_a_miss(
    environment: Environment, store: FolderStore, capsys: pytest.CaptureFixture[str]
) -> None:
    forget(environment)
    assert not restore(environment, store)
    assert "none is kept" in capsys.readouterr().err
    assert not environment.home.exists()


def test_environment_is_kept_once(
    environment: Environment, store: FolderStore, capsys: pytest.CaptureFixture[str]
) -> None:
    save(environment, store)
    before = {one: one.stat().st_mtime_ns for one in kept(store).values()}
    save(environment, store)
    assert "kept already" in capsys.readouterr().err
    assert {one: one.stat().st_mtime_ns for one in kept(store).values()} == before


def test_save_that_was_killed_is_made_good_by_the_next(
    environment: Environment, store: FolderStore
) -> None:
    save(environment, store)
    kept(store)[".json"].unlink()
    (environment.home / "choice.json").write_text('{"later": 1}')
    save(environment, store)
    forget(environment)
    assert restore(environment, store)
    assert (environment.home / "choice.json").read_text() == '{"later": 1}'


def cut_short(store: FolderStore) -> None:
    archive = kept(store)[".gz"]
    archive.write_bytes(archive.read_bytes()[:-50])


def removed(store: FolderStore) -> None:
    kept(store)[".gz"].unlink()


def no_note(store: FolderStore) -> None:
    kept(store)[".json"].write_text('{"archive":')


def way_out(store: FolderStore) -> None:
    note = kept(store)[".json"]
    note.write_text(json.dumps({**json.loads(note.read_text()), "archive": "../x"}))


def made_elsewhere(store: FolderStore) -> None:
    note = kept(store)[".json"]
    note.write_text(json.dumps({**json.loads(note.read_text()), "home": "/else"}))


def no_archive(store: FolderStore) -> None:
    from delivery.digests import sha256_of

    archive, note = kept(store)[".gz"], kept(store)[".json"]
    archive.write_bytes(b"no archive")
    said = {**json.loads(note.read_text()), "sha256": sha256_of(archive)}
    note.write_text(json.dumps(said))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (cut_short, "is not what was kept"),
        (removed, "is gone"),
        (no_note, "is broken"),
        (way_out, "is gone"),
        (made_elsewhere, "made in /else"),
        (no_archive, "cannot be unpacked"),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_broken_cache_is_a_miss_that_leaves_nothing(
    environment: Environment,
    store: FolderStore,
    capsys: pytest.CaptureFixture[str],
    damage: object,
    told: str,
) -> None:
    save(environment, store)
    forget(environment)
    damage(store)  # type: ignore[operator]
    assert not restore(environment, store)
    assert told in capsys.readouterr().err
    assert not environment.home.exists()
    assert left_over(environment) == []


def test_store_that_cannot_be_read_is_a_miss(
    environment: Environment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forget(environment)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / f"{environment.key}.json").mkdir()
    assert not restore(environment, FolderStore(tmp_path / "cache"))
    assert "cannot read" in capsys.readouterr().err


def test_without_an_environment_nothing_is_kept(
    environment: Environment, store: FolderStore
) -> None:
    forget(environment)
    with pytest.raises(DeliveryError, match="no environment"):
        save(environment, store)


def test_key_is_of_locks_builder_and_path(environment: Environment) -> None:
    key = environment.key
    assert replace(environment, builder=BUILDER.replace("a", "b")).key != key
    assert replace(environment, home=environment.root / "other").key != key
    locks = environment.root / "requirements"
    (locks / "image.lock").write_text("# of the image, not of the environment\n")
    assert environment.key == key
    (locks / "tools.lock").write_text("# newer\n")
    assert environment.key != key
