"""One list of pinned images, which build files and Dockerfile keep to."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from delivery.errors import DeliveryError
from delivery.pins import FILE, pins

ROOT = Path(__file__).resolve().parents[2]
BUILD_FILES = (
    "cloudbuild.yaml",
    "kubeflow/cloudbuild/main.yaml",
    "kubeflow/cloudbuild/tag.yaml",
)


def test_lines_are_read_as_yaml_reads_them() -> None:
    said = yaml.safe_load((ROOT / FILE).read_text())["images"]
    read = {
        name: {
            "image": pin.image,
            "tag": pin.tag,
            "digest": pin.digest,
            "used_by": list(pin.used_by),
        }
        for name, pin in pins(ROOT).items()
    }
    wanted = ("image", "tag", "digest", "used_by")
    assert read == {
        name: {key: str(one[key]) if key == "tag" else one[key] for key in wanted}
        for name, one in said.items()
    }
    assert all(one["source"] and one["read"] for one in said.values())


@pytest.mark.parametrize("file", BUILD_FILES)
def test_builders_are_those_of_the_list(file: str) -> None:
    said = yaml.safe_load((ROOT / file).read_text())["substitutions"]
    listed = {use: pin.reference for pin in pins(ROOT).values() for use in pin.used_by}
    builders = {name: one for name, one in said.items() if "@sha256:" in one}
    assert builders
    assert builders == {name: listed[name] for name in builders}


def test_dockerfile_has_the_base_of_the_list_and_no_default_digest() -> None:
    text = (ROOT / "kubeflow" / "Dockerfile").read_text()
    base = pins(ROOT)["base"]
    assert f"ARG BASE={base.image}:{base.tag}\n" in text
    assert "ARG BASE_DIGEST\n" in text
    froms = [line for line in text.splitlines() if line.startswith("FROM")]
    stages = {line.split(" AS ")[1] for line in froms if " AS " in line}
    bases = {line.split()[1] for line in froms} - stages
    assert bases == {"${BASE}@${BASE_DIGEST}"}
    assert "syntax=" not in text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("digest: latest", "digest: latest"),
        ("digest: sha256:abc", "digest: sha256:abc"),
        ("other: x", "without digest"),
    ],
)
def test_image_without_a_whole_digest_is_refused(
    tmp_path: Path, line: str, told: str
) -> None:
    file = tmp_path / FILE
    file.parent.mkdir()
    file.write_text(f"images:\n  base:\n    image: python\n    tag: '3'\n    {line}\n")
    with pytest.raises(DeliveryError, match="the image base is not pinned") as raised:
        pins(tmp_path)
    assert told in raised.value.message


def test_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="cannot be read"):
        pins(tmp_path)
