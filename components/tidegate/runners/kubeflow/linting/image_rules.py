"""Rules over the container images of a compiled spec."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.runners.kubeflow.linting.rules import Fault, Rules
from tidegate.runners.kubeflow.linting.spec_facts import Spec, placeholders
from tidegate.runners.kubeflow.planning.images import Image
from tidegate.runners.kubeflow.planning.steps import Step

IMAGE_RULES = Rules()
_CACHE = "backend/src/v2/cacheutils/cache.go"


@IMAGE_RULES.rule(
    "image-missing",
    what="a container without an image",
    why="Kubernetes starts no container without one",
    fix="say `image:` in the environment file",
    source="backend/src/v2/compiler/argocompiler/container.go",
)
def _missing(spec: Spec) -> Iterator[Fault]:
    for step, container in spec.executors("container"):
        image = container.get("image")
        if not isinstance(image, str) or not image.strip():
            yield Fault(step.name, "its container has no image")
        elif not placeholders(image) and Image.parse(image) is None:
            yield Fault(step.name, f"its image is no image reference: {image[:80]}")


@IMAGE_RULES.rule(
    "image-latest",
    what="the tag `latest`, or no tag at all",
    why="it means another image each day, and KFP's cache keys have its name only: "
    "old results are served for new code",
    fix="name the image by its digest: IMAGE@sha256:…",
    source=_CACHE,
)
def _latest(spec: Spec) -> Iterator[Fault]:
    for step, image in _images(spec):
        if image.digest is None and image.tag in (None, "latest"):
            tag = "no tag" if image.tag is None else "the tag latest"
            yield Fault(step.name, f"its image {image.name} has {tag}")


@IMAGE_RULES.rule(
    "image-tag",
    what="an image by its tag, without a digest",
    why="a tag can be moved to another image, and neither the cache nor the plan "
    "would notice",
    fix="name the image by its digest: IMAGE@sha256:…",
    source=_CACHE,
    severity="warning",
)
def _tag(spec: Spec) -> Iterator[Fault]:
    for step, image in _images(spec):
        if image.digest is None and image.tag not in (None, "latest"):
            yield Fault(step.name, f"its image {image.name}:{image.tag} has no digest")


def _images(spec: Spec) -> Iterator[tuple[Step, Image]]:
    for step, container in spec.executors("container"):
        given = container.get("image")
        if isinstance(given, str) and not placeholders(given):
            image = Image.parse(given)
            if image is not None:
                yield step, image
