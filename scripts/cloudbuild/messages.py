"""Google's own messages, filled from documents; what they refuse is a fault.

A build or trigger is filled field by field instead of at once, for
`json_format` stops at the first thing that it refuses, and gives no line.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cloudbuild.document import line_of
from cloudbuild.faults import Fault
from cloudbuild.type_fixes import is_list, is_map, nested, type_fix
from tidegate.documents import Document, Key, near_miss

# json_format says twice where a value stands, each time in its own words. The
# line says it better, so that only the verdict is kept.
_WHERE_BEFORE = re.compile(r"Failed to parse \S+ field: ")
_WHERE_AFTER = re.compile(r"( at \"?Build[\w.\[\]]*\"?)?[.\s]*$")


def google() -> Any:
    """The module of Cloud Build's messages, imported when it is first needed."""
    with warnings.catch_warnings():
        # It says at import that Python 3.10 is about to go; one of our stacks
        # has no other.
        warnings.filterwarnings(
            "ignore", message=r"(?s).*Python version", category=FutureWarning
        )
        from google.cloud.devtools import cloudbuild_v1
    return cloudbuild_v1


def new_build() -> Any:
    """An empty Build message."""
    return google().Build.pb(google().Build())


def new_trigger() -> Any:
    """An empty BuildTrigger message."""
    return google().BuildTrigger.pb(google().BuildTrigger())


@dataclass(frozen=True)
class Filler:
    """Fills messages from one document.

    Attributes:
        document: Where the values and their lines come from.
        path: The file, as faults name it.
    """

    document: Document
    path: str

    def fill(
        self, message: Any, data: Mapping[str, Any], at: Key = ()
    ) -> Iterator[Fault]:
        """Puts `data` into `message`; yields what Google's message refuses."""
        for key, value in data.items():
            field = _field(message.DESCRIPTOR, key)
            where: Key = (*at, key)
            if field is None:
                yield self._unknown(message, key, where)
            elif value is None:
                yield self._fault(
                    where, f"{key} has no value", "give one, or remove it"
                )
            elif (other := _rival(message, field)) is not None:
                yield self._fault(
                    where,
                    f"{key} and {other} exclude each other",
                    "keep one of the two",
                )
            else:
                yield from self._value(message, field, key, value, where)

    def _value(
        self, message: Any, field: Any, key: str, value: Any, at: Key
    ) -> Iterator[Fault]:
        if is_map(field) and isinstance(value, dict):
            for name, one in value.items():
                yield from self._leaf(message, field, key, {name: one}, (*at, name))
        elif is_list(field) and isinstance(value, list):
            yield from self._items(message, field, key, value, at)
        elif not is_list(field) and nested(field) and isinstance(value, dict):
            inner = getattr(message, field.name)
            inner.SetInParent()
            yield from self.fill(inner, value, at)
        else:
            yield from self._leaf(message, field, key, value, at)

    def _items(
        self, message: Any, field: Any, key: str, values: list[Any], at: Key
    ) -> Iterator[Fault]:
        for number, value in enumerate(values):
            where: Key = (*at, number)
            if nested(field) and isinstance(value, dict):
                inner = getattr(message, field.name).add()
                yield from self.fill(inner, value, where)
            else:
                yield from self._leaf(message, field, key, [value], where)

    def _leaf(
        self, message: Any, field: Any, key: str, value: Any, at: Key
    ) -> Iterator[Fault]:
        from google.protobuf import json_format

        one = type(message)()
        try:
            json_format.ParseDict({key: value}, one)
        except json_format.ParseError as error:
            yield self._fault(at, f"{key}: {_verdict(error)}", type_fix(field, value))
        else:
            message.MergeFrom(one)

    def _unknown(self, message: Any, key: str, at: Key) -> Fault:
        names = [field.json_name for field in message.DESCRIPTOR.fields]
        near = near_miss(key, names)
        kind = message.DESCRIPTOR.name
        return self._fault(
            at,
            f"{kind} has no field {key!r}",
            f"write {near}" if near else f"remove it; {kind} has {', '.join(names)}",
        )

    def _fault(self, at: Key, message: str, fix: str) -> Fault:
        return Fault(self.path, line_of(self.document, at), message, fix, "schema")


def _field(descriptor: Any, key: str) -> Any:
    for field in descriptor.fields:
        if key in (field.json_name, field.name):
            return field
    return None


def _rival(message: Any, field: Any) -> str | None:
    """The field that is set already and cannot stand beside `field`."""
    oneof = field.containing_oneof
    if oneof is None or len(oneof.fields) < 2:
        return None
    chosen: str | None = message.WhichOneof(oneof.name)
    return chosen if chosen != field.name else None


def _verdict(error: Exception) -> str:
    words = str(error).split("\n Available Fields")[0]
    return _WHERE_AFTER.sub("", _WHERE_BEFORE.sub("", words)).strip()
