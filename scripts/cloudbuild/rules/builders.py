"""Rules of the images that steps run in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudbuild.build_file import BuildFile
from cloudbuild.checkout import IMAGES, Checkout
from cloudbuild.faults import Fault
from cloudbuild.rules.registry import rule
from cloudbuild.substitutions import SubstitutionError, expand, references, resolve
from tidegate.documents import Key

PINNED = re.compile(r"(?P<name>[^@\s]+)@(?P<digest>sha256:[0-9a-f]{64})")


def builder_images(file: BuildFile) -> dict[Key, str]:
    """The image of every step after substitution, by where it is written.

    That is the default of a substitution where the name asks for one.
    """
    try:
        values = resolve(file.build, {}, {}, dynamic=True)
    except SubstitutionError:
        return {}
    found: dict[Key, str] = {}
    for number, step in enumerate(file.build.steps):
        if not step.name:
            continue
        try:
            image = expand(step.name, values)
            asked = [one.name for one in references(step.name)]
        except SubstitutionError:
            continue
        declared = [name for name in asked if name in file.build.substitutions]
        at: Key = ("steps", number, "name")
        found[("substitutions", declared[0]) if declared else at] = image
    return found


@rule("builder-pinned", "builds")
def builders_are_pinned(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """Every builder image is named by its digest.

    A tag may mean another image tomorrow, with the build's rights.
    """
    for path, image in builder_images(file).items():
        if not PINNED.fullmatch(image):
            yield file.fault(
                path,
                f"the builder image {image or '(empty)'} has no digest",
                "write name:tag@sha256:… with the 64 digits of "
                f"`docker buildx imagetools inspect {image.split('@')[0] or 'IMAGE'}`",
            )


@rule("builder-listed", "builds")
def builders_are_listed(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """A builder image is in kubeflow/images.yaml, with the same digest.

    That list says where each digest was read, and when.
    """
    pinned = checkout.pinned_images()
    if not pinned:
        return
    for path, image in builder_images(file).items():
        match = PINNED.fullmatch(image)
        if not match:
            continue
        wanted = pinned.get(match["name"])
        if wanted is None:
            yield file.fault(
                path,
                f"{IMAGES} has no {match['name']}",
                f"add it there, or use one of {', '.join(pinned)}",
            )
        elif wanted != match["digest"]:
            yield file.fault(
                path,
                f"the digest of {match['name']} is not the one of {IMAGES}",
                f"write {match['name']}@{wanted}",
            )
