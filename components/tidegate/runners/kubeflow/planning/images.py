"""Container images: their parts, and what changes between two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_SHORT = 12
_REFERENCE = re.compile(
    r"(?P<name>[^\s@]+?)(:(?P<tag>[A-Za-z0-9_][\w.-]{0,127}))?"
    r"(@(?P<digest>[a-z0-9+._-]+:[0-9a-fA-F]{32,}))?"
)


@dataclass(frozen=True)
class Image:
    """A container image by its reference.

    Attributes:
        name: Registry and repository.
        tag: None without one, which means `latest`.
        digest: Such as `sha256:…`, None without one.
    """

    name: str
    tag: str | None
    digest: str | None

    @classmethod
    def parse(cls, reference: str) -> Image | None:
        """The parts of a reference; None if it is not one."""
        found = _REFERENCE.fullmatch(reference)
        return cls(**found.groupdict()) if found else None


def image_change(old: Any, new: Any) -> str:
    """What changes from one image to another; empty where there are not two."""
    if not isinstance(old, str) or not isinstance(new, str):
        return ""
    was, now = Image.parse(old), Image.parse(new)
    if was is None or now is None:
        return f"{old} → {new}"
    said = []
    if was.name != now.name:
        said.append(f"{was.name} → {now.name}")
    if was.tag != now.tag:
        said.append(f"tag {was.tag or '(none)'} → {now.tag or '(none)'}")
    if was.digest != now.digest:
        said.append(_digests(was, now))
    return ", ".join(said) or f"{old} → {new}"


def _digests(was: Image, now: Image) -> str:
    if was.digest is None:
        return f"now pinned to {short(now.digest)}"
    if now.digest is None:
        return f"no longer pinned to {short(was.digest)}"
    same_tag = " under the same tag" if was.tag and was.tag == now.tag else ""
    return f"digest {short(was.digest)} → {short(now.digest)}{same_tag}"


def short(digest: str | None) -> str:
    """The first figures of a digest."""
    method, _, figures = (digest or "").partition(":")
    return f"{method}:{figures[:_SHORT]}…"
