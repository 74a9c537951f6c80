"""What differs between two outputs, in words: variables, keys, rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tidegate.lineage import saved_model_content
from tidegate.lineage.content import normalised
from tidegate.lineage.run_record import Output

_LISTED = 3
_LONGEST = 60


def explain(
    then: Output, now: Output, roots: tuple[Sequence[str], Sequence[str]]
) -> tuple[str, ...]:
    """A line for each file that differs and that can be looked into.

    Args:
        then: The output of the run.
        now: That of its repetition.
        roots: Folders of the run, and of its repetition.
    """
    lines: list[str] = []
    for name in sorted({*(then.files or {})} & {*(now.files or {})}):
        if (then.files or {})[name] == (now.files or {})[name]:
            continue
        old, new = Path(then.uri) / name, Path(now.uri) / name
        if name.rsplit("/", 1)[-1] == saved_model_content.GRAPH:
            lines += _model(old.parent, new.parent, roots)
        elif name.endswith(".json"):
            lines += _json(name, old, new, roots)
    return tuple(lines)


def _model(
    then: Path, now: Path, roots: tuple[Sequence[str], Sequence[str]]
) -> Iterator[str]:
    old = saved_model_content.content_of(then, roots[0])
    new = saved_model_content.content_of(now, roots[1])
    if not old or not new:
        return
    yield "the graph " + ("is equal" if old["graph"] == new["graph"] else "differs")
    names = sorted({*old, *new} - {"graph"})
    other = [name for name in names if old.get(name) != new.get(name)]
    if other:
        yield f"{len(other)} of {len(names)} variables differ: {_some(other)}"
    elif names:
        yield f"all {len(names)} variables are equal"


def _json(
    name: str, then: Path, now: Path, roots: tuple[Sequence[str], Sequence[str]]
) -> Iterator[str]:
    try:
        old = normalised(json.loads(then.read_bytes()), roots[0], name)
        new = normalised(json.loads(now.read_bytes()), roots[1], name)
    except (OSError, ValueError):
        return
    found = list(_differences(old, new, ""))
    yield from found[:_LISTED]
    if len(found) > _LISTED:
        yield f"and {len(found) - _LISTED} more in {name}"


def _differences(old: Any, new: Any, at: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _differences(old.get(key), new.get(key), f"{at}.{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differences(one, other, f"{at}[{place}]")
    elif old != new:
        yield f"{at.lstrip('.')}: {_shown(old)} → {_shown(new)}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _LISTED
    listed = ", ".join(one.removeprefix("variable ") for one in names[:_LISTED])
    return f"{listed} and {more} more" if more > 0 else listed
