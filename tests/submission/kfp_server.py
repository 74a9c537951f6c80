"""An HTTP server that speaks Kubeflow Pipelines' API v2beta1, faults included."""

from __future__ import annotations

import email
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kfp_store import CODES, Refusal, Store

API = "/apis/v2beta1"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request.

    Attributes:
        work: Whether it is done all the same: `never`, `before` the answer, or
            `late`, after the client has heard of the fault.
        status: Answered instead; None: the connection is reset.
        retry_after: Header of the answer.
        delay: Seconds until late work is done, or a silent server resets.
        silent: Nothing is answered for that time.
    """

    work: str = "never"
    status: int | None = None
    retry_after: str | None = None
    delay: float = 0.0
    silent: bool = False


@dataclass
class Seen:
    """A request that came in; names of headers in small letters."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


@dataclass
class Server:
    """A running server.

    Attributes:
        url: Its address.
        store: What it knows.
        fault: Says what goes wrong with a request; None for nothing.
        token: Bearer token without which it answers 401; None to take all.
        seen: All requests, in order.
    """

    url: str = ""
    store: Store = field(default_factory=Store)
    fault: Callable[[Seen], Fault | None] = lambda seen: None
    token: str | None = None
    seen: list[Seen] = field(default_factory=list)

    def count(self, method: str, path: str) -> int:
        """How often a call came in."""
        return sum((s.method, s.path) == (method, path) for s in self.seen)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """The server, while it runs on a port of its own."""
    http = _Http(("127.0.0.1", 0), _handler(server))
    thread = threading.Thread(
        target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_address[1]}"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has left is no news."""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            _serve(server, self)

        do_POST = do_DELETE = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _serve(server: Server, http: BaseHTTPRequestHandler) -> None:
    seen = _read(http)
    server.seen.append(seen)
    fault = server.fault(seen)
    if fault is None:
        _answer(http, *_work(server, seen))
        return
    if fault.work == "before":
        _work(server, seen)
    elif fault.work == "late":
        threading.Timer(fault.delay, _work, (server, seen)).start()
    if fault.silent:
        time.sleep(fault.delay)
    if fault.status is None:
        _reset(http)
    else:
        said = {"code": 14, "message": "Service unavailable", "details": []}
        _answer(http, fault.status, said, fault.retry_after)


def _read(http: BaseHTTPRequestHandler) -> Seen:
    raw = http.rfile.read(int(http.headers.get("Content-Length") or 0))
    parts = urlsplit(http.path)
    path = parts.path.removeprefix(API)
    kind = http.headers.get("Content-Type", "")
    body: Any = None
    if kind.startswith("multipart/"):
        whole = email.message_from_bytes(f"Content-Type: {kind}\n\n".encode() + raw)
        body = whole.get_payload()[0].get_payload(decode=True)  # type: ignore[union-attr, index]
    elif raw:
        body = json.loads(raw)
    return Seen(
        str(http.command),
        path,
        dict(parse_qsl(parts.query)),
        body,
        {name.lower(): value for name, value in http.headers.items()},
    )


def _work(server: Server, seen: Seen) -> tuple[int, dict[str, Any]]:
    try:
        if server.token is not None and (
            seen.headers.get("authorization") != f"Bearer {server.token}"
        ):
            raise Refusal(16, "Request header error: there is no user identity header")
        return 200, server.store.handle(seen.method, seen.path, seen.query, seen.body)
    except Refusal as refusal:
        said = {"code": refusal.code, "message": refusal.message, "details": []}
        return CODES[refusal.code], said


def _answer(
    http: BaseHTTPRequestHandler,
    status: int,
    content: dict[str, Any],
    retry_after: str | None = None,
) -> None:
    raw = json.dumps(content).encode()
    http.send_response(status)
    http.send_header("Content-Type", "application/json")
    http.send_header("Content-Length", str(len(raw)))
    if retry_after is not None:
        http.send_header("Retry-After", retry_after)
    http.end_headers()
    http.wfile.write(raw)


def _reset(http: BaseHTTPRequestHandler) -> None:
    """Drops the connection the hard way, as a server that died."""
    linger = struct.pack("ii", 1, 0)
    http.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    http.close_connection = True
    http.connection.close()
