"""The pinned images of kubeflow/images.yaml, read without a library for YAML.

The step that builds the image has a container engine and a Python, no packages.
The file keeps to a form that lines can be read of; a test holds this reading to
that of a real parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bootstrapping.console import USAGE
from delivery.errors import DeliveryError

FILE = Path("kubeflow", "images.yaml")
_NAME = re.compile(r"^  ([a-z][a-z0-9-]*):\s*$")
_FIELD = re.compile(r"^    ([a-z_]+): (\S.*?)\s*$")
_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")


@dataclass(frozen=True)
class Pin:
    """One image.

    Attributes:
        name: What it is called in the file.
        image: Its repository.
        tag: The tag that was looked up.
        digest: What the tag meant.
        used_by: Substitutions of build files, or `Dockerfile`.
    """

    name: str
    image: str
    tag: str
    digest: str
    used_by: tuple[str, ...]

    @property
    def reference(self) -> str:
        """The image as build files name it."""
        return f"{self.image}:{self.tag}@{self.digest}"


def pins(root: Path) -> dict[str, Pin]:
    """The pinned images by name.

    Raises:
        DeliveryError: The file is not there, or an image in it has no digest.
    """
    path = root / FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DeliveryError(f"{path} cannot be read: {error.strerror}") from error
    fields: dict[str, dict[str, str]] = {}
    name = ""
    for line in lines:
        named, field = _NAME.match(line), _FIELD.match(line)
        if named:
            name = named.group(1)
            fields[name] = {}
        elif field and name:
            fields[name][field.group(1)] = field.group(2).strip("\"'")
    return {name: _pin(path, name, one) for name, one in fields.items()}


def _pin(path: Path, name: str, fields: dict[str, str]) -> Pin:
    missing = [key for key in ("image", "tag", "digest") if not fields.get(key)]
    digest = fields.get("digest", "")
    if missing or not _DIGEST.match(digest):
        got = f"without {', '.join(missing)}" if missing else f"digest: {digest}"
        raise DeliveryError(
            f"{path}: the image {name} is not pinned ({got})",
            ("fix: image, tag and digest: sha256:… with 64 digits",),
            USAGE,
        )
    used = fields.get("used_by", "").strip("[]")
    users = tuple(word.strip() for word in used.split(",") if word.strip())
    return Pin(name, fields["image"], fields["tag"], digest, users)
