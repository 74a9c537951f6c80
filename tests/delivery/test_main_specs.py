"""What main was compiled to is kept whole, once, as it was recorded."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timezone
from pathlib import Path

import pytest
from tests.delivery.stand_in_bucket import Bucket, serving

from delivery import main_specs
from delivery.errors import DeliveryError
from delivery.record import BUILD, RECORDS, Build
from delivery.stores import FolderStore, store_of

IMAGE = f"europe-docker.pkg.dev/project/pipelines/tidegate@sha256:{64 * 'a'}"
COMMIT, TIME = 40 * "c", "20261122T051000Z"
NOW = datetime(2026, 11, 22, 6, tzinfo=timezone.utc)
SPECS = {"flights.dev.yaml": f"image: {IMAGE}\n", "flights.prod.yaml": "b: ä\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout in which a commit was built and recorded."""
    root = tmp_path / "checkout"
    (root / "build" / "specs").mkdir(parents=True)
    files = {"sbom/image.cdx.json": 64 * "0"}
    for name, text in SPECS.items():
        (root / "build" / "specs" / name).write_text(text)
        files[f"specs/{name}"] = hashlib.sha256(text.encode()).hexdigest()
    note = root / RECORDS / COMMIT / BUILD
    note.parent.mkdir(parents=True)
    note.write_text(Build(COMMIT, IMAGE, (IMAGE,), files).text)
    return root


def keep(root: Path, folder: Path, time: str = TIME) -> str:
    return main_specs.keep(root, FolderStore(folder), COMMIT, "main", time, NOW)


def test_what_was_recorded_is_kept_and_nothing_else(root: Path, tmp_path: Path) -> None:
    name = keep(root, tmp_path / "kept")
    assert name == f"main/{TIME}-{COMMIT}.json"
    (one,) = main_specs.kept(FolderStore(tmp_path / "kept"), "main")
    assert (one.name, one.time, one.commit) == (name, TIME, COMMIT)
    found = main_specs.read(FolderStore(tmp_path / "kept"), one)
    assert found == main_specs.MainSpecs(COMMIT, IMAGE, SPECS)


def test_build_that_is_run_again_changes_nothing(root: Path, tmp_path: Path) -> None:
    keep(root, tmp_path / "kept")
    (file,) = (tmp_path / "kept" / "main").iterdir()
    before = file.stat()
    keep(root, tmp_path / "kept")
    assert file.stat() == before
    assert list((tmp_path / "kept" / "main").iterdir()) == [file]


def test_other_content_is_never_written_over(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept" / keep(root, tmp_path / "kept")
    file.write_text("another")
    with pytest.raises(DeliveryError, match="has other content already") as raised:
        keep(root, tmp_path / "kept")
    assert raised.value.code == 5
    assert file.read_text() == "another"


def test_bucket_gets_one_whole_object(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = Bucket()
    with serving(bucket) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        store = store_of("gs://acme-specs")
        main_specs.keep(root, store, COMMIT, "main", TIME, NOW)
    ((name, content),) = bucket.objects.items()
    assert name == f"main/{TIME}-{COMMIT}.json"
    assert json.loads(content)["specs"] == SPECS


@pytest.mark.parametrize("change", ["other", "gone"])
def test_spec_that_is_not_the_recorded_one_is_not_kept(
    root: Path, tmp_path: Path, change: str
) -> None:
    file = root / "build" / "specs" / "flights.dev.yaml"
    file.write_text("another") if change == "other" else file.unlink()
    with pytest.raises(DeliveryError, match=r"flights\.dev\.yaml is not the file"):
        keep(root, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_commit_that_was_not_recorded_is_not_kept(root: Path, tmp_path: Path) -> None:
    (root / RECORDS / COMMIT / BUILD).unlink()
    with pytest.raises(DeliveryError, match="cannot be read"):
        keep(root, tmp_path / "kept")


def test_other_files_of_the_folder_are_no_builds(root: Path, tmp_path: Path) -> None:
    keep(root, tmp_path / "kept")
    others = ("README.md", f"{TIME}-main.json", f"{TIME}-{COMMIT}.json.tmp")
    for name in (*others, f"{TIME}-{COMMIT}.json\n"):
        (tmp_path / "kept" / "main" / name).write_text("x")
    assert len(main_specs.kept(FolderStore(tmp_path / "kept"), "main")) == 1


def test_image_of_main_is_put_aside(root: Path, tmp_path: Path) -> None:
    main_specs.MainSpecs(COMMIT, IMAGE, SPECS).write(tmp_path, "other@sha256:1")
    assert (tmp_path / "flights.dev.yaml").read_text() == "image: other@sha256:1\n"


@pytest.mark.parametrize("time", ["20261122T070001Z", "20900101T000000Z"])
def test_commit_of_the_future_is_not_kept(
    root: Path, tmp_path: Path, time: str
) -> None:
    with pytest.raises(DeliveryError, match="is dated in the future") as raised:
        keep(root, tmp_path / "kept", time)
    assert raised.value.code == 2
    said = [line.partition(":")[0] for line in raised.value.lines]
    assert said == ["where", "expected", "got", "fix"]
    assert f"got: {time}" in raised.value.lines
    assert "amend the commit's date" in raised.value.lines[-1]
    assert not (tmp_path / "kept").exists()


def test_clock_may_be_ahead_by_an_hour(root: Path, tmp_path: Path) -> None:
    keep(root, tmp_path / "kept", "20261122T070000Z")
    found = main_specs.kept(FolderStore(tmp_path / "kept"), "main")
    assert main_specs.parted(found, NOW) == (found, [])
