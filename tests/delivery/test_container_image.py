"""The image is built once a commit, named by its digest, and promoted as it is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.delivery.stand_in import DIGEST, Engine, engine_in
from tests.delivery.stand_in_registry import TOKEN, StandIn, serving

from delivery import container_image
from delivery.container_image import Target, target_of
from delivery.errors import DeliveryError
from delivery.registry import remote_digest

REPOSITORY = "europe-docker.pkg.dev/project/pipelines/tidegate"
COMMIT = "0123456789" * 4
TARGET = Target(REPOSITORY, COMMIT, COMMIT)
BASE = "python:3.13-slim-trixie@sha256:" + 64 * "b"
IMAGE = f"{REPOSITORY}@{DIGEST}"


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    folder = tmp_path / "bin"
    folder.mkdir()
    return engine_in(folder, monkeypatch)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
    monkeypatch.setattr("delivery.registry.TRIES", 1)
    with serving() as server:
        yield server


@pytest.mark.parametrize(
    ("image", "version", "reference"),
    [
        (REPOSITORY, COMMIT, f"{REPOSITORY}:{COMMIT}"),
        (f"{REPOSITORY}:1.4.0", COMMIT, f"{REPOSITORY}:1.4.0"),
        ("localhost:5000/tidegate:1.4.0", "", "localhost:5000/tidegate:1.4.0"),
        ("localhost:5000/tidegate", COMMIT, f"localhost:5000/tidegate:{COMMIT}"),
    ],
)
def test_image_is_called_by_its_tag_or_its_commit(
    image: str, version: str, reference: str
) -> None:
    assert target_of(image, version).reference == reference


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("", ""),
        (REPOSITORY, ""),
        ("localhost:5000/tidegate", ""),
        (f"{REPOSITORY}:latest", COMMIT),
        (f"{REPOSITORY}:cache", ""),
        (REPOSITORY, "v1;id"),
        (REPOSITORY, "v1\n"),
        (IMAGE, ""),
    ],
)
def test_image_without_a_tag_that_stays_is_refused(image: str, version: str) -> None:
    with pytest.raises(DeliveryError, match="a tag that does not move") as raised:
        target_of(image, version)
    assert raised.value.code == 2


def of_commit(registry: StandIn) -> Target:
    return Target(registry.repository, COMMIT, COMMIT)


def test_build_names_base_commit_and_the_layers_before(
    engine: Engine, registry: StandIn, tmp_path: Path
) -> None:
    target = of_commit(registry)
    container_image.build(target, BASE, tmp_path, "https://example.com/repo")
    packages, build = engine.calls
    assert engine.said["buildkit"] == "1"
    assert build[:3] == ["build", "-f", "kubeflow/Dockerfile"]
    given = {word for word in build if "=" in word}
    assert given == {
        "BASE=python:3.13-slim-trixie",
        "BASE_DIGEST=sha256:" + 64 * "b",
        "BUILDKIT_INLINE_CACHE=1",
        f"CODE_VERSION={COMMIT}",
        f"IMAGE={target.reference}",
        "SOURCE=https://example.com/repo",
    }
    assert build[build.index("--cache-from") + 1] == target.cache
    assert build[-3:] == ["-t", target.reference, "."]
    # The layers that take longest are those of a stage, which is kept by itself.
    assert packages[:-5] == build[:-3]
    assert packages[-5:] == ["--target", "packages", "-t", target.cache, "."]


def test_stage_that_is_kept_is_one_that_the_dockerfile_has() -> None:
    file = Path(__file__).resolve().parents[2] / container_image.DOCKERFILE
    assert f" AS {container_image.PACKAGES}\n" in file.read_text()


def test_commit_that_has_an_image_gets_no_other(
    engine: Engine,
    registry: StandIn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    registry.hold(b"{}", COMMIT)
    container_image.build(of_commit(registry), BASE, tmp_path)
    assert [call[0] for call in engine.calls] == ["pull"]
    assert "not built again" in capsys.readouterr().out


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_registry_that_does_not_say_has_nothing_built(
    engine: Engine, registry: StandIn, tmp_path: Path, status: int
) -> None:
    registry.status = status
    with pytest.raises(DeliveryError, match="does not say what") as raised:
        container_image.build(of_commit(registry), BASE, tmp_path)
    assert raised.value.code == 4
    assert engine.calls == []


def test_host_without_a_registry_is_no_missing_image(
    engine: Engine, registry: StandIn, tmp_path: Path
) -> None:
    registry.base_status = 404
    with pytest.raises(DeliveryError, match="does not say what"):
        container_image.build(of_commit(registry), BASE, tmp_path)
    assert engine.calls == []


def test_tag_of_a_person_is_built_anew(engine: Engine, tmp_path: Path) -> None:
    engine.has(tags={f"{REPOSITORY}:1.4.0": DIGEST})
    container_image.build(Target(REPOSITORY, "1.4.0", COMMIT), BASE, tmp_path)
    assert [call[0] for call in engine.calls] == ["build", "build"]


def test_build_that_fails_ends_the_step(engine: Engine, tmp_path: Path) -> None:
    engine.has(fails=["build"])
    with pytest.raises(DeliveryError, match="docker build failed") as raised:
        container_image.build(Target(REPOSITORY, "1.4.0", ""), BASE, tmp_path)
    assert raised.value.code == 3


def test_push_writes_the_digest_down(engine: Engine, tmp_path: Path) -> None:
    other = "elsewhere.example/tidegate@sha256:" + 64 * "c"
    engine.has(digests=[other, "{name}@" + DIGEST])
    assert container_image.push(TARGET, tmp_path) == IMAGE
    assert (tmp_path / "build" / "image.txt").read_text() == f"{IMAGE}\n"
    assert engine.said["tags"] == {TARGET.reference: DIGEST, TARGET.cache: DIGEST}
    assert [one.name for one in (tmp_path / "build").iterdir()] == ["image.txt"]


@pytest.mark.parametrize("digests", [[], ["elsewhere.example/tidegate@" + DIGEST]])
def test_image_without_a_digest_of_its_registry_is_not_written_down(
    engine: Engine, tmp_path: Path, digests: list[str]
) -> None:
    engine.has(digests=digests)
    with pytest.raises(DeliveryError, match="does not say which digest"):
        container_image.push(TARGET, tmp_path)
    assert not (tmp_path / "build" / "image.txt").exists()


def test_push_that_fails_leaves_no_digest(engine: Engine, tmp_path: Path) -> None:
    engine.has(fails=["push"])
    with pytest.raises(DeliveryError, match="docker push failed") as raised:
        container_image.push(TARGET, tmp_path)
    assert raised.value.code == 4
    assert not (tmp_path / "build" / "image.txt").exists()


@pytest.mark.parametrize("challenge", ["Bearer", "Basic"])
def test_promotion_puts_the_very_bytes_under_the_tag_once(
    registry: StandIn, challenge: str
) -> None:
    registry.challenge = challenge
    content = b'{"schemaVersion": 2,   "as": "it is"}\n'
    image = f"{registry.repository}@{registry.hold(content)}"
    assert container_image.promote(image, "v1.0.0")
    assert registry.tags == {"v1.0.0": content}
    assert registry.put == [("v1.0.0", registry.kind)]
    assert not container_image.promote(image, "v1.0.0")
    assert len(registry.put) == 1


def test_version_of_another_image_is_refused(registry: StandIn) -> None:
    registry.hold(b"another", "v1.0.0")
    image = f"{registry.repository}@{registry.hold(b'this one')}"
    with pytest.raises(DeliveryError, match="another image already") as raised:
        container_image.promote(image, "v1.0.0")
    assert raised.value.code == 5
    assert registry.tags == {"v1.0.0": b"another"}


def test_manifest_that_is_not_its_digest_is_not_tagged(registry: StandIn) -> None:
    digest = registry.hold(b"this one")
    registry.manifests[digest] = b"that one"
    with pytest.raises(DeliveryError, match="is broken") as raised:
        container_image.promote(f"{registry.repository}@{digest}", "v1.0.0")
    assert raised.value.code == 5
    assert registry.put == []


def test_image_that_is_gone_cannot_be_promoted(registry: StandIn) -> None:
    with pytest.raises(DeliveryError, match="the registry has no"):
        container_image.promote(f"{registry.repository}@{DIGEST}", "v1.0.0")


def test_registry_says_what_an_account_may_not_and_no_token_is_shown(
    registry: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = f"{registry.repository}@{registry.hold(b'this one')}"
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "another")
    with pytest.raises(DeliveryError, match="does not say what") as raised:
        container_image.promote(image, "v1.0.0")
    told = str(raised.value.__dict__)
    assert "UNAUTHORIZED: not this account" in told
    assert "another" not in told
    assert raised.value.code == 4


def test_registry_that_sends_elsewhere_is_not_followed(registry: StandIn) -> None:
    digest = registry.hold(b"this one")
    registry.status = 307
    with pytest.raises(DeliveryError, match="does not say what"):
        container_image.promote(f"{registry.repository}@{digest}", "v1.0.0")
    assert registry.elsewhere == 0


@pytest.mark.parametrize(
    ("reference", "digest"),
    [("here:kept", "sha256:" + hashlib.sha256(b"kept").hexdigest()), ("here:no", None)],
)
def test_digest_of_a_tag_is_that_of_its_bytes(
    registry: StandIn, reference: str, digest: str | None
) -> None:
    registry.hold(b"kept", "kept")
    name = reference.replace("here", registry.repository)
    assert remote_digest(name) == digest


def test_image_is_started_by_its_digest_without_network(
    engine: Engine, tmp_path: Path
) -> None:
    container_image.check(IMAGE, tmp_path)
    assert engine.calls == [["run", "--rm", "--network", "none", IMAGE]]
    engine.has(fails=["run"])
    with pytest.raises(DeliveryError, match="docker run failed") as raised:
        container_image.check(IMAGE, tmp_path)
    assert raised.value.code == 3
    with pytest.raises(DeliveryError, match="not named by its digest"):
        container_image.check(f"{REPOSITORY}:1.4.0", tmp_path)


@pytest.mark.parametrize("version", ["", "v1/2", "latest", "cache", "-v1", "v1 2"])
def test_version_that_can_be_none_is_refused(engine: Engine, version: str) -> None:
    with pytest.raises(DeliveryError, match="no version can be called"):
        container_image.promote(IMAGE, version)
    assert engine.calls == []


def test_machine_without_an_engine_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(DeliveryError, match="no container engine"):
        container_image.build(Target(REPOSITORY, "1.4.0", ""), BASE, tmp_path)
