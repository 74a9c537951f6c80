"""The nodes of a run that is only to be repeated: nothing outside is changed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_LOG = logging.getLogger("tidegate.lineage")
# Nodes that write to a place of their own, and the properties that name it.
_WRITES = {
    "SpanPusher": ("history",),
    "Pusher": ("push_destination", "pushed", "push_to"),
    "Canary": ("pushed", "push_to"),
}


def within(nodes: Iterable[Any], root: Path) -> tuple[list[Any], tuple[str, ...]]:
    """The nodes without those that write to a place outside of a folder.

    What comes after such a node is left out, too.

    Args:
        nodes: Components of a TFX pipeline.
        root: The output folder of the run.

    Returns:
        The nodes that stay, and the names of the others.
    """
    kept: list[Any] = []
    out: dict[str, None] = {}
    for node in nodes:
        places = [place for place in _places(node) if not _inside(place, root)]
        after = sorted({*out} & _upstream(node))
        if places or after:
            out[node.id] = None
            why = f"writes to {places[0]}" if places else f"comes after {after[0]}"
            _LOG.warning("%s is left out: it %s", node.id, why)
        else:
            kept.append(node)
    return kept, tuple(out)


def _places(node: Any) -> Iterator[str]:
    kinds = [kind.__name__ for kind in type(node).__mro__]
    names = next((_WRITES[kind] for kind in kinds if kind in _WRITES), ())
    properties = getattr(node, "exec_properties", None) or {}
    for name in names:
        value = properties.get(name)
        if isinstance(value, str) and value:
            yield from _paths(value)


def _paths(value: str) -> Iterator[str]:
    """A destination, or those within a message written as JSON."""
    try:
        parsed = json.loads(value)
    except ValueError:
        parsed = value
    stack = [parsed]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            stack += one.values()
        elif isinstance(one, str):
            yield one


def _inside(place: str, root: Path) -> bool:
    if "://" in place:
        return False
    path = Path(place).resolve()
    return root.resolve() in (path, *path.parents)


def _upstream(node: Any) -> set[str]:
    """Ids of the nodes before it: those named, and those whose outputs it takes."""
    taken = (getattr(node, "inputs", None) or {}).values()
    parts = [part for one in taken for part in getattr(one, "channels", None) or [one]]
    producers = (getattr(part, "producer_component", None) for part in parts)
    before = [*getattr(node, "upstream_nodes", ()), *producers]
    return {one.id for one in before if one is not None}
