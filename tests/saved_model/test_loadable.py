"""Who loads a model refuses one that could do more than compute, in full words."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from tests.saved_model.graph_factory import function, node, saved_model

from tidegate.errors import (
    ComponentError,
    ExitCode,
    Problems,
    SecurityError,
    TidegateError,
)
from tidegate.saved_model.catalogue import UNKNOWN
from tidegate.saved_model.loadable import demand_safe_operations

HARMFUL = saved_model(
    [node("a", "Const"), node("own", "MyOp")],
    [
        function("served", [], [node("one", "ReadFile"), node("two", "ReadFile")]),
        function("other", [], [node("p", "EagerPyFunc"), node("w", "WriteFile")]),
    ],
)


def written(folder: Path, graph: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "saved_model.pb").write_bytes(graph)
    return folder


def refusal(folder: Path, *allowed: str) -> TidegateError:
    with pytest.raises(TidegateError) as told:
        demand_safe_operations(folder, allowed)
    return told.value


def test_a_model_that_computes_is_let_through(tmp_path: Path) -> None:
    demand_safe_operations(written(tmp_path, saved_model([node("a", "MatMul")])))


def test_says_what_is_refused_where_and_why(tmp_path: Path) -> None:
    told = refusal(written(tmp_path, HARMFUL))

    assert isinstance(told, SecurityError)
    assert told.exit_code == ExitCode.SECURITY
    assert told.where == str(tmp_path)
    assert told.got is not None
    assert told.got.startswith(f"MyOp (node own in the graph): {UNKNOWN}; ReadFile (")
    assert "ReadFile (node one in the function served): it " in told.got
    assert told.got.endswith("; and 1 more kinds")
    named = ("MyOp", "ReadFile", "EagerPyFunc", "WriteFile")
    allow = ", ".join(f'"{one}": "…"' for one in named)
    assert f"allow_ops={{{allow}}} with" in str(told.fix)
    assert "--allow-op" in str(told.fix)


def test_lets_through_what_somebody_answers_for_and_nothing_else(
    tmp_path: Path,
) -> None:
    folder = written(tmp_path, HARMFUL)

    told = refusal(folder, "MyOp", "ReadFile", "WriteFile")

    assert str(told.got).startswith("EagerPyFunc (")
    demand_safe_operations(folder, ("MyOp", "ReadFile", "WriteFile", "EagerPyFunc"))


def test_the_fix_names_no_more_operations_than_are_read(tmp_path: Path) -> None:
    many = saved_model([node(f"n{at}", f"Own{at}") for at in range(23)])

    told = refusal(written(tmp_path, many))

    assert '"Own19": "…"} and 3 more with' in str(told.fix)


@pytest.mark.parametrize(
    ("allowed", "asked"),
    [
        ("WriteFiles", 'did you mean "WriteFile" by "WriteFiles"? '),
        ("eagerpyfunc", 'did you mean "EagerPyFunc" by "eagerpyfunc"? '),
        ("Something", ""),
        ("ReadFile", ""),
    ],
)
def test_asks_about_a_misspelt_operation(
    tmp_path: Path, allowed: str, asked: str
) -> None:
    told = refusal(written(tmp_path, HARMFUL), allowed)

    assert str(told.fix).startswith(f"{asked}export the model")


def test_an_allowed_operation_that_occurs_is_not_misspelt(tmp_path: Path) -> None:
    both = saved_model([node("a", "OwnOp"), node("b", "OwnOp2")])

    told = refusal(written(tmp_path, both), "OwnOp")

    assert str(told.fix).startswith("export the model")


@pytest.mark.parametrize("graph", [b"", b"\x12\xff", HARMFUL[:-3]])
def test_a_graph_that_cannot_be_read_is_not_loaded(
    tmp_path: Path, graph: bytes
) -> None:
    told = refusal(written(tmp_path, graph), "MyOp")

    assert isinstance(told, ComponentError)
    assert "saved_model.pb" in str(told.expected)
    assert told.fix == "export it with tf.saved_model.save"


def test_there_must_be_a_graph(tmp_path: Path) -> None:
    assert "there is no saved_model.pb" in str(refusal(tmp_path).got)
    assert "cannot be listed" in str(refusal(tmp_path / "nowhere").got)


@pytest.mark.parametrize("form", ["saved_model.pbtxt", "saved_model.cpb"])
def test_a_graph_in_another_form_is_not_loaded(tmp_path: Path, form: str) -> None:
    (tmp_path / form).write_bytes(b"")

    assert isinstance(refusal(tmp_path), SecurityError)
    assert form in str(refusal(written(tmp_path, saved_model())).got)


def test_an_asset_that_escapes_is_not_loaded(tmp_path: Path) -> None:
    told = refusal(written(tmp_path, saved_model(assets={"a:0": "../../x"})))

    assert isinstance(told, SecurityError)
    assert "leads out of the model's folder" in str(told.got)


def test_a_link_that_escapes_is_not_followed(tmp_path: Path) -> None:
    folder = written(tmp_path / "model", saved_model())
    (tmp_path / "secret").write_text("x")
    (folder / "variables").symlink_to(tmp_path)

    assert "variables is a link that leads out" in str(refusal(folder).got)


def test_a_graph_that_never_ends_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "saved_model.pb")

    assert "neither a file nor a folder" in str(refusal(tmp_path).got)


def test_what_nobody_opens_is_left_to_infra_tests(tmp_path: Path) -> None:
    folder = written(tmp_path, saved_model())
    (folder / "vocabulary.pkl").write_bytes(b"")
    (folder / "keras_metadata.pb").write_bytes(b'{"class_name": "Lambda"}')
    (folder / "model.keras").write_bytes(b"no archive")

    demand_safe_operations(folder)


def test_says_all_that_is_wrong(tmp_path: Path) -> None:
    told = refusal(
        written(tmp_path, saved_model([node("a", "Abort")], assets={"a": "/etc/x"}))
    )

    assert isinstance(told, Problems)
    assert len(told.errors) == 2
    assert told.exit_code == ExitCode.SECURITY
    assert str(pickle.loads(pickle.dumps(told))) == str(told)


def test_names_of_a_model_are_told_on_one_line_and_not_whole(tmp_path: Path) -> None:
    op = "\x1b[31m\n" + "x" * 500

    told = refusal(written(tmp_path, saved_model([node("a\nb", op)])))

    assert r"\x1b[31m\n" in str(told.got)
    assert "\x1b" not in str(told)
    assert len(str(told.got)) < 400


def test_the_question_needs_no_tensorflow(tmp_path: Path) -> None:
    folder = written(tmp_path, saved_model([node("a", "MatMul")]))
    asked = (
        "import sys; from tidegate.saved_model.loadable import demand_safe_operations;"
        f"demand_safe_operations({str(folder)!r}); print('tensorflow' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\n"
