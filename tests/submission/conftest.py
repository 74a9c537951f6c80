"""A server, a connection to it that loses no time, and compiled pipelines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

# Test files here share kfp_server.py; a package of their own named "tests" would
# lose to one that some distribution installs under that name.
sys.path.insert(0, str(Path(__file__).parent))

from kfp_server import Server, serving
from submission_trial import FAST, compiled

from tidegate.submission.connection import Connection
from tidegate.submission.credentials import POD_VARIABLE, VARIABLE
from tidegate.submission.host import Host


@pytest.fixture(autouse=True)
def nobody_in_particular(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes away the tokens and addresses that whoever runs the tests may have."""
    for name in (VARIABLE, POD_VARIABLE, "TIDEGATE_KFP_HOST", "KF_PIPELINES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Server()) as running:
        yield running


@pytest.fixture
def connection(server: Server) -> Iterator[Connection]:
    with Connection(Host(server.url), policy=FAST) as made:
        yield made


@pytest.fixture
def spec_path(tmp_path: Path) -> Callable[..., Path]:
    """Writes a compiled pipeline; its second document is `platform`."""

    def write(
        platform: dict[str, Any] | None = None, name: str = "spec.yaml", **root: Any
    ) -> Path:
        path = tmp_path / name
        documents = [compiled(**root), *([platform] if platform else [])]
        path.write_text(yaml.safe_dump_all(documents, sort_keys=False))
        return path

    return write
