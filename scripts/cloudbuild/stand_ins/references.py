"""Names of container images, by the grammar of distribution/reference."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_DOMAIN = (
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9-]+)*(?::[0-9]+)?"
)
_REFERENCE = re.compile(
    rf"(?P<repository>(?:{_DOMAIN}/)?{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


class Refusal(Exception):
    """A call that the real program, or the build's own rules, would refuse."""


class Absent(Refusal):
    """There is nothing of that name: an answer to a question, and no fault."""


@dataclass(frozen=True)
class Reference:
    """The name of an image.

    Attributes:
        repository: With the registry, without tag and digest.
        tag: None where it has none.
        digest: `sha256:…`; None where it has none.
    """

    repository: str
    tag: str | None
    digest: str | None

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")


def parse(text: str) -> Reference:
    """The parts of an image's name.

    Raises:
        Refusal: It is none.
    """
    found = _REFERENCE.fullmatch(text)
    if found is None:
        raise Refusal(f'invalid reference format: "{text}" is no name of an image')
    return Reference(found["repository"], found["tag"], found["digest"])


def by_tag(text: str) -> Reference:
    """An image by its tag, `latest` if the name has none; a digest is refused."""
    one = parse(text)
    if one.digest:
        raise Refusal(f'"{text}" has a digest, where a tag is due')
    return Reference(one.repository, one.tag or "latest", None)


def by_digest(text: str) -> Reference:
    """An image by its digest; what a tag means can change, so it is refused."""
    one = parse(text)
    if not one.digest:
        raise Refusal(f'"{text}" names no digest, and a tag may mean another image')
    return one
