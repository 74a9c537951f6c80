"""Parameter values: their kinds, and how Go's code of KFP writes and reads them.

A value is plain Python: None, a bool, a number, a text, a list or a dict, as
google.protobuf.Value has them. Numbers there are doubles; whole ones are ints
here, because JSON writes both alike.
"""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

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
    text = json.dumps(
        whole(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
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
        return _number(value)
    return go_json(value)


def _number(value: float) -> str:
    """A number as strconv.FormatFloat(v, 'f', -1, 64) writes it."""
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, "NaN")
    number = whole(float(value))
    if isinstance(number, int):
        return str(number)
    return format(Decimal(repr(number)), "f")


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
        return int(text.strip())
    if type_name == DOUBLE:
        return whole(float(text.strip()))
    if type_name == BOOLEAN:
        return _truth(text.strip())
    if type_name in (LIST, STRUCT):
        value = json.loads(text)
        if kind(value) != KINDS[type_name]:
            raise ValueError(f"it is a {kind(value)}")
        return whole(value)
    raise ValueError(f"KFP reads no parameter of type {type_name} from a file")


def _truth(text: str) -> bool:
    """What Go's strconv.ParseBool takes."""
    if text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    if text in ("0", "f", "F", "FALSE", "false", "False"):
        return False
    raise ValueError("it is neither true nor false")
