"""A schema's text changed only where the schema changed: comments stay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf import text_format
from google.protobuf.message import Message
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.schema_life.schema_text import block, fields_of, schema_text
from tidegate.schema_life.text_fields import Field, comments_in, split_fields

_NAMED = ("feature", "string_domain")


def edited(text: str, old: schema_pb2.Schema, new: schema_pb2.Schema) -> str:
    """The text of the new schema, made from that of the old one.

    What did not change stays as it is, sign by sign. If the text is of a form that
    cannot be edited so, the schema is written anew with the comments of each
    column above it.

    Args:
        text: The old schema as text.
        old: The same, parsed.
        new: The new schema.
    """
    if old == new:
        return text
    try:
        made = _merged(text, old, new, "")
        if _same(text_format.Parse(made, schema_pb2.Schema()), new):
            return made
    except (ValueError, text_format.ParseError):
        pass
    return schema_text(new, _comments(text))


def _merged(text: str, old: Message, new: Message, indent: str) -> str:
    """The text of a message with the fields that changed in it."""
    fields, tail = split_fields(text)
    indent = _indent(fields, indent)
    found: list[str] = []
    last = {field.name: number for number, field in enumerate(fields)}
    changed = {name for name in _names(old, new) if _get(old, name) != _get(new, name)}
    for number, field in enumerate(fields):
        if field.name not in changed:
            found.append(field.lead + field.text)
            continue
        found += _kept(field, old, new, indent)
        if last[field.name] == number:
            found += _more(field.name, old, new, indent)
    for name in sorted(changed - set(last)):
        found += _more(name, old, new, indent)
    if "\n" not in text:
        return f" {' '.join(' '.join(part.split()) for part in found)} "
    return _joined(found) + tail


def _kept(field: Field, old: Message, new: Message, indent: str) -> Iterator[str]:
    """A field that changed, as it is now; nothing if it is gone."""
    alone = text_format.Parse(field.text, type(old)())
    value, wanted = _get(alone, field.name), _get(new, field.name)
    if not _is_repeated(new, field.name):
        if not _has(new, field.name):
            return
        if field.inner is not None:
            body = _merged(field.body, value, wanted, indent + "  ")
            yield field.lead + field.with_body(body)
        else:
            yield field.lead + _written(new, field.name, "").strip() + field.rest
        return
    if field.inner is None:
        # A list in brackets is one field of many values: all of them, or none.
        if all(one in wanted for one in value):
            yield field.lead + field.text
        elif len(value) > 1:
            raise ValueError("a list of which some are gone")
        return
    twin = _twin(value[0], wanted)
    if twin is not None:
        yield field.lead + field.with_body(
            _merged(field.body, value[0], twin, indent + "  ")
        )


def _more(name: str, old: Message, new: Message, indent: str) -> Iterator[str]:
    """What is new of a field."""
    if not _is_repeated(new, name):
        if _has(new, name) and not _has(old, name):
            yield _written(new, name, indent)
        return
    before, after = _get(old, name), _get(new, name)
    for one in after:
        if isinstance(one, Message):
            if _twin(one, before) is None:
                gap = "\n" if name in _NAMED else ""
                yield gap + _shifted(block(name, one), indent)
        elif one not in before:
            alone = type(new)()
            getattr(alone, name).append(one)
            yield _written(alone, name, indent)


def _written(message: Message, name: str, indent: str) -> str:
    """One field as text, by itself."""
    alone = type(message)()
    for field, value in message.ListFields():
        if field.name == name:
            _put(alone, name, value)
    text = text_format.MessageToString(alone, as_utf8=True)
    return "".join(
        _shifted(re.sub(r"(?m)^  ", "", one), indent) for one in fields_of(text)
    )


def _put(message: Message, name: str, value: Any) -> None:
    if isinstance(value, Message):
        getattr(message, name).SetInParent()
        getattr(message, name).CopyFrom(value)
    elif isinstance(value, (str, bytes, int, float, bool)):
        setattr(message, name, value)
    else:
        getattr(message, name).extend(value)


def _joined(parts: Sequence[str]) -> str:
    """The parts, each on a line of its own."""
    text = ""
    for part in parts:
        if text and not text.endswith("\n") and "\n" not in part[:1]:
            text += "\n" if part.lstrip(" ") != part or not part[:1].isspace() else ""
        text += part
    return text


def _indent(fields: Sequence[Field], default: str) -> str:
    for field in fields:
        line = field.lead.rpartition("\n")[2]
        if "\n" in field.lead and not line.strip():
            return line
    return default


def _shifted(text: str, indent: str) -> str:
    return "".join(f"{indent}{line}" for line in text.splitlines(keepends=True))


def _twin(one: Any, among: Sequence[Any]) -> Any:
    """The message of the same name; without names, an equal one."""
    named = "name" in one.DESCRIPTOR.fields_by_name
    for other in among:
        if (one.name == other.name) if named else (one == other):
            return other
    return None


def _names(old: Message, new: Message) -> set[str]:
    return {field.name for one in (old, new) for field, _ in one.ListFields()}


def _get(message: Message, name: str) -> Any:
    return getattr(message, name)


def _is_repeated(message: Message, name: str) -> bool:
    # A field's `label` is gone in later protobufs, `is_repeated` is not in older.
    value = getattr(message, name)
    return not isinstance(value, (Message, str, bytes, int, float, bool))


def _has(message: Message, name: str) -> bool:
    return any(field.name == name for field, _ in message.ListFields())


def _same(one: schema_pb2.Schema, other: schema_pb2.Schema) -> bool:
    """Whether they are equal but for the order of columns and values."""
    return bool(_sorted(one) == _sorted(other))


def _sorted(schema: schema_pb2.Schema) -> schema_pb2.Schema:
    made = schema_pb2.Schema()
    made.CopyFrom(schema)
    made.feature.sort(key=lambda feature: feature.name)
    made.string_domain.sort(key=lambda domain: domain.name)
    for domain in made.string_domain:
        domain.value.sort()
    for feature in made.feature:
        if feature.HasField("string_domain"):
            feature.string_domain.value.sort()
    return made


def _comments(text: str) -> dict[str, list[str]]:
    """The comments of each column, those before it and those in it."""
    try:
        fields, _ = split_fields(text)
    except ValueError:
        return {}
    found = {}
    for field in fields:
        if field.name == "feature":
            name = text_format.Parse(field.text, schema_pb2.Schema()).feature[0].name
            found[name] = comments_in(field.lead) + comments_in(field.text)
    return found
