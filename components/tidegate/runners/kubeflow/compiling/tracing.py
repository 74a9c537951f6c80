"""Finds where a setting ends up: by building the pipeline twice with other values.

A pipeline is built by Python from plain settings, so nothing in it says which
execution property came from which setting. But two builds that differ in one
setting differ exactly where it goes. Pure: works on execution properties alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Properties = Mapping[str, Any]
JSON = "$json"
_NOTHING = object()


@dataclass(frozen=True)
class Place:
    """A place in an execution property that a setting fills.

    Attributes:
        node: Id of the node.
        name: Of the property.
        path: Keys and indices into it (see `invocation.Slot`); empty: all of it.
        before: Text before the value.
        after: Text after it.
    """

    node: str
    name: str
    path: tuple[str | int, ...] = ()
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Untraceable:
    """A place that depends on the setting in a way that no run could repeat."""

    node: str
    name: str


@dataclass(frozen=True)
class Values:
    """The setting in the build as it is, and in the build that tries another."""

    base: Any
    probe: Any


def differences(
    base: Mapping[str, Properties], probe: Mapping[str, Properties], values: Values
) -> Iterator[Place | Untraceable]:
    """Every place in which the two builds differ.

    Args:
        base: Node id to execution properties, as the settings are. A property
            that is None counts as not given.
        probe: The same nodes, with another value of one setting.
        values: The two values of that setting.
    """
    for node in base:
        for name in sorted({*base[node], *probe[node]}):
            was, now = base[node].get(name), probe[node].get(name)
            for path, text in _inside(_opened(was), _opened(now), values):
                if text is None:
                    yield Untraceable(node, name)
                else:
                    yield Place(node, name, path, *text)


def _opened(value: Any) -> Any:
    """The property, parsed if it is JSON."""
    parsed = _parsed(value)
    return value if parsed is _NOTHING else parsed


def _inside(
    was: Any, now: Any, values: Values, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], tuple[str, str] | None]]:
    """Path, and text before and after, of each difference; None: no such text."""
    if _same(was, now):
        return
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted({*was, *now}):
            inner = was.get(key, _NOTHING), now.get(key, _NOTHING)
            yield from _inside(*inner, values, (*path, key))
        return
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for index, pair in enumerate(zip(was, now, strict=True)):
            yield from _inside(*pair, values, (*path, index))
        return
    parsed = _parsed(was), _parsed(now)
    if _NOTHING not in parsed:
        yield from _inside(*parsed, values, (*path, JSON))
        return
    yield path, _text(was, now, values)


def _text(was: Any, now: Any, values: Values) -> tuple[str, str] | None:
    given = was not in (None, _NOTHING) or values.base is None
    if _same(now, values.probe) and given and _same_or_none(was, values.base):
        return "", ""
    if not isinstance(was, str) or not isinstance(now, str):
        return None
    before, found, after = now.partition(_spelled(values.probe))
    if found and was == before + _spelled(values.base) + after:
        return before, after
    return None


def _same_or_none(was: Any, base: Any) -> bool:
    return was in (None, _NOTHING) if base is None else _same(was, base)


def _same(one: Any, other: Any) -> bool:
    """Equal and of one kind: 1 is not True, and not 1.0 where that is told apart."""
    return type(one) is type(other) and bool(one == other)


def _spelled(value: Any) -> str:
    return "" if value is None else str(value)


def _parsed(value: Any) -> Any:
    """What a text of JSON holds, if that is an object or a list."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return _NOTHING
    try:
        return json.loads(value)
    except ValueError:
        return _NOTHING
