"""What a TensorFlow graph computes, as one digest whatever its nodes are called.

Two runs of the same code trace the same computation, but number and order its
nodes as their hash tables happen to lie. So a node is known by its operation, its
attributes and its inputs, down to the inputs of the graph (a Merkle digest), and
a function by what it returns.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tidegate.lineage.file_digests import digest_of_lines
from tidegate.lineage.naming import without_run

_DEEPEST = 100_000
# Numbers that TensorFlow adds to a name so that it is the only one.
_COUNTED = re.compile(r"(?:_(?:load|-?\d+))+$")
# Where a node came from, what its outputs look like, and where it may be put.
_WITHOUT = frozenset({"_output_shapes", "_class", "experimental_debug_info"})


def graph_digest(meta_graph: Any, roots: Sequence[str]) -> str:
    """Digest of what the signatures of a MetaGraphDef compute.

    Args:
        meta_graph: The proto.
        roots: Folders of the run, which may be in the names of tables.
    """
    graph = _Graph(meta_graph.graph_def, roots)
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _DEEPEST))
    lines = []
    for name, signature in sorted(meta_graph.signature_def.items()):
        fed = {
            info.name.partition(":")[0]: key for key, info in signature.inputs.items()
        }
        lines.append(f"signature {name} {signature.method_name}")
        for key, info in sorted(signature.inputs.items()):
            lines.append(f"takes {key} {info.dtype} {_shape(info)}")
        for key, info in sorted(signature.outputs.items()):
            lines.append(f"gives {key} {info.dtype} {graph.value(info.name, fed)}")
    return digest_of_lines(lines)


class _Graph:
    """The digests of a graph's nodes and functions."""

    def __init__(self, graph: Any, roots: Sequence[str]) -> None:
        self._roots = tuple(roots)
        self._functions = {one.signature.name: one for one in graph.library.function}
        self._digests: dict[str, str] = {}
        self._nodes = {node.name: node for node in graph.node}

    def value(self, name: str, fed: Mapping[str, str]) -> str:
        """Digest of a tensor of the main graph, such as `add:0`."""
        given = {node: f"input {key}" for node, key in fed.items()}
        return _Scope(self, self._nodes, given).value(name)

    def function(self, name: str) -> str:
        """Digest of what a function gives for its arguments in their order."""
        if name not in self._functions:
            return f"unknown {name}"
        if name not in self._digests:
            self._digests[name] = "itself"  # Where it calls itself.
            self._digests[name] = self._of(self._functions[name])
        return self._digests[name]

    def _of(self, function: Any) -> str:
        arguments = enumerate(function.signature.input_arg)
        given = {one.name: f"argument {n} {one.type}" for n, one in arguments}
        scope = _Scope(self, {n.name: n for n in function.node_def}, given)
        lines = [
            f"gives {scope.value(function.ret[one.name])}"
            for one in function.signature.output_arg
        ]
        kept = sorted(scope.value(f"^{node}") for node in function.control_ret.values())
        return digest_of_lines([*lines, *kept])

    def attributes(self, node: Any) -> list[str]:
        """What sets a node apart from others of its operation."""
        return [
            f"{key}={self._attribute(value)}"
            for key, value in sorted(node.attr.items())
            if key not in _WITHOUT
        ]

    def _attribute(self, value: Any) -> str:
        kind = value.WhichOneof("value")
        if kind == "func":
            return self.function(value.func.name)
        if kind == "s":
            return self.named(value.s.decode("utf-8", "surrogateescape"))
        if kind == "list" and value.list.func:
            return " ".join(self.function(one.name) for one in value.list.func)
        return str(value.SerializeToString(deterministic=True).hex())

    def named(self, text: str) -> str:
        """A name without the folder of the run and without added numbers."""
        return _COUNTED.sub("", without_run(text, self._roots))


class _Scope:
    """The nodes of a graph or of a function's body."""

    def __init__(
        self, graph: _Graph, nodes: Mapping[str, Any], given: Mapping[str, str]
    ) -> None:
        self._graph = graph
        self._nodes = nodes
        self._given = given
        self._digests: dict[str, str] = {}

    def value(self, name: str) -> str:
        """Digest of a value: `node`, `node:0`, `node:output:0` or `^node`."""
        if name.startswith("^"):
            return f"after {self._node(name[1:])}"
        node, _, place = name.partition(":")
        # In a main graph `node` is its first output; in functions all are named.
        return f"{self._node(node)}:{place if place not in ('', '0') else 'first'}"

    def _node(self, name: str) -> str:
        if name in self._given:
            return self._given[name]
        if name not in self._nodes:
            return f"unknown {name}"
        if name not in self._digests:
            self._digests[name] = "loop"  # Old graphs have loops; seen once is enough.
            self._digests[name] = self._of(self._nodes[name])
        return self._digests[name]

    def _of(self, node: Any) -> str:
        data = [self.value(one) for one in node.input if not one.startswith("^")]
        after = sorted(self.value(one) for one in node.input if one.startswith("^"))
        return digest_of_lines(
            [node.op, *self._graph.attributes(node), *data, *_after(after)]
        )


def _after(digests: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(digests))


def _shape(info: Any) -> str:
    shape = info.tensor_shape
    return "any" if shape.unknown_rank else str([one.size for one in shape.dim])
