"""Stores write whole files once: in a folder, and in Cloud Storage."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from delivery.cloud_storage import CloudStorage, access_token
from delivery.errors import DeliveryError
from delivery.stores import FolderStore, Store, store_of

TOKEN = "a-token-that-nobody-sees"


@dataclass
class Bucket:
    """What the server has, and how it answers first."""

    objects: dict[str, bytes] = field(default_factory=dict)
    first: list[int] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    asked: int = 0
    words: str = ""


class Api(BaseHTTPRequestHandler):
    """Objects of one bucket, as the JSON API answers."""

    bucket: Bucket

    def do_GET(self) -> None:
        if self._first():
            return
        name = unquote(urlsplit(self.path).path.split("/o/", 1)[1])
        content = self.bucket.objects.get(name)
        if content is None:
            self._answer(404)
        else:
            self._answer(200, content)

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self._first():
            return
        query = parse_qs(urlsplit(self.path).query)
        name = query["name"][0]
        assert query["ifGenerationMatch"] == ["0"]
        if name in self.bucket.objects:
            self._answer(412)
        else:
            self.bucket.objects[name] = content
            self._answer(200, b"{}")

    def _first(self) -> bool:
        self.bucket.asked += 1
        self.bucket.tokens.add(self.headers["Authorization"])
        if self.bucket.first:
            said = {"error": {"message": self.bucket.words}}
            self._answer(self.bucket.first.pop(0), json.dumps(said).encode())
            return True
        return False

    def _answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def cloud(bucket: Bucket) -> Iterator[CloudStorage]:
    api = type("BoundApi", (Api,), {"bucket": bucket})
    with ThreadingHTTPServer(("127.0.0.1", 0), api) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        variables = {
            "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{server.server_port}",
            "GOOGLE_OAUTH_ACCESS_TOKEN": TOKEN,
        }
        yield CloudStorage("gs://builds/tidegate/", variables, pause=0.0)
        server.shutdown()
        thread.join()


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
