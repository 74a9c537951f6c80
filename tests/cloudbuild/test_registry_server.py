"""The registry of a trial takes a tag for what the docker stand-in pushed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudbuild import registry_api
from cloudbuild.registry_api import Server
from cloudbuild.stand_ins.references import by_tag
from cloudbuild.stand_ins.registry import content, opened
from delivery import container_image
from delivery.errors import DeliveryError
from delivery.registry import Manifest, Repository, remote_digest

ACCOUNT = "of-the-account"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", ACCOUNT)
    with registry_api.serving(tmp_path, ACCOUNT) as one:
        yield one


def pushed(server: Server, tag: str, identity: str) -> str:
    name = f"{server.host}/project/tidegate"
    with opened(server.folder) as registry:
        registry.local[f"{name}:{tag}"] = identity
        return f"{name}@{registry.push(by_tag(f'{name}:{tag}'))}"


def test_pushed_image_gets_a_version_once(server: Server) -> None:
    image = pushed(server, "abc", "sha256:" + 64 * "1")
    name, digest = image.split("@")
    assert remote_digest(f"{name}:abc") == digest
    assert remote_digest(f"{name}:v1.0.0") is None
    assert container_image.promote(image, "v1.0.0")
    assert not container_image.promote(image, "v1.0.0")
    assert server.written == ["/v2/project/tidegate/manifests/v1.0.0"]
    assert server.refused == []
    with opened(server.folder) as registry:
        assert registry.tags(name) == {"abc": digest, "v1.0.0": digest}


def test_version_that_would_move_is_refused(server: Server) -> None:
    assert container_image.promote(pushed(server, "a", "sha256:" + 64 * "1"), "v1")
    with pytest.raises(DeliveryError, match="another image already"):
        container_image.promote(pushed(server, "b", "sha256:" + 64 * "2"), "v1")
    assert len(server.written) == 1


def test_manifest_that_nobody_pushed_is_not_taken(server: Server) -> None:
    held = Repository(f"{server.host}/project/tidegate", pause=0.0)
    unknown = Manifest(content("sha256:" + 64 * "3").encode(), registry_api.KIND)
    with pytest.raises(DeliveryError, match="does not take") as raised:
        held.tag("v1", unknown)
    assert "MANIFEST_INVALID" in str(raised.value.__dict__)


def test_other_accounts_are_turned_away(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = pushed(server, "abc", "sha256:" + 64 * "1")
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "of-another")
    with pytest.raises(DeliveryError, match="does not say what"):
        container_image.promote(image, "v1")
    assert server.refused == ["GET /token"]
    assert server.written == []
