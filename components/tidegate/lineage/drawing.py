"""A lineage as a picture: for the terminal, for Graphviz, for Mermaid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tidegate.lineage.lineage import Item, Lineage

if TYPE_CHECKING:
    from rich.tree import Tree

_ARROWS = {
    "made by": "←",
    "from": "←",
    "tested by": "✓",
    "judged by": "⚖",
    "about": "·",
    "used by": "→",
}
_DOWN = frozenset({"used by", "judged by", "tested by"})
_LONGEST = 40


def as_tree(lineage: Lineage) -> Tree:
    """The lineage as a tree for rich."""
    from rich.tree import Tree

    below = f"{lineage.root.rstrip('/')}/"
    tree = Tree(_label(lineage.tree, below, top=True), guide_style="dim")
    _grow(tree, lineage.tree, below)
    return tree


def as_dot(lineage: Lineage) -> str:
    """The lineage as a graph in Graphviz's language; arrows go as time does."""
    lines = ["digraph lineage {", "  rankdir=LR;", '  node [fontname="sans-serif"];']
    for name, item in _nodes(lineage.tree).items():
        shape = "box" if item.kind in ("execution", "run") else "ellipse"
        lines.append(f'  {name} [shape={shape}, label="{_escaped(_short(item))}"];')
    lines += [f"  {source} -> {target};" for source, target in _edges(lineage.tree)]
    return "\n".join([*lines, "}"])


def as_mermaid(lineage: Lineage) -> str:
    """The lineage as a flowchart of Mermaid, which Markdown pages draw."""
    lines = ["flowchart LR"]
    for name, item in _nodes(lineage.tree).items():
        start, end = ("[", "]") if item.kind in ("execution", "run") else ("([", "])")
        text = _short(item).replace("\\", "/").replace('"', "'").replace("\n", "<br>")
        lines.append(f'  {name}{start}"{text}"{end}')
    lines += [f"  {source} --> {target}" for source, target in _edges(lineage.tree)]
    return "\n".join(lines)


def _grow(tree: Tree, item: Item, below: str) -> None:
    for one in item.items:
        _grow(tree.add(_label(one, below)), one, below)


def _label(item: Item, below: str, *, top: bool = False) -> str:
    """An item in a line; places in the output folder count from there."""
    from rich.markup import escape

    mark = "" if top else f"[dim]{_ARROWS[item.relation]}[/dim] "
    parts = [f"{mark}[bold]{escape(item.name)}[/bold]"]
    said = [
        f"[dim]{escape(name)}[/dim] {escape(value.removeprefix(below))}"
        for name, value in item.facts.items()
        if value
    ]
    if item.uri is not None and item.uri != item.name:
        said.append(f"[dim]at[/dim] {escape(item.uri.removeprefix(below))}")
    if item.missing is not None:
        said.append(f"[yellow]unknown: {escape(item.missing)}[/yellow]")
    return " · ".join([*parts, *said])


def _nodes(tree: Item) -> dict[str, Item]:
    """Each thing once, by a name that both languages take."""
    found: dict[str, Item] = {}
    for item in tree.every():
        if item.kind not in ("event", "code", "environment", "settings"):
            found.setdefault(_id(item), item)
    return found


def _edges(tree: Item) -> list[tuple[str, str]]:
    nodes = _nodes(tree)
    found = dict.fromkeys(_edges_below(tree))
    return [(a, b) for a, b in found if a in nodes and b in nodes and a != b]


def _edges_below(item: Item) -> Iterator[tuple[str, str]]:
    for one in item.items:
        upper, lower = _id(item), _id(one)
        # What an execution gave stands below it, and comes after it all the same.
        gives = item.kind == "execution" and one.relation == "about"
        later = one.relation in _DOWN or gives
        yield (upper, lower) if later else (lower, upper)
        yield from _edges_below(one)


def _id(item: Item) -> str:
    from zlib import crc32

    text = item.key or f"{item.kind} {item.name} {item.uri}"
    return f"n{crc32(text.encode()):08x}"


def _short(item: Item) -> str:
    name = item.name if len(item.name) <= _LONGEST else f"…{item.name[1 - _LONGEST :]}"
    more = next((v for k, v in item.facts.items() if k in ("digest", "sha256")), "")
    return f"{name}\n{more[:12]}" if more else name


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
