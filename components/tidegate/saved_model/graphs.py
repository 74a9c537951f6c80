"""The graphs of a SavedModel, read without TensorFlow: operations and calls. Pure.

Field numbers are those of TensorFlow's saved_model, meta_graph, graph, node_def,
function, attr_value, saver and saved_object_graph protos.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tidegate.saved_model.wire import LENGTH, Budget, Damaged, Message, text

# A graph of this size would take minutes to read, and nobody serves such a one.
MOST_NODES = 2_000_000
# As protobuf's own parsers have it.
_DEEPEST = 100
_INITIAL = ("saved_model_main_op", "legacy_init_op", "saved_model_train_op")


@dataclass(frozen=True, slots=True)
class Node:
    """One operation in a graph.

    Attributes:
        name: Its name, unique in its graph.
        op: Name of the operation, or of the function that is called.
        inputs: "node:0", "node:output:0", "^node" or the name of an argument.
        settings: Texts among its attributes.
        calls: Functions among its attributes.
    """

    name: str
    op: str
    inputs: tuple[str, ...] = ()
    settings: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    calls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scope:
    """A graph: that of the model, or that of one of its functions.

    Attributes:
        name: The function's name; "" for the graph of the model.
        nodes: Its operations by name.
        arguments: Names of the function's arguments, in their order.
    """

    name: str
    nodes: Mapping[str, Node]
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    """One MetaGraph with its function library.

    Attributes:
        main: The graph of the model.
        functions: Its functions by name.
        assets: Tensors with the names of their asset files.
        served: Tensors that signatures and the initialization ask for.
        filename: Tensor with the place of the checkpoint.
        saver: Tensors that save and restore the checkpoint.
        gradients: Functions that stand for gradients of others.
        captured: Function that objects hold, to the objects that it captured.
        asset_objects: Numbers of the objects that are assets.
        constants: Object to the tensor of its constant.
    """

    main: Scope
    functions: Mapping[str, Scope]
    assets: tuple[tuple[str, str], ...] = ()
    served: tuple[str, ...] = ()
    filename: str = ""
    saver: tuple[str, ...] = ()
    gradients: tuple[str, ...] = ()
    captured: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    asset_objects: frozenset[int] = frozenset()
    constants: Mapping[int, str] = field(default_factory=dict)

    @property
    def scopes(self) -> Iterator[Scope]:
        """The graph of the model, then every function."""
        yield self.main
        yield from self.functions.values()


def read_graphs(saved_model: memoryview) -> tuple[Graph, ...]:
    """Every MetaGraph of a `saved_model.pb`.

    Raises:
        Damaged: It is none, or too large to be read.
    """
    found = tuple(_graph(one) for one in Message(saved_model, Budget()).inside(2))
    if not found:
        raise Damaged("it has no graph")
    return found


def _graph(meta: Message) -> Graph:
    # A message that stands there twice is one message, as protobuf has it.
    parts = list(meta.inside(2))
    library = [one for part in parts for one in part.inside(2)]
    nodes = _nodes(node for part in parts for node in part.inside(1))
    functions = _functions(library)
    if len(nodes) + sum(len(one.nodes) for one in functions.values()) > MOST_NODES:
        raise Damaged(f"it has more than {MOST_NODES:,} operations")
    saver = list(meta.inside(3))
    objects = list(meta.inside(7))
    held = [node for part in objects for node in part.inside(1)]
    return Graph(
        main=Scope("", nodes),
        functions=functions,
        assets=tuple(_asset(one) for one in meta.inside(6)),
        served=(*_signature_outputs(meta), *_initial(meta)),
        filename=next((name for one in saver for name in one.texts(1)), ""),
        saver=tuple(name for one in saver for n in (2, 3) for name in one.texts(n)),
        gradients=tuple(_gradients(library)),
        captured={
            name: tuple(function.numbers(2))
            for part in objects
            for name, function in part.entries(2)
        },
        asset_objects=frozenset(
            at for at, one in enumerate(held) if any(True for _ in one.inside(5))
        ),
        constants={
            at: constant.text(1)
            for at, one in enumerate(held)
            for constant in one.inside(9)
        },
    )


def _nodes(messages: Iterator[Message]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for message in messages:
        node = _node(message)
        if node.name in found:
            raise Damaged("two of its operations have one name")
        found[node.name] = node
        if len(found) > MOST_NODES:
            raise Damaged(f"it has more than {MOST_NODES:,} operations")
    return found


def _node(message: Message) -> Node:
    name = op = ""
    inputs: list[str] = []
    settings: dict[str, tuple[bytes, ...]] = {}
    calls: list[str] = []
    for number, kind, _, data in message.fields():
        if number in (1, 2, 3, 5) and kind != LENGTH:
            raise Damaged("a field is of another kind than in every SavedModel")
        if number == 1:
            name = text(data)
        elif number == 2:
            op = text(data)
        elif number == 3:
            inputs.append(text(data))
        elif number == 5:
            entry = message.of(data)
            key = entry.text(1)
            for value in entry.inside(2):
                words = _words(value, calls, 0)
                if words:
                    settings[key] = (*settings.get(key, ()), *words)
    return Node(name, op, tuple(inputs), settings, tuple(calls))


def _words(value: Message, calls: list[str], depth: int) -> tuple[bytes, ...]:
    """Texts in an attribute; the functions that it names are put to `calls`."""
    if depth > _DEEPEST:
        raise Damaged("its attributes are nested too deeply")
    words: list[bytes] = []
    for number, kind, _, data in value.fields():
        if kind != LENGTH:
            continue
        if number in (2, 9):  # text, or the name of a placeholder
            words.append(bytes(data))
        elif number == 1:  # a list
            listed = value.of(data)
            words += [bytes(one) for one in listed.data(2)]
            for function in listed.inside(9):
                _call(function, calls, depth)
        elif number == 10:
            _call(value.of(data), calls, depth)
    return tuple(words)


def _call(function: Message, calls: list[str], depth: int) -> None:
    calls += function.texts(1)
    for _, value in function.entries(2):
        _words(value, calls, depth + 1)


def _functions(library: list[Message]) -> dict[str, Scope]:
    found: dict[str, Scope] = {}
    total = 0
    for part in library:
        for function in part.inside(1):
            scope = _function(function)
            if scope.name in found:
                raise Damaged("two of its functions have one name")
            found[scope.name] = scope
            total += len(scope.nodes)
            if total > MOST_NODES:
                raise Damaged(f"it has more than {MOST_NODES:,} operations")
    return found


def _function(message: Message) -> Scope:
    signatures = list(message.inside(1))
    names = [name for one in signatures for name in one.texts(1)]
    arguments = tuple(
        argument.text(1) for one in signatures for argument in one.inside(2)
    )
    return Scope(names[-1] if names else "", _nodes(message.inside(3)), arguments)


def _gradients(library: list[Message]) -> Iterator[str]:
    for part in library:
        for gradient in part.inside(2):
            yield from (*gradient.texts(1), *gradient.texts(2))
        for registered in part.inside(3):
            yield from registered.texts(1)


def _asset(message: Message) -> tuple[str, str]:
    tensors = [name for info in message.inside(1) for name in info.texts(1)]
    return (tensors or [""])[-1], message.text(2)


def _signature_outputs(meta: Message) -> Iterator[str]:
    for _, signature in meta.entries(5):
        for _, info in signature.entries(2):
            yield from _tensors(info, 0)


def _tensors(info: Message, depth: int) -> Iterator[str]:
    """Names of the tensors of one output, which may be sparse or composite."""
    if depth > _DEEPEST:
        raise Damaged("its signatures are nested too deeply")
    yield from info.texts(1)
    for sparse in info.inside(4):
        yield from (name for number in (1, 2, 3) for name in sparse.texts(number))
    for composite in info.inside(5):
        for component in composite.inside(2):
            yield from _tensors(component, depth + 1)


def _initial(meta: Message) -> Iterator[str]:
    for key, collection in meta.entries(4):
        if key in _INITIAL:
            for nodes in collection.inside(1):
                yield from nodes.texts(1)
