"""What a field of Google's messages takes, and what to write into it instead."""

from __future__ import annotations

import re
from typing import Any

from tidegate.documents import near_miss

_TIME = re.compile(r"\s*(\d+)\s*([smhd]?)[a-z]*\s*", re.IGNORECASE)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_ANY_VALUE = re.compile(r"(\w+_)?UNSPECIFIED")


def is_map(field: Any) -> bool:
    """Whether a field holds values by name."""
    kind = field.message_type
    return kind is not None and bool(kind.GetOptions().map_entry)


def is_list(field: Any) -> bool:
    """Whether a field holds many values."""
    # protobuf 6 has is_repeated, and warns of label; protobuf 3 has label alone.
    many = getattr(field, "is_repeated", None)
    return bool(field.label == field.LABEL_REPEATED if many is None else many)


def nested(field: Any) -> bool:
    """Whether a field holds a message of Cloud Build's, with fields of its own."""
    kind = field.message_type
    return kind is not None and not kind.full_name.startswith("google.protobuf.")


def type_fix(field: Any, value: Any) -> str:
    """What to write into a field that refuses `value`."""
    if is_map(field):
        one = next(iter(value.values())) if isinstance(value, dict) and value else value
        return _quoted(one) or "write NAME: text"
    if is_list(field) and not isinstance(value, list):
        return f"write a list: [{_plain(value)}]"
    one = value[0] if isinstance(value, list) and value else value
    if nested(field):
        return f"write its fields: {', '.join(_fields(field))}"
    if field.enum_type is not None:
        return _enum_fix(field, one)
    if field.message_type is not None:
        duration = field.message_type.name == "Duration"
        return _duration_fix(one) if duration else "write it as the schema has it"
    if field.type == field.TYPE_BOOL:
        return "write true or false"
    if field.type in (field.TYPE_STRING, field.TYPE_BYTES):
        return _quoted(one) or "write a text"
    return "write a whole number"


def _quoted(value: Any) -> str:
    plain = isinstance(value, (bool, int, float))
    return f'put it in quotes: "{_plain(value)}"' if plain else ""


def _plain(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "…"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fields(field: Any) -> list[str]:
    return [one.json_name for one in field.message_type.fields]


def _enum_fix(field: Any, value: Any) -> str:
    names = [one.name for one in field.enum_type.values]
    names = [name for name in names if not _ANY_VALUE.fullmatch(name)]
    near = near_miss(str(value).upper(), names)
    first = f"write {near}; " if near else ""
    return f"{first}{field.json_name} is one of {', '.join(names)}"


def _duration_fix(value: Any) -> str:
    """Cloud Build takes seconds only, with an s behind them: `10m` is 600s."""
    time = _TIME.fullmatch(_plain(value))
    seconds = int(time[1]) * _SECONDS[time[2].lower()] if time else 600
    return f'write "{seconds}s"' if time else 'write seconds, such as "600s"'
