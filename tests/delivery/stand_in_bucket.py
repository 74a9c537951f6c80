"""A bucket of Cloud Storage on a port of this machine, for tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "a-token-that-nobody-sees"


@dataclass
class Bucket:
    """What the server has, and how it answers.

    Attributes:
        objects: Content by name.
        first: Status of the first answers, whatever is asked.
        words: What is said with them.
        listing: Status and content of every list, where it is not what is there.
        page: Most names on a page of a list.
        tokens: Every token that was shown.
        asked: How many requests there were.
    """

    objects: dict[str, bytes] = field(default_factory=dict)
    first: list[int] = field(default_factory=list)
    words: str = ""
    listing: tuple[int, bytes] | None = None
    page: int = 1000
    tokens: set[str] = field(default_factory=set)
    asked: int = 0


class Api(BaseHTTPRequestHandler):
    """Objects of one bucket, as the JSON API answers."""

    bucket: Bucket

    def do_GET(self) -> None:
        if self._first():
            return
        path = urlsplit(self.path).path
        if path.endswith("/o"):
            self._answer(*(self.bucket.listing or (200, self._names())))
            return
        content = self.bucket.objects.get(unquote(path.split("/o/", 1)[1]))
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

    def _names(self) -> bytes:
        query = {
            key: one[0] for key, one in parse_qs(urlsplit(self.path).query).items()
        }
        prefix, start = query["prefix"], int(query.get("pageToken", "0"))
        assert query["delimiter"] == "/"
        found = sorted(
            name
            for name in self.bucket.objects
            if name.startswith(prefix) and "/" not in name[len(prefix) :]
        )
        end = start + min(self.bucket.page, int(query["maxResults"]))
        # No items at all where none are found, as the API does.
        said: dict[str, object] = {}
        if found[start:end]:
            said["items"] = [{"name": name} for name in found[start:end]]
        if found[end:]:
            said["nextPageToken"] = str(end)
        return json.dumps(said).encode()

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


@contextmanager
def serving(bucket: Bucket) -> Iterator[dict[str, str]]:
    """The variables that make a bucket of this machine the one that is asked."""
    api = type("BoundApi", (Api,), {"bucket": bucket})
    with ThreadingHTTPServer(("127.0.0.1", 0), api) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield {
                "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{server.server_port}",
                "GOOGLE_OAUTH_ACCESS_TOKEN": TOKEN,
            }
        finally:
            server.shutdown()
            thread.join()
