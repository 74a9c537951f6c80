"""Digests of files and of image references."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from bootstrapping.console import USAGE
from delivery.errors import DeliveryError

_CHUNK = 1 << 20
# What names an image for good: repository, and the digest of its manifest.
_REFERENCE = re.compile(r"(?P<name>[a-z0-9][a-zA-Z0-9._:/-]*)@sha256:[0-9a-f]{64}")
# Where a container engine looks for one is not said by its name; the tag is.
_TAG = re.compile(r":[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\Z")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    whole = hashlib.sha256()
    with open(path, "rb") as stream:
        while True:
            part = stream.read(_CHUNK)
            if not part:
                return whole.hexdigest()
            whole.update(part)


def repository_of(image: str) -> str:
    """An image's name without tag and digest."""
    name = image.split("@", 1)[0]
    return _TAG.sub("", name)


def demand_reference(image: str, where: str) -> str:
    """The image, if its reference ends in a digest.

    Args:
        image: The reference.
        where: What it was read from, for the error.

    Raises:
        DeliveryError: It names no digest.
    """
    if _REFERENCE.fullmatch(image):
        return image
    raise DeliveryError(
        f"the image is not named by its digest: {image!r}",
        (f"where: {where}", "fix: NAME@sha256:…, as `make image-push` writes it"),
        USAGE,
    )
