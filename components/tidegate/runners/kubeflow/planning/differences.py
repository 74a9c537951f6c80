"""The places at which two plain values differ, each one told exactly once.

Texts that are JSON are compared inside. Whatever differs between two values is
in some difference: the rest of the plan may sort and word them, but starts here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from itertools import zip_longest
from typing import Any, TypeAlias

Place: TypeAlias = "tuple[str | int, ...]"

# Steps of a path that no key of a spec has.
JSON = "$json"
ORDER = "$order"
_NAMES = ("name", "secretName", "configMapName", "mountPath", "volumeName", "envVar")
_DEEPEST = 80
# Depth at which an item is told as a whole, such as a toleration.
_WHOLE = 4
_LONGEST = 500  # items; aligning longer lists would take quadratic time


class Missing(Enum):
    """The value of what is not there."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing.MISSING


@dataclass(frozen=True)
class Difference:
    """One place that differs.

    Attributes:
        path: Keys and indices from the root; `$json` enters a text.
        old: What was there, or MISSING.
        new: What is there now, or MISSING.
    """

    path: Place
    old: Any
    new: Any


def same(old: Any, new: Any) -> bool:
    """Whether two plain values are equal, with 1, 1.0 and true all different."""
    return next(differences(old, new), None) is None


def differences(old: Any, new: Any, path: Place = ()) -> Iterator[Difference]:
    """Every difference between two plain values, in order of their paths."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            was, now = old.get(key, MISSING), new.get(key, MISSING)
            yield from differences(was, now, (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(old, new, path)
    elif type(old) is not type(new):
        yield Difference(path, old, new)
    elif isinstance(old, str):
        if old != new:
            yield from _of_texts(old, new, path)
    elif repr(old) != repr(new):  # Such as NaN, and 0.0 against -0.0.
        yield Difference(path, old, new)


def item_by_item(difference: Difference) -> Iterator[Difference]:
    """What is there at once or not at all, an item at a time."""
    full = [difference.old, difference.new]
    empties: tuple[Any, ...] = ([], {})
    for empty in empties:
        if MISSING not in full or len(difference.path) >= _WHOLE:
            break
        filled = full[1] if full[0] is MISSING else full[0]
        if type(filled) is type(empty) and filled:
            pair = [empty if one is MISSING else one for one in full]
            for one in differences(pair[0], pair[1], difference.path):
                yield from item_by_item(one)
            return
    yield difference


def as_json(text: Any) -> Any:
    """The object or list that a text is the JSON of; MISSING for any other."""
    if not isinstance(text, str) or text.lstrip()[:1] not in ("{", "["):
        return MISSING
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return MISSING
    return value if _deep(value) <= _DEEPEST else MISSING


def _of_texts(old: str, new: str, path: Place) -> Iterator[Difference]:
    was, now = as_json(old), as_json(new)
    found: list[Difference] = []
    if was is not MISSING and now is not MISSING:
        found = list(differences(was, now, (*path, JSON)))
    # The same JSON with other spaces is another text all the same.
    yield from found or [Difference(path, old, new)]


def _of_lists(old: list[Any], new: list[Any], path: Place) -> Iterator[Difference]:
    by_name = _named(old, new)
    if by_name is not None:
        was, now = by_name
        yield from differences(was, now, path)
        kept = [key for key in was if key in now], [key for key in now if key in was]
        if kept[0] != kept[1]:
            yield Difference((*path, ORDER), *kept)
        return
    for i, was_item, now_item in _aligned(old, new):
        yield from differences(was_item, now_item, (*path, i))


def _aligned(old: list[Any], new: list[Any]) -> Iterator[tuple[int, Any, Any]]:
    """(index, old item, new item) of what was replaced, added or removed."""
    if max(len(old), len(new)) > _LONGEST:
        pairs = zip_longest(old, new, fillvalue=MISSING)
        yield from ((i, was, now) for i, (was, now) in enumerate(pairs))
        return
    texts = [[json.dumps(item, sort_keys=True) for item in part] for part in (old, new)]
    matcher = SequenceMatcher(None, texts[0], texts[1], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            pairs = zip_longest(old[a:b], new[c:d], fillvalue=MISSING)
            first = a if tag == "delete" else c
            yield from ((first + i, was, now) for i, (was, now) in enumerate(pairs))


def _named(
    old: list[Any], new: list[Any]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Both lists by the name of their items; None where items have no name."""
    for key in _NAMES:
        found = []
        for part in (old, new):
            items = [item for item in part if isinstance(item, dict)]
            names = [item[key] for item in items if isinstance(item.get(key), str)]
            if len(names) != len(part) or len(set(names)) != len(names):
                break
            found.append(dict(zip(names, items, strict=True)))
        if len(found) == 2 and (old or new):
            return found[0], found[1]
    return None


def _deep(value: Any) -> int:
    deepest, waiting = 0, [(value, 0)]
    while waiting:
        inner, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(inner, dict):
            waiting.extend((one, depth + 1) for one in inner.values())
        elif isinstance(inner, list):
            waiting.extend((one, depth + 1) for one in inner)
    return deepest
