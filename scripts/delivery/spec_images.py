"""The container images that a compiled spec runs, each by its digest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from delivery.digests import demand_reference, repository_of
from delivery.errors import SECURITY, DeliveryError

# As KFP's PipelineContainerSpec and Vertex AI's worker pools call them.
_KEYS = frozenset({"image", "imageUri", "image_uri"})
_BAD = (OSError, ValueError, TypeError, AttributeError, RecursionError)


def images_of(spec: Path) -> list[str]:
    """The images of every executor of a spec, sorted.

    A spec is KFP's PipelineSpec in YAML, or Vertex AI's PipelineJob around it in JSON.
    Both are YAML, and PyYAML is a package of the environment.

    Raises:
        DeliveryError: It is no such spec.
    """
    import yaml

    try:
        text = spec.read_text(encoding="utf-8")
        documents = [one for one in yaml.safe_load_all(text) if one is not None]
        found = {image for one in documents for image in _images(_deployment(one))}
    except (*_BAD, yaml.YAMLError) as error:
        raise DeliveryError(
            f"{spec.name} is no compiled spec",
            (f"got: {error}"[:300], "fix: compile it anew: make specs"),
            SECURITY,
        ) from error
    return sorted(found)


def demand_images(spec: Path, image: str) -> list[str]:
    """The images of a spec, if each is by digest and ours is this one only.

    Args:
        spec: The compiled spec.
        image: The image of the build, by digest.

    Raises:
        DeliveryError: The spec runs an image that may change, or another build of
            ours, or not ours at all.
    """
    found = images_of(spec)
    for one in found:
        try:
            demand_reference(one, spec.name)
        except DeliveryError as error:
            raise DeliveryError(
                f"{spec.name} runs an image that may change: {one!r}",
                ("fix: name it by its digest: NAME@sha256:…",),
                SECURITY,
            ) from error
    ours = {one for one in found if repository_of(one) == repository_of(image)}
    if ours != {image}:
        raise DeliveryError(
            f"{spec.name} was not compiled for this build's image",
            (
                f"expected: {image}",
                f"got: {', '.join(found) or 'none'}",
                "fix: compile it anew for this image: make specs IMAGE=…",
            ),
            SECURITY,
        )
    return found


def _deployment(document: dict[str, Any]) -> Any:
    inner = document.get("pipelineSpec", document)
    return inner.get("deploymentSpec", inner.get("platforms", {}))


def _images(value: Any) -> Iterator[str]:
    """Every image below a value. One that is no text is as good as one by a tag."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _KEYS:
                yield str(inner)
            else:
                yield from _images(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _images(inner)
