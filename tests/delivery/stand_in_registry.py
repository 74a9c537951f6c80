"""A container registry on a port of this machine, for tests."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "access-of-the-account"
EXCHANGED = "token-of-the-registry"
PUSHES = "repository:tidegate:pull,push"


@dataclass
class StandIn:
    """What the registry holds, and how it answers.

    Attributes:
        repository: HOST:PORT/tidegate.
        kind: Media type of every manifest.
        manifests: Bytes by digest.
        tags: Bytes by tag.
        put: Tags that were written, and the media type given with each.
        challenge: How it wants to be told who asks.
        status: Status of each answer about manifests, where it is not 200.
        base_status: Status of `GET /v2/` without an account.
        public: Whether everybody gets a token for pulling.
        scopes: What every token was asked for.
        elsewhere: How often a redirect was followed.
    """

    repository: str = ""
    kind: str = "application/vnd.oci.image.manifest.v1+json"
    manifests: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, bytes] = field(default_factory=dict)
    put: list[tuple[str, str]] = field(default_factory=list)
    challenge: str = "Bearer"
    status: int = 200
    base_status: int = 401
    public: bool = False
    scopes: list[str] = field(default_factory=list)
    elsewhere: int = 0

    def hold(self, content: bytes, tag: str = "") -> str:
        """Keeps a manifest, under a tag if one is named; its digest."""
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        self.manifests[digest] = content
        if tag:
            self.tags[tag] = content
        return digest


@contextmanager
def serving() -> Iterator[StandIn]:
    """An empty registry."""
    held = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/elsewhere"):
                held.elsewhere += 1
            if self.path.startswith("/token?"):
                scope = parse_qs(urlsplit(self.path).query)["scope"][0]
                held.scopes.append(scope)
                assert scope in ("repository:tidegate:pull", PUSHES)
                everybody = held.public and scope != PUSHES
                if not (everybody or self._is_account()):
                    return self._refuse(401, "UNAUTHORIZED", "not this account")
                return self._send(200, json.dumps({"token": EXCHANGED}).encode())
            if self.path == "/v2/":
                return self._refuse(held.base_status, "UNAUTHORIZED", "who is it")
            if not self._is_known():
                return self._refuse(401, "UNAUTHORIZED", "no token")
            if held.status != 200:
                return self._refuse(held.status, "DENIED", "not so")
            name = self.path.rpartition("/")[2]
            content = {**held.manifests, **held.tags}.get(name)
            if content is None:
                return self._refuse(404, "MANIFEST_UNKNOWN", "no")
            return self._send(200, content)

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not self._is_known():
                return self._refuse(401, "UNAUTHORIZED", "no token")
            name = self.path.rpartition("/")[2]
            held.hold(body, name)
            held.put.append((name, self.headers["Content-Type"]))
            return self._send(201, b"")

        def _is_account(self) -> bool:
            user = base64.b64encode(f"oauth2accesstoken:{TOKEN}".encode()).decode()
            return self.headers.get("Authorization") == f"Basic {user}"

        def _is_known(self) -> bool:
            if held.challenge == "Basic":
                return self._is_account()
            return self.headers.get("Authorization") == f"Bearer {EXCHANGED}"

        def _refuse(self, status: int, code: str, message: str) -> None:
            said = {"errors": [{"code": code, "message": message}]}
            self._send(status, json.dumps(said).encode())

        def _send(self, status: int, content: bytes) -> None:
            host = held.repository.partition("/")[0]
            self.send_response(status)
            if status == 401:
                realm = f'{held.challenge} realm="http://{host}/token",service="here"'
                self.send_header("WWW-Authenticate", realm)
            if status == 307:
                self.send_header("Location", f"http://{host}/elsewhere")
            self.send_header("Content-Type", held.kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    held.repository = f"localhost:{server.server_address[1]}/tidegate"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
