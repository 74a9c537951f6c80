"""The fields of a message in protobuf's text format, with their comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<comment>\#[^\n]*)
    |(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<open>[{<\[])|(?P<close>[}>\]])|(?P<mark>[:;,])|(?P<word>[^\s{}<>\[\]:;,\#"']+)""",
    re.VERBOSE | re.DOTALL,
)
_REST_OF_LINE = re.compile(r"[ \t]*[;,]?[ \t]*(\#[^\n]*)?\n?")


@dataclass(frozen=True)
class Field:
    """One field as it stands in the text.

    Attributes:
        name: Its name.
        lead: What stands before it: comments and empty lines.
        text: The field itself, with a comment behind it on its line.
        inner: Where the inner text of a message is in `text`; None for a value.
        rest: What stands behind the field in `text`: blanks and a comment.
    """

    name: str
    lead: str
    text: str
    inner: tuple[int, int] | None = None
    rest: str = ""

    @property
    def body(self) -> str:
        """The inner text of a message."""
        start, end = self.inner or (0, 0)
        return self.text[start:end]

    def with_body(self, body: str) -> str:
        """The field as text, with another inner text."""
        start, end = self.inner or (0, 0)
        return self.text[:start] + body + self.text[end:]


def split_fields(text: str) -> tuple[list[Field], str]:
    """The fields of a message, and what stands behind the last one.

    Raises:
        ValueError: It is not the text format, or of a form that is not known here.
    """
    fields: list[Field] = []
    place = before = 0
    while (token := _next(text, place)) is not None:
        kind, start, place = token
        if kind in ("space", "comment"):
            continue
        if kind != "word":
            raise ValueError(f"no field begins at {start}")
        name, inner = text[start:place], None
        inner, place = _value(text, place)
        found = _REST_OF_LINE.match(text, place)
        rest = found[0] if found else ""
        place += len(rest)
        # The rest of the line belongs to it, its indentation to what is before it.
        lead = text[before:start]
        at = None if inner is None else (inner[0] - start, inner[1] - start)
        fields.append(Field(name, lead, text[start:place], at, rest))
        before = place
    return fields, text[before:]


def comments_in(text: str) -> list[str]:
    """The comments in a text, without their sign."""
    return [
        found[0][1:].strip()
        for found in _TOKEN.finditer(text)
        if found.lastgroup == "comment"
    ]


def _value(text: str, place: int) -> tuple[tuple[int, int] | None, int]:
    """Where the inner text of a message is, if it is one, and where the value ends."""
    last = place
    seen = False
    for kind, start, end in _tokens(text, place):
        if kind in ("space", "comment") or (text[start:end] == ":" and not seen):
            continue
        if kind == "open" and not seen:
            closing = _closing(text, start)
            inner = None if text[start] == "[" else (end, closing - 1)
            return inner, closing
        if kind == "text":
            seen, last = True, end
            continue
        if seen:
            return None, last
        if kind != "word":
            raise ValueError(f"no value at {start}")
        return None, end
    if not seen:
        raise ValueError("a field without a value")
    return None, last


def _closing(text: str, place: int) -> int:
    depth = 0
    for kind, _, end in _tokens(text, place):
        depth += (kind == "open") - (kind == "close")
        if not depth:
            return end
    raise ValueError("a bracket is not closed")


def _tokens(text: str, place: int) -> Iterator[tuple[str, int, int]]:
    while (token := _next(text, place)) is not None:
        yield token
        place = token[2]


def _next(text: str, place: int) -> tuple[str, int, int] | None:
    if place >= len(text):
        return None
    found = _TOKEN.match(text, place)
    if found is None or found.lastgroup is None:
        raise ValueError(f"no token at {place}")
    return found.lastgroup, found.start(), found.end()
