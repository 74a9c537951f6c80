"""A server that speaks a container registry's API about what a trial pushed.

Manifests and tags only: whatever is pushed comes by the docker stand-in, with which
it shares its state. Who asks gets a token for a token, as in Artifact Registry.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cloudbuild.stand_ins.references import Reference, Refusal
from cloudbuild.stand_ins.registry import KIND, opened

_MANIFEST = re.compile(r"^/v2/(.+)/manifests/([^/]+)$")


@dataclass
class Server:
    """A registry on a port of this machine.

    Attributes:
        folder: The state of the docker stand-in.
        token: The access token that it takes.
        host: `localhost:PORT`.
        seen: Method and path of each call with a token, in order.
        refused: Calls without one, but for those that ask how to get one.
    """

    folder: Path
    token: str
    host: str = ""
    seen: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    given: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def written(self) -> list[str]:
        """What was put, in order: the paths."""
        return [one.partition(" ")[2] for one in self.seen if one.startswith("PUT ")]

    def answer(
        self, method: str, path: str, said: str, body: bytes
    ) -> tuple[int, bytes, dict[str, str]]:
        """Status, content and headers of the answer to a call.

        Args:
            method: GET, HEAD or PUT.
            path: With its query.
            said: The header Authorization.
            body: What was sent.
        """
        if path.startswith("/token?"):
            user = base64.b64encode(f"oauth2accesstoken:{self.token}".encode()).decode()
            if said != f"Basic {user}":
                self.refused.append(f"{method} /token")
                return _error(401, "UNAUTHORIZED", "the token is not the account's")
            return 200, json.dumps({"token": self.given}).encode(), {}
        if said != f"Bearer {self.given}":
            if path != "/v2/":
                self.refused.append(f"{method} {path}")
            status, content, headers = _error(401, "UNAUTHORIZED", "say who you are")
            realm = f'Bearer realm="http://{self.host}/token",service="{self.host}"'
            return status, content, {**headers, "WWW-Authenticate": realm}
        self.seen.append(f"{method} {path}")
        found = _MANIFEST.match(path)
        if path == "/v2/" or not found:
            return (200, b"{}", {}) if path == "/v2/" else _error(404, "UNSUPPORTED")
        return self._manifest(method, f"{self.host}/{found[1]}", found[2], body)

    def _manifest(
        self, method: str, repository: str, name: str, body: bytes
    ) -> tuple[int, bytes, dict[str, str]]:
        by_digest = name.startswith("sha256:")
        one = Reference(repository, *((None, name) if by_digest else (name, None)))
        with opened(self.folder) as registry:
            if method == "PUT":
                digest = "sha256:" + hashlib.sha256(body).hexdigest()
                if by_digest or digest not in registry.digests.get(repository, []):
                    return _error(400, "MANIFEST_INVALID", "its layers are not here")
                registry.pushed[str(one)] = digest
                return 201, b"", {"Docker-Content-Digest": digest}
            try:
                digest = registry.find(one)
            except Refusal as refusal:
                return _error(404, "MANIFEST_UNKNOWN", str(refusal))
            content = registry.manifests[digest].encode()
        return 200, content, {"Content-Type": KIND, "Docker-Content-Digest": digest}


@contextmanager
def serving(folder: Path, token: str) -> Iterator[Server]:
    """A registry of what was pushed, while it is needed."""
    registry = Server(folder, token)

    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            said = self.headers.get("Authorization", "")
            status, content, headers = registry.answer(
                self.command, self.path, said, body
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_PUT = _respond

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing: the step's own log is enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    registry.host = f"localhost:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()


def _error(
    status: int, code: str, message: str = ""
) -> tuple[int, bytes, dict[str, str]]:
    said = {"errors": [{"code": code, "message": message}]}
    return status, json.dumps(said).encode(), {"Content-Type": "application/json"}
