"""A schema as text that people read: what was seen of a column above its rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.report.wording import printable

_WIDTH = 88


def schema_text(
    schema: schema_pb2.Schema,
    notes: Mapping[str, Sequence[str]],
    head: Sequence[str] = (),
) -> str:
    """The schema in text format, with comments.

    Args:
        schema: The schema.
        notes: What to say of each feature, in lines.
        head: What to say of the whole.
    """
    parts = [comment(head)] if head else []
    rest = schema_pb2.Schema()
    rest.CopyFrom(schema)
    for feature in schema.feature:
        parts.append(comment(notes.get(feature.name, ())) + block("feature", feature))
    for domain in schema.string_domain:
        parts.append(block("string_domain", domain))
    del rest.feature[:]
    del rest.string_domain[:]
    other = text_format.MessageToString(rest, as_utf8=True)
    return "\n".join(part for part in (*parts, other) if part)


def comment(lines: Sequence[str]) -> str:
    """Lines as a comment."""
    return "".join(f"# {printable(line)}".rstrip() + "\n" for line in lines)


def block(name: str, message: object) -> str:
    """One message as `name { … }`; messages of one short line stay on it."""
    inner = text_format.MessageToString(message, as_utf8=True)  # type: ignore[arg-type]
    fields = sorted(fields_of(inner), key=_rank)
    return f"{name} {{\n" + "".join(fields) + "}\n"


def fields_of(text: str) -> list[str]:
    """The fields of a message in text format, each indented and with its name."""
    return _folded(text.splitlines())


def _rank(field: str) -> int:
    """What a column is comes before what is demanded of it."""
    name = field.split(maxsplit=1)[0].rstrip(":")
    first = ("name", "deprecated", "type", "domain", "presence")
    return first.index(name) if name in first else len(first)


def _folded(lines: Sequence[str]) -> list[str]:
    """The lines indented, inner messages on one line where they fit."""
    found: list[str] = []
    opened: list[str] = []
    depth = 0
    for line in lines:
        opened.append(line.strip())
        depth += line.rstrip().endswith("{")
        depth -= line.strip() == "}"
        if depth:
            continue
        joined = " ".join(opened).replace("{ }", "{}")
        if len(joined) <= _WIDTH - 2:
            found.append(f"  {joined}\n")
        else:
            found.append("".join(f"  {one}\n" for one in _indented(opened)))
        opened = []
    return found


def _indented(lines: Sequence[str]) -> list[str]:
    depth, found = 0, []
    for line in lines:
        depth -= line == "}"
        found.append("  " * depth + line)
        depth += line.endswith("{")
    return found
