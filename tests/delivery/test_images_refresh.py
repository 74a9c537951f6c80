"""What the tags of pinned images mean today is asked of their registries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.delivery.stand_in_registry import StandIn, serving

from delivery import pins_today
from delivery.pins import FILE

GONE = "sha256:" + 64 * "0"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIn]:
    """A public registry, asked by nobody in particular."""
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setattr("delivery.registry.TRIES", 1)
    with serving() as server:
        server.public = True
        yield server


def pinned(root: Path, **images: tuple[str, str, str]) -> Path:
    """A checkout that pins images, each by repository, tag and digest."""
    lines = ["images:"]
    for name, (image, tag, digest) in images.items():
        lines += [f"  {name}:", f"    image: {image}", f"    tag: {tag}"]
        lines += [f"    digest: {digest}", f"    used_by: [_{name.upper()}]"]
    (root / FILE).parent.mkdir(parents=True)
    (root / FILE).write_text("\n".join(lines) + "\n")
    return root


def test_every_image_is_told_what_its_tag_means(
    registry: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same, new = registry.hold(b"one", "3.13"), registry.hold(b"two", "3.14")
    name = registry.repository
    root = pinned(
        tmp_path,
        same=(name, "3.13", same),
        moved=(name, "3.14", GONE),
        lost=(name, "3.15", GONE),
    )
    assert pins_today.show(root) == 0
    first, second, third, fix = capsys.readouterr().out.splitlines()
    assert first == f"same     {name}:3.13  {same}  as pinned"
    assert second == f"moved    {name}:3.14  {GONE}  now {new}"
    assert third == f"lost     {name}:3.15  {GONE}  now gone"
    assert str(FILE) in fix
    assert "_MOVED of the build files" in fix
    assert "_SAME" not in fix


def test_nothing_is_to_be_done_where_every_tag_is_as_pinned(
    registry: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = pinned(tmp_path, same=(registry.repository, "1", registry.hold(b"one", "1")))
    assert pins_today.show(root) == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_public_image_is_asked_for_without_the_right_to_push(
    registry: StandIn, tmp_path: Path
) -> None:
    root = pinned(tmp_path, same=(registry.repository, "1", registry.hold(b"one", "1")))
    assert pins_today.show(root) == 0
    assert registry.scopes == ["repository:tidegate:pull"]


def test_registry_that_does_not_answer_hides_no_other(
    registry: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = registry.hold(b"one", "1")
    root = pinned(
        tmp_path,
        silent=("localhost:9/tidegate", "1", GONE),
        same=(registry.repository, "1", digest),
    )
    assert pins_today.show(root) == 4
    said = capsys.readouterr().out.splitlines()
    assert "unknown: the registry does not say what localhost:9/tidegate" in said[0]
    assert any(line.strip().startswith("fix:") for line in said)
    assert said[-1].endswith("as pinned")
    assert not any("to take what is new" in line for line in said)
