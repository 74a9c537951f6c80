"""Parameter values: their kinds, and how Go's code of KFP writes and reads them.

A value is plain Python: None, a bool, a number, a text, a list or a dict, as
google.protobuf.Value has them. Numbers there are doubles; whole ones are ints
here, because JSON writes both alike.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tidegate.runners.spec_run import go_numbers

Value = Any

STRING = "STRING"
INTEGER = "NUMBER_INTEGER"
DOUBLE = "NUMBER_DOUBLE"
BOOLEAN = "BOOLEAN"
LIST = "LIST"
STRUCT = "STRUCT"
FINAL_STATUS = "TASK_FINAL_STATUS"
# Which values a parameter of each type takes (driver/resolve.go:resolveInputs).
KINDS = {
    STRING: "string",
    INTEGER: "number",
    DOUBLE: "number",
    BOOLEAN: "bool",
    LIST: "list",
    STRUCT: "struct",
    FINAL_STATUS: "struct",
}


def native(value: Any) -> Value:
    """A google.protobuf.Value as a plain value."""
    kind = value.WhichOneof("kind")
    if kind in (None, "null_value"):
        return None
    if kind == "struct_value":
        return {key: native(item) for key, item in value.struct_value.fields.items()}
    if kind == "list_value":
        return [native(item) for item in value.list_value.values]
    return whole(getattr(value, kind))


def whole(value: Value) -> Value:
    """The value with whole doubles as ints, at every depth."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole(item) for item in value]
    return value


def kind(value: Value) -> str:
    """KFP's name of the kind of a value: null, bool, number, string, list, struct."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "list" if isinstance(value, list) else "struct"


def go_json(value: Value) -> str:
    """The value as Go's encoding/json writes it: sorted, compact, safe for HTML."""
    if isinstance(value, dict):
        items = (f"{go_json(key)}:{go_json(value[key])}" for key in sorted(value))
        return "{" + ",".join(items) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(go_json, value)) + "]"
    if kind(value) == "number":
        return go_numbers.in_json(value)
    text = json.dumps(value, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def text_of(value: Value) -> str:
    """The value as text (metadata/converter.go:PbValueToText)."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return go_numbers.plain(value)
    return go_json(value)


def driver_text_of(value: Value) -> str:
    """The value as the driver puts it into a command (util.go:pbValueToString)."""
    if kind(value) != "number":
        return text_of(value)
    number = whole(float(value))
    return str(number) if isinstance(number, int) else go_numbers.general(number)


def from_text(text: str, type_name: str) -> Value:
    """The value that a text stands for (metadata/converter.go:TextToPbValue).

    Args:
        text: As a container wrote it into a parameter's file.
        type_name: Type of the parameter, such as NUMBER_INTEGER.

    Raises:
        ValueError: It does not stand for one.
    """
    if type_name == STRING:
        return text
    if type_name == INTEGER:
        return _integer(text.strip())
    if type_name == DOUBLE:
        return whole(float(text.strip()))
    if type_name == BOOLEAN:
        return _truth(text.strip())
    if type_name in (LIST, STRUCT):
        # Every number in a list is a double in Go.
        value = json.loads(text, parse_int=float)
        if kind(value) != KINDS[type_name]:
            raise ValueError(f"it is a {kind(value)}")
        return whole(value)
    raise ValueError(f"KFP reads no parameter of type {type_name} from a file")


def _integer(text: str) -> int:
    """A whole number as strconv.ParseInt reads it: no underscores, 64 bits."""
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(f"it is no whole number: {text!r}")
    if not -(2**63) <= int(text) < 2**63:
        raise ValueError(f"it needs more than 64 bits: {text}")
    return int(float(text))


def _truth(text: str) -> bool:
    """What Go's strconv.ParseBool takes."""
    if text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    if text in ("0", "f", "F", "FALSE", "false", "False"):
        return False
    raise ValueError("it is neither true nor false")
