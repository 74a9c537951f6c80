"""Whether the operations of a model are all such that it may be loaded. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from tidegate.saved_model.catalogue import UNKNOWN, Catalogue
from tidegate.saved_model.graphs import Graph, Node, Scope
from tidegate.saved_model.origins import Origins, called_by, node_of

# Where the file name of an operation is among its inputs.
_CHECKPOINT_INPUT = {"RestoreV2": 0, "SaveV2": 0, "MergeV2Checkpoints": 1}
_FILE_INPUT = {
    "InitializeTableFromTextFile": 1,
    "InitializeTableFromTextFileV2": 1,
    "TFRecordDataset": 0,
    "TFRecordDatasetV2": 0,
}
# Attribute of an operation, and the values of it that name no file.
_SAFE = {
    "PrintV2": (
        "output_stream",
        (b"stdout", b"stderr", b"log(info)", b"log(warning)", b"log(error)"),
    ),
    "DecodeProtoV2": ("descriptor_source", (b"", b"local://")),
    "EncodeProto": ("descriptor_source", (b"", b"local://")),
}
_INLINE = b"bytes://"  # a descriptor that stands in the attribute itself
# The place of a checkpoint that is saved is put together of the name that is given.
_SAVING = frozenset({"SaveV2"})


@dataclass(frozen=True)
class Refused:
    """An operation that a model may not have.

    Attributes:
        op: Its name.
        where: The function that it is in; "" for the graph of the model.
        node: Its name there.
        why: Why it is refused.
    """

    op: str
    where: str
    node: str
    why: str


def refused(
    graphs: Iterable[Graph], known: Catalogue, allowed: Collection[str] = ()
) -> Iterator[Refused]:
    """Every operation that may not be in a model that is loaded.

    Args:
        graphs: All graphs of the model, not only the one that is served.
        known: What is known of operations.
        allowed: Further operations that somebody answers for.
    """
    for graph in graphs:
        judge = _Judge(graph, known, frozenset(allowed))
        for scope in graph.scopes:
            for node in scope.nodes.values():
                why = judge.fault(scope, node)
                if why is not None:
                    yield Refused(node.op, scope.name, node.name, why)


class _Judge:
    def __init__(self, graph: Graph, known: Catalogue, allowed: frozenset[str]) -> None:
        self._graph = graph
        self._known = known
        self._fine = known.allowed | allowed
        self._allowed = allowed
        self._origins = Origins(graph)
        self._saving = _loader_only(graph)

    def fault(self, scope: Scope, node: Node) -> str | None:
        """Why an operation is refused; None if it is not."""
        op = node.op
        if op in self._fine or op in self._graph.functions:
            # A function may not take the name of an operation to hide it.
            return self._hides(op)
        if op in self._known.refused:
            return self._known.refused[op]
        bound = self._known.bound.get(op)
        if bound is None:
            return UNKNOWN
        return None if self._holds(bound, scope, node) else self._known.reasons[bound]

    def _hides(self, op: str) -> str | None:
        if op in self._graph.functions and op in self._known.known:
            return "a function of the model has the name of an operation"
        return None

    def _holds(self, bound: str, scope: Scope, node: Node) -> bool:
        if bound == "checkpoint":
            inside = (scope.name, node.name if not scope.name else "") in self._saving
            return inside and (
                node.op in _SAVING or self._names_checkpoint(scope, node)
            )
        if bound == "asset":
            origins = self._origins.of_input(scope, node, _FILE_INPUT[node.op])
            return all(one.kind == "asset" for one in origins)
        name, safe = _SAFE[node.op]
        return all(
            value in safe or (node.op != "PrintV2" and value.startswith(_INLINE))
            for value in node.settings.get(name, ())
        )

    def _names_checkpoint(self, scope: Scope, node: Node) -> bool:
        index = _CHECKPOINT_INPUT[node.op]
        origins = self._origins.of_input(scope, node, index)
        return all(one.kind == "filename" for one in origins)


def _loader_only(graph: Graph) -> set[tuple[str, str]]:
    """Where only the loader comes: ("", node) of the graph, and (function, "").

    What saves and restores the checkpoint, and is part of nothing that a request,
    the initialization or an object calls.
    """
    main = graph.main
    saver = _ancestors(main, (*graph.saver, graph.filename))
    served = _ancestors(main, graph.served)
    own = saver - served
    outside = [node for name, node in main.nodes.items() if name not in own]
    starts = [*graph.captured, *graph.gradients]
    elsewhere = _called(graph, outside, starts)
    functions = _called(graph, [main.nodes[name] for name in own], [])
    return {("", name) for name in own} | {
        (name, "") for name in functions if name not in elsewhere
    }


def _ancestors(scope: Scope, tensors: Iterable[str]) -> set[str]:
    """Operations that must run for the tensors, themselves among them."""
    found: set[str] = set()
    waiting = [node_of(one) for one in tensors]
    while waiting:
        name = waiting.pop()
        if name in scope.nodes and name not in found:
            found.add(name)
            waiting += [node_of(one) for one in scope.nodes[name].inputs]
    return found


def _called(graph: Graph, nodes: Iterable[Node], starts: Iterable[str]) -> set[str]:
    """Functions that are called by operations, or by functions that these call."""
    found: set[str] = set()
    waiting = [name for node in nodes for name in called_by(node, graph)]
    waiting += [name for name in starts if name in graph.functions]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            for node in graph.functions[name].nodes.values():
                waiting += called_by(node, graph)
    return found
