"""Whether a SavedModel may be loaded, asked by whatever loads one.

It is what InfraTests asks, too, but raised: who has a model to load and no report
to write must not load it. What lies beside the model and is opened by nobody is
left to InfraTests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from tidegate.errors import ComponentError, SecurityError, TidegateError, raise_all
from tidegate.report.wording import printable
from tidegate.saved_model.catalogue import catalogue
from tidegate.saved_model.files import asset_faults, look_at
from tidegate.saved_model.graphs import Graph, read_graphs
from tidegate.saved_model.op_rules import Refused, refused
from tidegate.saved_model.wholeness import GRAPH
from tidegate.saved_model.wire import Damaged

_LARGEST_GRAPH = 2**31 - 1
_MOST_NAMED = 3
_MOST_IN_FIX = 20
_CLOSE = 0.75
_LONGEST = 80


def demand_safe_operations(
    folder: str | Path, allowed: Collection[str] = (), *, where: str | None = None
) -> None:
    """Refuses a model that could do more than compute, before it is loaded.

    Args:
        folder: Folder with `saved_model.pb`, on this machine.
        allowed: Further operations that somebody answers for.
        where: The model as errors are to name it; None names the folder.

    Raises:
        SecurityError: It has operations that are refused, or unknown, or files
            that lead out of its folder.
        ComponentError: There is no graph, or none that can be read.
        Problems: Several of these.
    """
    folder, where = Path(folder), where or str(folder)
    try:
        files = look_at(folder)
        if GRAPH not in files.names and not files.faults:
            raise Damaged(f"there is no {GRAPH}")
        graphs = graphs_in(folder) if GRAPH in files.names else ()
    except OSError as error:
        raise _unreadable(where, f"it cannot be listed: {error.strerror}") from None
    except Damaged as damage:
        raise _unreadable(where, str(damage)) from None
    faults = [*files.faults, *asset_faults(graphs, files)]
    errors: list[TidegateError] = []
    if faults:
        errors.append(_unsafe(where, faults))
    found = _one_a_kind(refused(graphs, catalogue(), allowed))
    if found:
        scopes = [scope for graph in graphs for scope in graph.scopes]
        has = {node.op for scope in scopes for node in scope.nodes.values()}
        meant = _meant(found, [one for one in allowed if one not in has])
        errors.append(_harmful(where, found, meant))
    raise_all("the model is not loaded", errors)


def graphs_in(folder: Path) -> tuple[Graph, ...]:
    """Every graph of the SavedModel in a folder.

    Raises:
        Damaged: It cannot be read.
    """
    path = folder / GRAPH
    try:
        # Read, not mapped: a file that is cut short meanwhile would end the process.
        if path.stat().st_size > _LARGEST_GRAPH:
            raise Damaged("it is larger than 2 GB, which no reader of protobuf takes")
        content = path.read_bytes()
    except OSError as error:
        raise Damaged(f"it cannot be read: {error.strerror}") from None
    return read_graphs(memoryview(content))


def _one_a_kind(found: Iterator[Refused]) -> list[Refused]:
    """The first place of each operation."""
    first: dict[str, Refused] = {}
    for one in found:
        first.setdefault(one.op, one)
    return list(first.values())


def _meant(found: Sequence[Refused], unused: Sequence[str]) -> str:
    """Asks about a refused operation that somebody may have misspelt; else empty."""
    names = {one.casefold(): one for one in unused}
    for one in found:
        op = one.op[:_LONGEST]
        for near in get_close_matches(op.casefold(), names, 1, _CLOSE):
            return f'did you mean "{_short(op)}" by "{_short(names[near])}"? '
    return ""


def _harmful(where: str, found: Sequence[Refused], meant: str) -> SecurityError:
    told = "; ".join(_told(one) for one in found[:_MOST_NAMED])
    more = len(found) - _MOST_NAMED
    allow = ", ".join(f'"{_short(one.op)}": "…"' for one in found[:_MOST_IN_FIX])
    unnamed = len(found) - _MOST_IN_FIX
    return SecurityError(
        "the model is not loaded, as it could do more than compute",
        where=where,
        expected="operations that compute",
        got=told + (f"; and {more} more kinds" if more > 0 else ""),
        fix=f"{meant}export the model without them, or answer for them where it is "
        f"loaded: allow_ops={{{allow}}}"
        + (f" and {unnamed} more" if unnamed > 0 else "")
        + " with the reasons, --allow-op at the command line",
    )


def _told(one: Refused) -> str:
    place = f"in the function {_short(one.where)}" if one.where else "in the graph"
    return f"{_short(one.op)} (node {_short(one.node)} {place}): {one.why}"


def _unsafe(where: str, faults: Sequence[str]) -> SecurityError:
    more = len(faults) - _MOST_NAMED
    told = "; ".join(_short(one) for one in faults[:_MOST_NAMED])
    return SecurityError(
        "the model is not loaded, as its files are not safe to open",
        where=where,
        expected="no code, and no link or asset that leads out of its folder",
        got=told + (f"; and {more} more" if more > 0 else ""),
        fix="export the model again, without these",
    )


def _unreadable(where: str, got: str) -> ComponentError:
    return ComponentError(
        "the model cannot be loaded",
        where=where,
        expected=f"a SavedModel, with its {GRAPH}",
        got=got,
        fix="export it with tf.saved_model.save",
    )


def _short(text: str) -> str:
    """A text of the model's as it may be printed: on one line, and not too long."""
    return printable(text, _LONGEST)
