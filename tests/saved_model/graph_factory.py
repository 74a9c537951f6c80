"""Small SavedModel protos for tests, written without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def field(number: int, content: bytes | str) -> bytes:
    """A field with a length."""
    data = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(data)) + data


def entry(key: str, value: bytes) -> bytes:
    return field(1, key) + field(2, value)


def node(
    name: str,
    op: str,
    inputs: Sequence[str] = (),
    texts: Mapping[str, str] | None = None,
    calls: Sequence[str] = (),
) -> bytes:
    """A NodeDef with texts and functions as attributes."""
    attributes = {key: field(2, value) for key, value in (texts or {}).items()}
    attributes |= {f"f{at}": field(10, field(1, one)) for at, one in enumerate(calls)}
    return (
        field(1, name)
        + field(2, op)
        + b"".join(field(3, one) for one in inputs)
        + b"".join(field(5, entry(key, one)) for key, one in attributes.items())
    )


def function(name: str, arguments: Sequence[str], nodes: Sequence[bytes]) -> bytes:
    """A FunctionDef."""
    signature = field(1, name) + b"".join(field(2, field(1, a)) for a in arguments)
    return field(1, signature) + b"".join(field(3, one) for one in nodes)


def saved_model(
    nodes: Sequence[bytes] = (),
    functions: Sequence[bytes] = (),
    *,
    outputs: Sequence[str] = (),
    saver: tuple[str, str, str] | None = None,
    assets: Mapping[str, str] | None = None,
    objects: Sequence[bytes] = (),
    captured: Mapping[str, bytes] | None = None,
) -> bytes:
    """A SavedModel with one graph.

    Args:
        nodes: NodeDefs of the graph.
        functions: FunctionDefs of its library.
        outputs: Tensors of its one signature.
        saver: Tensor of the file name, tensor that saves, operation that restores.
        assets: Tensor to file name.
        objects: SavedObjects.
        captured: Concrete function to its numbers of captured objects, a byte each.
    """
    library = b"".join(field(1, one) for one in functions)
    graph = b"".join(field(1, one) for one in nodes) + field(2, library)
    signature = b"".join(
        field(2, entry(f"out{at}", field(1, one))) for at, one in enumerate(outputs)
    )
    meta = field(2, graph) + field(5, entry("serving_default", signature))
    if saver is not None:
        meta += field(3, b"".join(field(at + 1, one) for at, one in enumerate(saver)))
    for tensor, name in (assets or {}).items():
        meta += field(6, field(1, field(1, tensor)) + field(2, name))
    held = b"".join(field(1, one) for one in objects)
    for name, numbers in (captured or {}).items():
        held += field(2, entry(name, field(2, numbers)))
    return field(2, meta + field(7, held))
