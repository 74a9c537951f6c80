"""A SavedModel is known by what it computes and with what, not by its bytes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2
from tests.serving.serving_models import write_model

from tidegate.lineage import saved_model_content
from tidegate.lineage.content import content_of, output_files
from tidegate.lineage.graph_content import graph_digest
from tidegate.lineage.saved_model_content import variables_of

Answer = Callable[[dict[str, Any]], Any]


def first(given: dict[str, Any]) -> Any:
    """Two features in one order, under plain names."""
    return tf.sigmoid(given["x"] * 2.0 + given["y"])


def renamed(given: dict[str, Any]) -> Any:
    """The same, with other names, and nodes added in another order."""
    with tf.name_scope("elsewhere"):
        y = tf.identity(given["y"], name="odd")
        del y
        doubled = tf.multiply(given["x"], 2.0, name="doubled")
        return tf.sigmoid(tf.add(doubled, given["y"]), name="last")


ALTERED: dict[str, Answer] = {
    "another constant": lambda given: tf.sigmoid(given["x"] * 3.0 + given["y"]),
    "another operation": lambda given: tf.tanh(given["x"] * 2.0 + given["y"]),
    "inputs swapped": lambda given: tf.sigmoid(given["y"] * 2.0 + given["x"]),
    "an operation more": lambda given: tf.sigmoid(given["x"] * 2.0 + given["y"]) / 1.0,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Models by what is odd about them."""
    folder = tmp_path_factory.mktemp("models")
    answers = {"plain": first, "again": first, "renamed": renamed, **ALTERED}
    return {
        name: write_model(folder / name.replace(" ", "-"), answer, features=("x", "y"))
        for name, answer in answers.items()
    }


def graph(model: Path) -> str:
    return saved_model_content.content_of(model, ())["graph"]


def test_the_same_code_gives_the_same_content(made: dict[str, Path]) -> None:
    plain = saved_model_content.content_of(made["plain"], ())
    assert plain == saved_model_content.content_of(made["again"], ())
    assert "graph" in plain
    assert any(name.startswith("variable bias") for name in plain)


def test_names_and_the_order_of_nodes_say_nothing(made: dict[str, Path]) -> None:
    assert graph(made["renamed"]) == graph(made["plain"])


@pytest.mark.parametrize("name", ALTERED)
def test_another_computation_is_another_graph(made: dict[str, Path], name: str) -> None:
    assert graph(made[name]) != graph(made["plain"])


def test_another_signature_is_another_graph(tmp_path: Path) -> None:
    one = write_model(tmp_path / "1", features=("x",), output="p")
    two = write_model(tmp_path / "2", features=("x",), output="q")
    three = write_model(tmp_path / "3", features=("x",), output="p", signature="s")
    assert len({graph(one), graph(two), graph(three)}) == 3


def test_a_child_without_tensorflow_sees_the_same(made: dict[str, Path]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", saved_model_content.__name__, str(made["plain"])],
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == saved_model_content.content_of(made["plain"], ())


def with_tables(names: tuple[str, str]) -> Any:
    """A graph that looks up two inputs in two tables of these names."""
    meta = meta_graph_pb2.MetaGraphDef()
    signature = meta.signature_def["serving_default"]
    for place, name in enumerate(names):
        meta.graph_def.node.add(name=f"x{place}", op="Placeholder")
        table = meta.graph_def.node.add(name=f"t{place}", op="HashTableV2")
        table.attr["shared_name"].s = name.encode()
        lookup = meta.graph_def.node.add(name=f"l{place}", op="LookupTableFindV2")
        lookup.input.extend([f"t{place}", f"x{place}"])
        signature.inputs[f"in{place}"].name = f"x{place}:0"
        signature.outputs[f"out{place}"].name = f"l{place}:0"
    return meta


def test_tables_are_told_apart_by_their_names_within_the_run() -> None:
    def names(run: str, execution: int, added: str) -> tuple[str, str]:
        start = f"table_b'{run}/artifacts/Transform/transform_graph/{execution}/"
        return f"{start}carrier'_-2_-1{added}", f"{start}origin'_-2_-1{added}"

    one = graph_digest(with_tables(names("/runs/a", 7, "")), ["/runs/a"])
    two = graph_digest(with_tables(names("/b", 31, "_load_12_15")), ["/b"])
    swapped = with_tables(names("/runs/a", 7, "")[::-1])  # type: ignore[arg-type]
    assert one == two
    assert one != graph_digest(swapped, ["/runs/a"])
    assert one != graph_digest(with_tables(names("/runs/a", 7, "")), [])


def with_function(
    inputs: tuple[str, str], name: str = "f_12", **attributes: str
) -> Any:
    """A graph that calls a function of two arguments, which subtracts them."""
    meta = meta_graph_pb2.MetaGraphDef()
    function = meta.graph_def.library.function.add()
    function.signature.name = name
    for argument in ("a", "b"):
        function.signature.input_arg.add(name=argument, type=1)
    function.signature.output_arg.add(name="out", type=1)
    node = function.node_def.add(name="minus", op="Sub", input=inputs)
    for key, text in attributes.items():
        node.attr[key].s = text.encode()
    function.ret["out"] = "minus:z:0"
    call = meta.graph_def.node.add(name="call", op="PartitionedCall")
    call.attr["f"].func.name = name
    for argument in ("x", "y"):
        meta.graph_def.node.add(name=argument, op="Placeholder")
        call.input.append(argument)
    signature = meta.signature_def["serving_default"]
    signature.outputs["out"].name = "call:0"
    return meta


def test_a_function_is_known_by_what_it_gives_for_its_arguments() -> None:
    plain = graph_digest(with_function(("a", "b")), [])
    assert graph_digest(with_function(("a", "b"), "f_99"), []) == plain
    assert graph_digest(with_function(("b", "a")), []) != plain
    assert graph_digest(with_function(("a", "b"), mode="x"), []) != plain


def test_where_a_node_is_put_says_nothing() -> None:
    plain = graph_digest(with_function(("a", "b")), [])
    assert graph_digest(with_function(("a", "b"), _class="loc:@x"), []) == plain


def test_a_loop_of_an_old_graph_has_a_digest() -> None:
    meta = with_tables(("a", "b"))
    for one, other in (("l0", "again"), ("again", "l0")):
        node = next((n for n in meta.graph_def.node if n.name == one), None)
        node = node or meta.graph_def.node.add(name=one, op="NextIteration")
        node.input.append(other)
    assert graph_digest(meta, []) != graph_digest(with_tables(("a", "b")), [])


def test_variables_are_read_as_tensorflow_reads_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    values = {
        f"v{n}": rng.standard_normal((n, 3)).astype(dtype)
        for n, dtype in enumerate(("float32", "float64", "int64", "float16"), start=1)
    }
    module = tf.Module()
    for name, value in values.items():
        setattr(module, name, tf.Variable(value))
    tf.saved_model.save(module, str(tmp_path))
    held = variables_of(tmp_path)
    named = {name.partition("/")[0]: one for name, one in held.items()}
    for name, value in values.items():
        assert named[name].shape == value.shape
        assert named[name].content == value.tobytes()


def test_many_variables_fill_several_blocks(tmp_path: Path) -> None:
    module = tf.Module()
    module.many = [tf.Variable(float(n), name=f"v{n}") for n in range(300)]
    tf.saved_model.save(module, str(tmp_path))
    held = variables_of(tmp_path)
    found = sorted(
        float(np.frombuffer(one.content, np.float32)[0])
        for name, one in held.items()
        if name.startswith("many/")
    )
    assert found == [float(n) for n in range(300)]


def test_another_value_of_a_variable_is_another_content(
    made: dict[str, Path], tmp_path: Path
) -> None:
    model = shutil.copytree(made["plain"], tmp_path / "m")
    (data,) = (model / "variables").glob("*.data-*")
    held = bytearray(data.read_bytes())
    held[variables_offset(model)] ^= 1
    data.write_bytes(held)
    before, after = (folder_content(one) for one in (made["plain"], model))
    assert before.pop("variables/variables.index") != after.pop(
        "variables/variables.index"
    )
    assert before == after


def variables_offset(model: Path) -> int:
    """A byte of the bias: zeros, where it is the only variable."""
    (content,) = [
        one.content for name, one in variables_of(model).items() if "bias" in name
    ]
    (data,) = (model / "variables").glob("*.data-*")
    return data.read_bytes().index(content)


def folder_content(model: Path) -> dict[str, str]:
    files = output_files(model)
    assert files is not None
    return content_of(model, files, ())


@pytest.mark.parametrize("damage", [b"", b"no model", b"\xff" * 40])
def test_what_is_no_model_has_only_its_bytes(
    made: dict[str, Path], tmp_path: Path, damage: bytes
) -> None:
    model = shutil.copytree(made["plain"], tmp_path / "m")
    (model / "variables" / "variables.index").write_bytes(damage)
    assert saved_model_content.content_of(model, ()) == {}
    assert "variables/variables.index" not in folder_content(model)
