"""What the signatures of a SavedModel are called, and which features one reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tidegate.errors import ComponentError
from tidegate.saved_model.wholeness import GRAPH

# Where a Model artifact has its SavedModel; the second name is that of old TFX.
_FOLDERS = ("", "Format-Serving", "serving_model_dir")
_SERVE = "serve"
# The kinds of keys of each op that parses tf.Examples, by the attribute that
# counts them; None is one input that holds all keys of that kind.
_KEYS: Mapping[str, tuple[str | None, ...]] = {
    "ParseExampleV2": (None, None, None),
    "ParseExample": ("Nsparse", "Ndense"),
}
_BEFORE_KEYS = 2  # The records and their names.
_SINGLE = "ParseSingleExample"


class Signatures:
    """The signatures of a SavedModel, read without loading it.

    Attributes:
        folder: Folder with `saved_model.pb`.
        names: Names of the signatures, sorted.

    Args:
        model: That folder, or a Model artifact's with the SavedModel in it.

    Raises:
        ComponentError: There is no SavedModel, or its file is damaged.
    """

    def __init__(self, model: Path) -> None:
        from google.protobuf.message import DecodeError
        from tensorflow.core.protobuf import saved_model_pb2

        self.folder = saved_model_in(model)
        try:
            content = (self.folder / GRAPH).read_bytes()
            graphs = saved_model_pb2.SavedModel.FromString(content).meta_graphs
        except (OSError, DecodeError) as error:
            raise _unreadable(model, type(error).__name__) from None
        served = [one for one in graphs if _SERVE in one.meta_info_def.tags]
        if not served:
            raise _unreadable(model, "no graph for serving")
        self._graph = served[0]
        self.names = tuple(
            sorted(
                name
                for name in self._graph.signature_def
                if not name.startswith("__saved_model")
            )
        )

    def features(self, signature: str) -> tuple[str, ...] | None:
        """Names of the raw features that a signature parses out of tf.Examples.

        Only what is seen to be parsed: a model may read records in other ways.

        Args:
            signature: One of `names`.

        Returns:
            The names, sorted; None where it cannot be seen.
        """
        outputs = self._graph.signature_def[signature].outputs.values()
        found: set[bytes] = set()
        parses = False
        for nodes in self._bodies(_node(one.name) for one in outputs):
            for node in nodes.values():
                keys = _keys(node, nodes)
                if keys is None:
                    return None
                parses |= node.op in _KEYS or node.op == _SINGLE
                found.update(keys)
        if not parses:
            return None
        return tuple(sorted(key.decode(errors="backslashreplace") for key in found))

    def _bodies(self, outputs: Iterable[str]) -> Iterator[dict[str, Any]]:
        """The nodes that the outputs hang on, function by function."""
        library = {
            one.signature.name: one for one in self._graph.graph_def.library.function
        }
        above = {node.name: node for node in self._graph.graph_def.node}
        reached = _reached(outputs, above)
        yield reached
        todo = list(reached.values())
        seen: set[str] = set()
        while todo:
            for name in _called(todo.pop(), library):
                if name not in seen:
                    seen.add(name)
                    body = {node.name: node for node in library[name].node_def}
                    yield body
                    todo.extend(body.values())


def _reached(outputs: Iterable[str], nodes: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    todo = list(outputs)
    while todo:
        name = todo.pop()
        if name in nodes and name not in found:
            found[name] = nodes[name]
            todo.extend(_node(given) for given in nodes[name].input)
    return found


def _called(node: Any, library: Mapping[str, Any]) -> Iterator[str]:
    """Functions that a node calls."""
    if node.op in library:
        yield node.op
    for value in node.attr.values():
        for function in (value.func, *value.list.func):
            if function.name in library:
                yield function.name


def _keys(node: Any, nodes: Mapping[str, Any]) -> list[bytes] | None:
    """The features that a node parses; None where they are not constants."""
    if node.op == _SINGLE:
        attributes = (node.attr["sparse_keys"], node.attr["dense_keys"])
        return [key for one in attributes for key in one.list.s]
    found: list[bytes] = []
    at = _BEFORE_KEYS
    for counted in _KEYS.get(node.op, ()):
        inputs = 1 if counted is None else int(node.attr[counted].i)
        for given in node.input[at : at + inputs]:
            constant = nodes.get(_node(given))
            if constant is None or constant.op != "Const":
                return None
            found.extend(_texts(constant.attr["value"].tensor))
        at += inputs
    return found


def _texts(tensor: Any) -> list[bytes]:
    """The texts of a constant; one that repeats is held once."""
    return list(tensor.string_val)


def _node(name: str) -> str:
    """The node behind the name of a tensor or of a control input."""
    return name.removeprefix("^").partition(":")[0]


def saved_model_in(model: Path) -> Path:
    """Folder of the SavedModel that is, or is in, a folder.

    Raises:
        ComponentError: There is none.
    """
    for name in _FOLDERS:
        if (model / name / GRAPH).is_file():
            return model / name
    raise _unreadable(model, f"no {GRAPH}")


def _unreadable(model: Path, got: str) -> ComponentError:
    return ComponentError(
        "there is no model to explain",
        where=str(model),
        expected="a SavedModel, or the folder of a Model artifact",
        got=got,
        fix="export the model with tf.saved_model.save, or name its folder",
    )
