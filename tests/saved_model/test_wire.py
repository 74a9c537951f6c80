"""Damaged protos are refused in words, in bounded time, whatever they claim."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.saved_model.graph_factory import field, function, node, saved_model, varint

from tidegate.saved_model import wire
from tidegate.saved_model.graphs import read_graphs
from tidegate.saved_model.wire import Budget, Damaged, Message

WHOLE = saved_model(
    [node("a", "Const", texts={"x": "y"}), node("b", "If", ["a:0"], calls=["f"])],
    [function("f", ["p"], [node("c", "Identity", ["p"])])],
    outputs=["b:0"],
    saver=("a:0", "b:0", "a"),
    assets={"a:0": "words"},
    objects=[field(5, b""), field(9, field(1, "a"))],
    captured={"f": b"\x01"},
)


def read(content: bytes) -> None:
    read_graphs(memoryview(content))


def test_reads_what_is_there() -> None:
    (graph,) = read_graphs(memoryview(WHOLE))

    assert {name: one.op for name, one in graph.main.nodes.items()} == {
        "a": "Const",
        "b": "If",
    }
    assert graph.main.nodes["a"].settings == {"x": (b"y",)}
    assert graph.main.nodes["b"].calls == ("f",)
    assert graph.functions["f"].arguments == ("p",)
    assert graph.served == ("b:0",)
    assert (graph.filename, graph.saver) == ("a:0", ("b:0", "a"))
    assert graph.assets == (("a:0", "words"),)
    assert graph.captured == {"f": (1,)}
    assert graph.asset_objects == {0}
    assert graph.constants == {1: "a"}


@pytest.mark.parametrize("end", range(1, len(WHOLE)))
def test_refuses_what_was_cut_short(end: int) -> None:
    with pytest.raises(Damaged):
        read(WHOLE[:end])


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(Damaged):
        read(content)


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
@settings(max_examples=300)
def test_any_changed_byte_is_read_or_refused(at: int, value: int) -> None:
    with contextlib.suppress(Damaged):
        read(WHOLE[:at] + bytes([value]) + WHOLE[at + 1 :])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        varint(2 << 3 | 2) + varint(2**62),  # longer than any file
        varint(2 << 3 | 2) + b"\xff" * 10 + b"\x01",  # a length without an end
        WHOLE + b"\x00\x01",  # no field has the number 0
        WHOLE + varint(2**33 << 3) + b"\x01",
        WHOLE + varint(2 << 3 | 3),  # a group
        varint(2 << 3 | 5) + b"\x00",  # four bytes, of which one is there
        varint(2 << 3 | 0) + b"\x01",  # a graph that is a number
        field(2, field(2, field(1, field(2, b"\xff\xfe")))),  # an op that is no text
        field(2, field(2, field(1, field(1, "a")) * 2)),  # two nodes of one name
        saved_model([], [function("f", [], [])] * 2),
    ],
)
def test_refuses_what_no_model_has(content: bytes) -> None:
    with pytest.raises(Damaged):
        read(content)


def test_refuses_attributes_that_are_nested_without_end() -> None:
    value = b""
    for _ in range(5000):
        value = field(10, field(2, field(1, "k") + field(2, value)))
    one = field(1, "a") + field(2, "Const") + field(5, field(1, "k") + field(2, value))

    with pytest.raises(Damaged, match="nested"):
        read(field(2, field(2, field(1, one))))


def test_refuses_signatures_that_are_nested_without_end() -> None:
    info = b""
    for _ in range(5000):
        info = field(5, field(2, info))
    signature = field(2, field(1, "o") + field(2, info))

    with pytest.raises(Damaged, match="nested"):
        read(field(2, field(5, field(1, "s") + field(2, signature))))


def test_looks_at_so_many_fields_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    many = Message(memoryview(b"\x08\x01" * 100_000), Budget(1000))

    with pytest.raises(Damaged, match="more fields"):
        list(many.fields())


def test_a_file_shares_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget.__init__, "__defaults__", (20,))

    with pytest.raises(Damaged, match="more fields"):
        read(WHOLE)


def test_a_great_number_of_fields_is_read_in_moments() -> None:
    started = time.monotonic()

    read(saved_model([node(f"n{at}", "Const") for at in range(20_000)]))

    assert time.monotonic() - started < 10
    assert wire.MOST_FIELDS > 10**6
