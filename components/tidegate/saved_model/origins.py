"""Where the value that an operation takes comes from, through calls. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tidegate.saved_model.graphs import Graph, Node, Scope

# Operations that give what they take.
_SAME = frozenset({"Identity", "IdentityN", "StopGradient", "EnsureShape"})
# Inputs of a call before those that the function gets.
_BEFORE = {
    "StatefulPartitionedCall": 0,
    "PartitionedCall": 0,
    "While": 0,
    "StatelessWhile": 0,
    "If": 1,
    "StatelessIf": 1,
    "Case": 1,
    "StatelessCase": 1,
}
# What takes a variable without another being able to assign to it.
_HARMLESS = frozenset({"AssignVariableOp", "ReadVariableOp", "VarIsInitializedOp"})
_MOST_STEPS = 10_000
Place = tuple[str, str]


@dataclass(frozen=True)
class Origin:
    """Where a value starts.

    Attributes:
        kind: "asset", "filename" (of the checkpoint), or "other".
        what: The operation that gives it, for "other".
    """

    kind: str
    what: str = ""


class Origins:
    """Finds where values of one graph come from.

    Args:
        graph: The graph with its functions.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._assets = {node_of(tensor) for tensor, _ in graph.assets}
        self._calls: dict[str, list[tuple[Scope, Node]]] = {}
        self._takers: dict[str, list[Node]] = {}
        for node in graph.main.nodes.values():
            for tensor in node.inputs:
                self._takers.setdefault(node_of(tensor), []).append(node)
        self._variables = Counter(
            _variable(node)
            for scope in graph.scopes
            for node in scope.nodes.values()
            if node.op == "VarHandleOp"
        )
        for scope in graph.scopes:
            for node in scope.nodes.values():
                for called in called_by(node, graph):
                    self._calls.setdefault(called, []).append((scope, node))

    def of_input(self, scope: Scope, node: Node, index: int) -> set[Origin]:
        """Every place that an input of an operation may come from."""
        data = [one for one in node.inputs if not one.startswith("^")]
        if index >= len(data):
            return {Origin("other", "nothing")}
        found: set[Origin] = set()
        seen: set[Place] = set()
        waiting = [(scope, data[index])]
        while waiting:
            where, tensor = waiting.pop()
            place = (where.name, tensor)
            if place in seen:
                continue
            seen.add(place)
            if len(seen) > _MOST_STEPS:
                return {Origin("other", "more calls than were followed")}
            origin = self._step(where, tensor, waiting)
            if origin is not None:
                found.add(origin)
        return found or {Origin("other", "nothing")}

    def _step(
        self, scope: Scope, tensor: str, waiting: list[tuple[Scope, str]]
    ) -> Origin | None:
        """The origin if the tensor is one; else what it comes from is waiting."""
        name = node_of(tensor)
        if scope.name and name in scope.arguments:
            given = list(self._given(scope, scope.arguments.index(name)))
            waiting += [one for one in given if isinstance(one, tuple)]
            other = [one for one in given if isinstance(one, Origin)]
            if not given:
                return Origin("other", "an argument that nothing gives")
            return _worst(other)
        node = scope.nodes.get(name)
        if node is None:
            return Origin("other", "nothing")
        if not scope.name and name in self._assets:
            return Origin("asset")
        if not scope.name and name == node_of(self._graph.filename):
            return Origin("filename")
        if node.op in _SAME and node.inputs:
            at = _output(tensor) if node.op == "IdentityN" else 0
            if at < len(node.inputs):
                waiting.append((scope, node.inputs[at]))
                return None
        if node.op == "ReadVariableOp" and not scope.name and node.inputs:
            assigned = self._assigned(node_of(node.inputs[0]))
            waiting += [(scope, one) for one in assigned]
            return None if assigned else Origin("other", "a variable")
        return Origin("other", node.op)

    def _assigned(self, variable: str) -> list[str]:
        """Tensors that a variable may hold; none where others may assign to it.

        TensorFlow holds the paths of assets in variables that the graph assigns
        once and gives to nobody: no function, and no checkpoint, changes them.
        """
        handle = self._graph.main.nodes.get(variable)
        takers = self._takers.get(variable, [])
        if handle is None or handle.op != "VarHandleOp":
            return []
        if self._variables[_variable(handle)] > 1:
            return []
        if any(one.op not in _HARMLESS for one in takers):
            return []
        return [
            one.inputs[1]
            for one in takers
            if one.op == "AssignVariableOp" and len(one.inputs) > 1
        ]

    def _given(self, scope: Scope, index: int) -> Iterator[tuple[Scope, str] | Origin]:
        """What callers and objects give to an argument of a function."""
        for caller, node in self._calls.get(scope.name, ()):
            before = 0 if node.op == scope.name else _BEFORE.get(node.op)
            data = [one for one in node.inputs if not one.startswith("^")]
            if before is None or index + before >= len(data):
                yield Origin("other", node.op)
            else:
                yield caller, data[index + before]
        captured = self._graph.captured.get(scope.name)
        if captured is None:
            return
        at = index - (len(scope.arguments) - len(captured))
        if at < 0:
            yield Origin("other", "whoever calls the function")
        elif captured[at] in self._graph.asset_objects:
            yield Origin("asset")
        elif captured[at] in self._graph.constants:
            yield self._graph.main, self._graph.constants[captured[at]]
        else:
            yield Origin("other", "a variable")


def called_by(node: Node, graph: Graph) -> Iterator[str]:
    """Names of the functions that an operation calls."""
    if node.op in graph.functions:
        yield node.op
    yield from (name for name in node.calls if name in graph.functions)


def node_of(tensor: str) -> str:
    """Name of the operation, or argument, that gives a tensor."""
    return tensor.removeprefix("^").partition(":")[0]


def _variable(node: Node) -> bytes:
    """The name by which all handles of one variable know it."""
    named = b"".join(node.settings.get("shared_name", ()))
    return named or node.name.encode()


def _output(tensor: str) -> int:
    last = tensor.rpartition(":")[2]
    return int(last) if last.isascii() and last.isdigit() else 0


def _worst(origins: list[Origin]) -> Origin | None:
    """An origin that is neither asset nor checkpoint, before one that is."""
    ranked = sorted(origins, key=lambda one: one.kind != "other")
    return ranked[0] if ranked else None
