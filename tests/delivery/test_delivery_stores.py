"""Stores write whole files once: in a folder, and in Cloud Storage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.delivery.stand_in_bucket import TOKEN, Bucket, serving

from delivery.cloud_storage import CloudStorage, access_token
from delivery.errors import DeliveryError
from delivery.stores import Denied, FolderStore, Store, store_of


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def cloud(bucket: Bucket) -> Iterator[CloudStorage]:
    with serving(bucket) as variables:
        yield CloudStorage("gs://builds/tidegate/", variables, pause=0.0)


@pytest.fixture(params=["folder", "cloud"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return FolderStore(tmp_path / "store")
    found: Store = request.getfixturevalue("cloud")
    return found


def a_file(folder: Path, content: bytes) -> Path:
    path = folder / f"file-{len(content)}"
    path.write_bytes(content)
    return path


def test_what_was_created_is_fetched(store: Store, tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    assert store.create("abc/specs/a.yaml", a_file(tmp_path, content))
    assert store.fetch("abc/specs/a.yaml", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == content


def test_name_that_is_taken_keeps_its_content(store: Store, tmp_path: Path) -> None:
    assert store.create("abc/build.json", a_file(tmp_path, b"first"))
    assert not store.create("abc/build.json", a_file(tmp_path, b"another"))
    assert store.fetch("abc/build.json", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"first"


def test_what_is_not_there_is_a_miss(store: Store, tmp_path: Path) -> None:
    assert not store.fetch("abc/build.json", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_names_of_a_folder_are_those_of_its_own_files(
    store: Store, tmp_path: Path
) -> None:
    for name in ("main/a.json", "main/b.json", "main/old/c.json", "mainly/d.json"):
        store.create(name, a_file(tmp_path, b"x"))
    assert sorted(store.names("main")) == ["a.json", "b.json"]
    assert store.names("release") == []


def test_half_of_a_file_has_no_name(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    store.create("main/a.json", a_file(tmp_path, b"x"))
    (tmp_path / "store" / "main" / ".b.json.77.abcd").write_text("hal")
    assert store.names("main") == ["a.json"]


def test_names_are_read_to_the_last_page(
    cloud: CloudStorage, bucket: Bucket, tmp_path: Path
) -> None:
    bucket.page = 2
    wanted = [f"{number}.json" for number in range(5)]
    for name in wanted:
        cloud.create(f"main/{name}", a_file(tmp_path, b"x"))
    before = bucket.asked
    assert cloud.names("main") == wanted
    assert bucket.asked - before == 3


@pytest.mark.parametrize(
    ("status", "content", "told"),
    [
        (404, b"", "no bucket of this name"),
        (200, b"<html>", "no JSON"),
        (403, b"", "cannot be read: 403"),
    ],
)
def test_names_that_cannot_be_had_are_told(
    cloud: CloudStorage, bucket: Bucket, status: int, content: bytes, told: str
) -> None:
    bucket.listing = (status, content)
    with pytest.raises(DeliveryError, match=told) as raised:
        cloud.names("main")
    assert isinstance(raised.value, Denied) is (status == 403)
    assert raised.value.code == 4


def test_folder_holds_nothing_but_whole_files(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    store.create("abc/a", a_file(tmp_path, b"first"))
    store.create("abc/a", a_file(tmp_path, b"another"))
    assert [one.name for one in (tmp_path / "store" / "abc").iterdir()] == ["a"]


def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    store = FolderStore(tmp_path / "store")
    with pytest.raises(DeliveryError, match="cannot write") as raised:
        store.create("abc/a", a_file(tmp_path, b"x"))
    assert raised.value.code == 4


def test_objects_lie_under_the_folder_of_the_bucket(
    cloud: CloudStorage, bucket: Bucket, tmp_path: Path
) -> None:
    cloud.create("abc/build.json", a_file(tmp_path, b"x"))
    assert set(bucket.objects) == {"tidegate/abc/build.json"}
    assert bucket.tokens == {f"Bearer {TOKEN}"}
    assert cloud.path("abc/build.json") == "gs://builds/tidegate/abc/build.json"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_fault_is_tried_again(
    cloud: CloudStorage, bucket: Bucket, tmp_path: Path, status: int
) -> None:
    bucket.first = [status, status]
    assert cloud.create("a", a_file(tmp_path, b"x"))
    assert bucket.objects == {"tidegate/a": b"x"}


def test_refusal_is_told_at_once_and_without_the_token(
    cloud: CloudStorage, bucket: Bucket, tmp_path: Path
) -> None:
    bucket.first = [403]
    with pytest.raises(DeliveryError, match="gs://builds/tidegate/a") as raised:
        cloud.fetch("a", tmp_path / "back")
    assert bucket.asked == 1
    assert "403" in raised.value.message
    assert raised.value.code == 4
    assert TOKEN not in str(raised.value.__dict__)


def test_name_that_is_taken_may_be_denied_as_if_it_were_a_right(
    cloud: CloudStorage, bucket: Bucket, tmp_path: Path
) -> None:
    bucket.objects["tidegate/a"] = b"first"
    bucket.first = [403]
    assert not cloud.create("a", a_file(tmp_path, b"another"))
    assert bucket.objects == {"tidegate/a": b"first"}


@pytest.mark.parametrize("read", [[], [403]])
def test_denied_write_of_a_free_name_says_what_google_says(
    cloud: CloudStorage, bucket: Bucket, tmp_path: Path, read: list[int]
) -> None:
    bucket.first = [403, *read]
    bucket.words = "main@project does not have storage.objects.create access"
    with pytest.raises(DeliveryError, match="cannot be written: 403 main@project"):
        cloud.create("a", a_file(tmp_path, b"x"))


def test_fault_that_stays_ends_after_some_tries(
    cloud: CloudStorage, bucket: Bucket, tmp_path: Path
) -> None:
    bucket.first = [503] * 10
    with pytest.raises(DeliveryError, match="503"):
        cloud.fetch("a", tmp_path / "back")
    assert bucket.asked == 4


def test_token_of_the_surroundings_comes_first() -> None:
    assert access_token({"GOOGLE_OAUTH_ACCESS_TOKEN": TOKEN}) == TOKEN


@pytest.mark.parametrize("url", ["s3://bucket/folder", "https://example.com/x"])
def test_store_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(DeliveryError, match="no store of this kind"):
        store_of(url)


def test_bucket_needs_a_name() -> None:
    with pytest.raises(DeliveryError, match="no bucket is named"):
        store_of("gs:///folder")
