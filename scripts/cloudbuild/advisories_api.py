"""A service of advisories without the network: it knows those that are reviewed.

It answers queries of the OSV schema from requirements/advisories.yaml, so that the
audit of a trial says the same on every machine and on every day. What became known
since the reviews it cannot know: the real service is asked on Cloud Build.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tidegate.documents import Document

REVIEWED = Path("requirements", "advisories.yaml")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


@contextmanager
def serving(checkout: Path) -> Iterator[str]:
    """The address of a service that knows the checkout's reviewed advisories."""
    known = known_advisories(checkout)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            content = json.dumps(answer(json.loads(raw), known)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing: the step's own log is enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


def known_advisories(checkout: Path) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The reviewed advisories of each package and locked version."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for entry in Document.read(checkout / REVIEWED).data["advisories"]:
        pins = {pin for lock in entry["locks"] for pin in _pins(checkout, lock)}
        for name, version in sorted(pins):
            if name in entry["packages"]:
                found.setdefault((name, version), []).append(
                    {
                        "id": entry["id"],
                        "aliases": list(entry.get("aliases", [])),
                        "summary": entry["what"],
                        "affected": [{"package": {"name": name, "ecosystem": "PyPI"}}],
                    }
                )
    return found


def answer(
    query: Mapping[str, Any],
    known: Mapping[tuple[str, str], list[dict[str, Any]]],
) -> dict[str, Any]:
    """What the service says of one package and version; nothing is `{}`."""
    name = re.sub(r"[-_.]+", "-", str(query["package"]["name"])).lower()
    found = known.get((name, str(query["version"])))
    return {"vulns": found} if found else {}


def _pins(checkout: Path, lock: str) -> list[tuple[str, str]]:
    path = checkout / "requirements" / f"{lock}.lock"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return [(name.lower(), version) for name, version in _PIN.findall(text)]
