"""What a commit became is written down once, and promoted only as it was."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from delivery import record as records
from delivery import submitting
from delivery.errors import DeliveryError
from delivery.record import BUILD, fetch, record
from delivery.stores import FolderStore

REPOSITORY = "europe-docker.pkg.dev/project/pipelines/tidegate"
IMAGE = f"{REPOSITORY}@sha256:{64 * 'a'}"
OTHER = f"{REPOSITORY}@sha256:{64 * 'b'}"
COMMIT = "0123456789" * 4
SPECS = ("flights.dev.yaml", "flights.prod.yaml", "flights.vertex.json")


FOREIGN = f"docker.io/library/busybox@sha256:{64 * 'c'}"


def spec_of(*images: object, vertex: bool = False, more: str = "") -> str:
    """A compiled spec whose executors run these images."""
    spec = {
        "pipelineInfo": {"name": f"flights{more}"},
        "deploymentSpec": {
            "executors": {
                **{
                    f"exec-{number}": {"container": {"image": image, "args": ["x"]}}
                    for number, image in enumerate(images)
                },
                "exec-import": {"importer": {"reimport": False}},
            }
        },
    }
    if vertex:
        return json.dumps({"pipelineSpec": spec, "labels": {}}, indent=2)
    platform = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": {}}}}}
    return yaml.safe_dump_all([spec, platform])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout in which a commit was built."""
    root = tmp_path / "checkout"
    specs = root / "build" / "specs"
    specs.mkdir(parents=True)
    for name in SPECS:
        text = spec_of(IMAGE, IMAGE, vertex=name.endswith(".json"))
        (specs / name).write_text(text)
    (root / "build" / "sbom").mkdir()
    (root / "build" / "sbom" / "image.cdx.json").write_text("{}")
    (root / "build" / "image.txt").write_text(f"{IMAGE}\n")
    return root


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "builds")


def stored(store: FolderStore) -> dict[str, bytes]:
    folder = Path(store.where)
    return {
        one.relative_to(folder).as_posix(): one.read_bytes()
        for one in folder.rglob("*")
        if one.is_file()
    }


def test_record_holds_image_specs_and_bills(root: Path, store: FolderStore) -> None:
    build = record(root, store, COMMIT)
    there = stored(store)
    assert set(there) == {
        f"{COMMIT}/{BUILD}",
        *(f"{COMMIT}/specs/{name}" for name in SPECS),
        f"{COMMIT}/sbom/image.cdx.json",
    }
    said = json.loads(there[f"{COMMIT}/{BUILD}"])
    assert (said["commit"], said["image"]) == (COMMIT, IMAGE)
    assert said["files"] == build.files
    assert build.specs("prod") == ["specs/flights.prod.yaml"]


def test_the_same_build_again_changes_nothing(root: Path, store: FolderStore) -> None:
    record(root, store, COMMIT)
    before = stored(store)
    record(root, store, COMMIT)
    assert stored(store) == before


def test_record_that_was_cut_short_is_completed(root: Path, store: FolderStore) -> None:
    record(root, store, COMMIT)
    before = stored(store)
    (Path(store.where) / COMMIT / BUILD).unlink()
    (Path(store.where) / COMMIT / "specs" / SPECS[2]).unlink()
    record(root, store, COMMIT)
    assert stored(store) == before


def test_another_build_of_the_commit_is_refused(root: Path, store: FolderStore) -> None:
    record(root, store, COMMIT)
    before = stored(store)
    (root / "build" / "specs" / SPECS[0]).write_text(spec_of(IMAGE, more="2"))
    with pytest.raises(DeliveryError, match="other content already") as raised:
        record(root, store, COMMIT)
    assert raised.value.code == 5
    assert stored(store) == before


@pytest.mark.parametrize("spec", SPECS[1:])
@pytest.mark.parametrize(
    ("images", "told"),
    [
        ((OTHER,), "was not compiled for"),
        ((IMAGE, OTHER), "was not compiled for"),
        ((FOREIGN,), "was not compiled for"),
        ((), "was not compiled for"),
        ((IMAGE, "tidegate:dev"), "may change: 'tidegate:dev'"),
        ((IMAGE, "evil.example/x:latest"), "may change: 'evil.example/x:latest'"),
        ((IMAGE, "evil.example/x"), "may change"),
        ((IMAGE, f"{IMAGE} "), "may change"),
        ((IMAGE, f"{IMAGE}\n"), "may change"),
        ((IMAGE, "{{$.inputs.parameters['image']}}"), "may change"),
        ((IMAGE, {"a": 1}), "may change"),
    ],
    ids=str,
)
def test_spec_of_another_image_is_not_recorded(
    root: Path, store: FolderStore, spec: str, images: tuple[object, ...], told: str
) -> None:
    text = spec_of(*images, vertex=spec.endswith(".json"))
    (root / "build" / "specs" / spec).write_text(text)
    with pytest.raises(DeliveryError, match=re.escape(told)) as raised:
        record(root, store, COMMIT)
    assert raised.value.message.startswith(spec)
    assert raised.value.code == 5
    assert not Path(store.where).exists()


def test_image_of_a_worker_pool_counts(root: Path, store: FolderStore) -> None:
    said = json.loads(spec_of(IMAGE, vertex=True))
    pool = {"containerSpec": {"imageUri": "evil.example/x:latest"}}
    job = {"customJob": {"workerPoolSpecs": [pool]}}
    said["pipelineSpec"]["deploymentSpec"]["executors"]["exec-job"] = job
    (root / "build" / "specs" / SPECS[2]).write_text(json.dumps(said))
    with pytest.raises(DeliveryError, match=r"may change: 'evil\.example/x:latest'"):
        record(root, store, COMMIT)


@pytest.mark.parametrize(
    "text", ["", "[", "- 1", "deploymentSpec: &a [*a]", "pipelineSpec: 1"]
)
def test_what_is_no_spec_is_not_recorded(
    root: Path, store: FolderStore, text: str
) -> None:
    (root / "build" / "specs" / SPECS[1]).write_text(text)
    with pytest.raises(DeliveryError) as raised:
        record(root, store, COMMIT)
    assert raised.value.code == 5


def test_images_of_others_are_named_in_the_record(
    root: Path, store: FolderStore
) -> None:
    spec = root / "build" / "specs" / SPECS[1]
    spec.write_text(spec_of(IMAGE, FOREIGN))
    build = record(root, store, COMMIT)
    assert build.foreign == [FOREIGN]
    assert json.loads(build.text)["images"] == [FOREIGN, IMAGE]
    assert fetch(root, store, COMMIT, REPOSITORY) == build


def test_image_that_the_record_does_not_name_is_not_promoted(
    root: Path, store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "build" / "specs" / SPECS[1]).write_text(spec_of(IMAGE, FOREIGN))
    build = record(root, store, COMMIT)
    fetch(root, store, COMMIT, REPOSITORY)
    note = root / records.RECORDS / COMMIT / BUILD
    note.write_text(replace(build, images=(IMAGE,)).text)
    log = said_by(tmp_path, monkeypatch)
    with pytest.raises(DeliveryError, match="other images than its record") as raised:
        submitting.upload(root, COMMIT, "v1.0.0", "http://kfp", "prod")
    assert raised.value.code == 5
    assert not log.exists()


@pytest.mark.parametrize(
    "commit", ["main", "0123456", COMMIT + "/..", "../" + COMMIT, COMMIT + "\n"]
)
def test_what_is_no_commit_is_refused(
    root: Path, store: FolderStore, commit: str
) -> None:
    with pytest.raises(DeliveryError, match="COMMIT is no commit"):
        record(root, store, commit)


def test_record_is_fetched_and_verified(root: Path, store: FolderStore) -> None:
    build = record(root, store, COMMIT)
    assert fetch(root, store, COMMIT, REPOSITORY) == build
    spec = root / records.RECORDS / COMMIT / "specs" / SPECS[1]
    assert spec.read_bytes() == (root / "build" / "specs" / SPECS[1]).read_bytes()


def test_commit_that_main_never_built_is_told(root: Path, store: FolderStore) -> None:
    with pytest.raises(DeliveryError, match=f"main has not built {COMMIT}") as raised:
        fetch(root, store, COMMIT, REPOSITORY)
    assert raised.value.code == 2
    assert "tag a commit of main" in " ".join(raised.value.lines)


def test_old_copy_is_no_record(root: Path, store: FolderStore) -> None:
    record(root, store, COMMIT)
    fetch(root, store, COMMIT, REPOSITORY)
    (Path(store.where) / COMMIT / BUILD).unlink()
    with pytest.raises(DeliveryError, match="main has not built"):
        fetch(root, store, COMMIT, REPOSITORY)


def test_file_that_was_changed_is_refused(root: Path, store: FolderStore) -> None:
    record(root, store, COMMIT)
    spec = Path(store.where) / COMMIT / "specs" / SPECS[1]
    spec.write_text(spec.read_text() + "# a little more\n")
    with pytest.raises(DeliveryError, match="not what main recorded") as raised:
        fetch(root, store, COMMIT, REPOSITORY)
    assert SPECS[1] in raised.value.message
    assert raised.value.code == 5


def test_record_of_another_repository_is_refused(
    root: Path, store: FolderStore
) -> None:
    record(root, store, COMMIT)
    with pytest.raises(DeliveryError, match="another repository's image") as raised:
        fetch(root, store, COMMIT, "europe-docker.pkg.dev/project/other/tidegate")
    assert raised.value.code == 5


@pytest.mark.parametrize(
    "change",
    [
        {"commit": "f" * 40},
        {"form": 2},
        {"image": f"{REPOSITORY}:latest"},
        {"files": {"specs/../../../.ssh/config": "0"}},
        {"files": {"build.json": "0"}},
        {"files": 1},
        {"images": [f"{REPOSITORY}:latest"]},
        {"images": [FOREIGN]},
        {"images": 1},
    ],
    ids=str,
)
def test_note_that_says_something_else_is_refused(
    root: Path, store: FolderStore, change: dict[str, object]
) -> None:
    record(root, store, COMMIT)
    note = Path(store.where) / COMMIT / BUILD
    note.write_text(json.dumps({**json.loads(note.read_text()), **change}))
    with pytest.raises(DeliveryError):
        fetch(root, store, COMMIT, REPOSITORY)


def said_by(folder: Path, monkeypatch: pytest.MonkeyPatch, code: int = 0) -> Path:
    """Where a stand-in for `tidegate` writes what it was called with."""
    log = folder / "tidegate.log"
    program = folder / "python"
    program.write_text(
        f'#!/bin/sh\necho "$TIDEGATE_KFP_TOKEN $*" >>{log}\nexit {code}\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    return log


def test_version_is_of_the_very_spec_that_was_recorded(
    root: Path, store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(root, store, COMMIT)
    fetch(root, store, COMMIT, REPOSITORY)
    log = said_by(tmp_path, monkeypatch)
    monkeypatch.setenv("KFP_TOKEN", "secret-token")
    assert submitting.upload(root, COMMIT, "v1.0.0", "http://kfp", "prod") == 0
    (line,) = log.read_text().splitlines()
    token, _, words = line.partition(" ")
    assert token == "secret-token"
    assert "secret-token" not in words
    spec = root / records.RECORDS / COMMIT / "specs" / SPECS[1]
    assert words == (
        f"-m tidegate.cli.main upload {spec} --version v1.0.0 --host http://kfp"
    )


def test_spec_that_was_changed_since_is_not_uploaded(
    root: Path, store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(root, store, COMMIT)
    fetch(root, store, COMMIT, REPOSITORY)
    log = said_by(tmp_path, monkeypatch)
    spec = root / records.RECORDS / COMMIT / "specs" / SPECS[1]
    spec.write_text(spec_of(IMAGE))
    with pytest.raises(DeliveryError, match="not what main recorded"):
        submitting.upload(root, COMMIT, "v1.0.0", "http://kfp", "prod")
    assert not log.exists()


def test_refused_upload_ends_as_it_did(
    root: Path, store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(root, store, COMMIT)
    fetch(root, store, COMMIT, REPOSITORY)
    said_by(tmp_path, monkeypatch, code=5)
    assert submitting.upload(root, COMMIT, "v1.0.0", "http://kfp", "prod") == 5


def test_run_is_submitted_under_its_name(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = said_by(tmp_path, monkeypatch)
    spec = f"build/specs/{SPECS[0]}"
    assert submitting.submit(root, spec, "http://kfp", "flights-0123456", "dev") == 0
    assert log.read_text().strip() == (
        f"-m tidegate.cli.main submit {spec} --host http://kfp "
        "--run-name flights-0123456 --env dev"
    )


def test_spec_that_is_not_there_is_not_submitted(root: Path) -> None:
    with pytest.raises(DeliveryError, match="there is no spec"):
        submitting.submit(root, "build/specs/none.yaml", "http://kfp", "a", "dev")
