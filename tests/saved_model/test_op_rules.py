"""Operations that a served model may not have are found wherever they stand."""

from __future__ import annotations

import pytest
from tests.saved_model.graph_factory import field, function, node, saved_model

from tidegate.saved_model.catalogue import UNKNOWN, catalogue
from tidegate.saved_model.graphs import read_graphs
from tidegate.saved_model.op_rules import Refused, refused
from tidegate.saved_model.wire import Budget, Message

SAVER = ("file:0", "save:0", "restore")
SAVED = [
    node("file", "Placeholder"),
    node("save", "StatefulPartitionedCall", ["file"], calls=["traced_save"]),
    node("restore", "StatefulPartitionedCall", ["file"], calls=["traced_restore"]),
]
SAVE = function(
    "traced_save",
    ["prefix"],
    [
        node("part", "StringJoin", ["prefix", "suffix:output:0"]),
        node("suffix", "Const"),
        node("SaveV2", "SaveV2", ["part:output:0"]),
        node("Merge", "MergeV2Checkpoints", ["SaveV2", "prefix"]),
    ],
)
RESTORE = function(
    "traced_restore", ["prefix"], [node("RestoreV2", "RestoreV2", ["prefix", "names"])]
)
ASSETS = {"asset:0": "words.txt"}
ASSET_OBJECT, OTHER_OBJECT = field(5, b""), field(4, b"")


def found(content: bytes, allowed: tuple[str, ...] = ()) -> list[Refused]:
    return list(refused(read_graphs(memoryview(content)), catalogue(), allowed))


def table(inputs: list[str]) -> bytes:
    return node("init", "InitializeTableFromTextFileV2", ["table", *inputs])


def test_lets_computation_through() -> None:
    assert not found(saved_model([node("a", "Const"), node("b", "MatMul", ["a", "a"])]))


@pytest.mark.parametrize(
    "op",
    [
        "ReadFile",
        "WriteFile",
        "PyFunc",
        "EagerPyFunc",
        "PyFuncStateless",
        "MatchingFiles",
        "DebugIdentityV3",
        "ImmutableConst",
        "DatasetFromGraph",
        "XlaCallModule",
        "RpcCall",
        "Abort",
        "CacheDatasetV2",
        "_Send",
    ],
)
def test_refuses_what_reaches_out_of_the_model(op: str) -> None:
    in_graph = found(saved_model([node("bad", op)]))
    in_function = found(saved_model([], [function("f", ["x"], [node("bad", op)])]))

    assert [(one.op, one.where, one.node) for one in in_graph] == [(op, "", "bad")]
    assert [(one.op, one.where) for one in in_function] == [(op, "f")]
    assert in_graph[0].why == catalogue().refused[op]


def test_refuses_what_it_does_not_know() -> None:
    assert [one.why for one in found(saved_model([node("a", "MyOwnOp")]))] == [UNKNOWN]


def test_lets_through_what_somebody_answers_for() -> None:
    assert not found(saved_model([node("a", "MyOwnOp")]), ("MyOwnOp",))


def test_looks_at_every_graph() -> None:
    both = saved_model([node("a", "Const")]) + saved_model([node("b", "ReadFile")])

    assert [one.op for one in found(both)] == ["ReadFile"]


def test_looks_at_a_graph_that_is_put_together_of_parts() -> None:
    graph = field(1, node("a", "Const"))
    more = field(1, node("b", "ReadFile"))

    assert found(field(2, field(2, graph) + field(2, more)))


def test_a_function_cannot_hide_behind_the_name_of_an_operation() -> None:
    hidden = function("MatMul", [], [node("a", "Const")])

    assert [one.op for one in found(saved_model([node("b", "MatMul")], [hidden]))]


def test_the_loader_may_save_and_restore() -> None:
    assert not found(saved_model(SAVED, [SAVE, RESTORE], saver=SAVER))


@pytest.mark.parametrize(
    "extra",
    [
        {"captured": {"traced_restore": b""}},
        {"outputs": ["restore:0"]},
        {"nodes": [node("x", "PartitionedCall", ["file"], calls=["traced_restore"])]},
        {
            "functions": [
                function(
                    "g",
                    ["p"],
                    [node("c", "PartitionedCall", ["p"], calls=["traced_restore"])],
                )
            ],
            "nodes": [node("x", "PartitionedCall", ["file"], calls=["g"])],
        },
    ],
)
def test_nobody_else_may_restore(extra: dict[str, object]) -> None:
    nodes = [*SAVED, *extra.pop("nodes", [])]  # type: ignore[misc]
    functions = [SAVE, RESTORE, *extra.pop("functions", [])]  # type: ignore[misc]

    told = found(saved_model(nodes, functions, saver=SAVER, **extra))  # type: ignore[arg-type]

    assert "RestoreV2" in [one.op for one in told]


@pytest.mark.parametrize("gradient", [False, True])
def test_no_object_and_no_gradient_may_save(gradient: bool) -> None:
    content = saved_model(
        SAVED,
        [SAVE, RESTORE],
        saver=SAVER,
        captured={} if gradient else {"traced_save": b""},
    )
    if gradient:
        library = field(2, field(1, "f") + field(2, "traced_save"))
        (meta,) = Message(memoryview(content), Budget()).data(2)
        content = field(2, bytes(meta) + field(2, field(2, library)))

    assert "SaveV2" in [one.op for one in found(content)]


def test_the_loader_restores_only_what_it_is_told_to() -> None:
    elsewhere = function(
        "traced_restore",
        ["prefix"],
        [node("path", "Const"), node("RestoreV2", "RestoreV2", ["path:output:0"])],
    )

    assert [one.op for one in found(saved_model(SAVED, [SAVE, elsewhere], saver=SAVER))]


def test_a_saver_of_old_is_in_the_graph() -> None:
    nodes = [
        node("save/Const", "Const"),
        node("save/SaveV2", "SaveV2", ["save/Const"]),
        node("save/control", "Identity", ["save/Const", "^save/SaveV2"]),
        node("save/RestoreV2", "RestoreV2", ["save/Const"]),
        node("v", "VariableV2"),
        node("save/Assign", "Assign", ["v", "save/RestoreV2"]),
        node("save/restore_all", "NoOp", ["^save/Assign"]),
    ]
    saver = ("save/Const:0", "save/control:0", "save/restore_all")

    assert not found(saved_model(nodes, saver=saver, outputs=["v:0"]))
    assert found(saved_model(nodes, saver=saver, outputs=["save/RestoreV2:0"]))


@pytest.mark.parametrize(
    ("given", "objects", "fine"),
    [
        (["asset"], [], True),
        (["Const"], [], False),
        (["other"], [], False),
        (["request"], [], False),
    ],
)
def test_a_table_is_read_from_an_asset_only(
    given: list[str], objects: list[bytes], fine: bool
) -> None:
    nodes = [
        node("asset", "Placeholder"),
        node("Const", "Const"),
        node("other", "StringJoin", ["asset", "Const"]),
        node("request", "Placeholder"),
        node("table", "HashTableV2"),
        node("call", "StatefulPartitionedCall", ["table", *given], calls=["init"]),
    ]
    init = function(
        "init",
        ["table", "path"],
        [node("same", "Identity", ["path"]), table(["same:output:0"])],
    )

    told = found(saved_model(nodes, [init], assets=ASSETS, objects=objects))

    assert (
        not told
        if fine
        else [one.op for one in told] == ["InitializeTableFromTextFileV2"]
    )


def test_every_caller_gives_an_asset() -> None:
    nodes = [
        node("asset", "Placeholder"),
        node("Const", "Const"),
        node("good", "StatefulPartitionedCall", ["Const", "asset"], calls=["init"]),
        node("bad", "StatefulPartitionedCall", ["Const", "Const"], calls=["init"]),
    ]
    init = function("init", ["table", "path"], [table(["path"])])

    assert not found(saved_model(nodes[:3], [init], assets=ASSETS))
    assert found(saved_model(nodes, [init], assets=ASSETS))


def test_a_path_in_a_variable_is_an_asset_where_only_assets_are_assigned() -> None:
    nodes = [
        node("asset", "Placeholder"),
        node("Const", "Const"),
        node("v", "VarHandleOp"),
        node("read", "ReadVariableOp", ["v"]),
        table(["read"]),
        node("good", "AssignVariableOp", ["v", "asset"]),
        node("bad", "AssignVariableOp", ["v", "Const"]),
    ]

    assert found(saved_model(nodes[:5], assets=ASSETS))
    assert not found(saved_model(nodes[:6], assets=ASSETS))
    assert found(saved_model(nodes, assets=ASSETS))


def test_a_path_in_a_variable_that_others_may_assign_to_may_be_any() -> None:
    nodes = [
        node("asset", "Placeholder"),
        node("v", "VarHandleOp", texts={"shared_name": "path"}),
        node("read", "ReadVariableOp", ["v"]),
        table(["read"]),
        node("good", "AssignVariableOp", ["v", "asset"]),
    ]
    call = node("call", "StatefulPartitionedCall", ["v"], calls=["f"])
    same = node("w", "VarHandleOp", texts={"shared_name": "path"})

    assert not found(saved_model(nodes, assets=ASSETS))
    assert found(saved_model([*nodes, call], assets=ASSETS))
    assert found(saved_model([*nodes, same], assets=ASSETS))
    assert found(saved_model(nodes, [function("f", [], [same])], assets=ASSETS))


@pytest.mark.parametrize(("one", "fine"), [(ASSET_OBJECT, True), (OTHER_OBJECT, False)])
def test_a_table_is_read_from_a_captured_asset_only(one: bytes, fine: bool) -> None:
    init = function("init", ["table", "path"], [table(["path"])])
    held = [OTHER_OBJECT, one]

    told = found(saved_model([], [init], objects=held, captured={"init": b"\x00\x01"}))

    assert bool(told) is not fine


def test_a_path_that_calls_itself_in_a_circle_comes_from_nowhere() -> None:
    again = function(
        "f",
        ["path"],
        [node("c", "PartitionedCall", ["path"], calls=["f"]), table(["path"])],
    )

    assert found(saved_model([], [again]))


@pytest.mark.parametrize(
    ("op", "texts", "fine"),
    [
        ("PrintV2", {"output_stream": "stderr"}, True),
        ("PrintV2", {"output_stream": "file:///tmp/x"}, False),
        ("PrintV2", {"output_stream": "bytes://x"}, False),
        ("DecodeProtoV2", {"descriptor_source": "local://"}, True),
        ("DecodeProtoV2", {"descriptor_source": "bytes://abc"}, True),
        ("DecodeProtoV2", {"descriptor_source": "/etc/passwd"}, False),
        ("EncodeProto", {"descriptor_source": "/etc/passwd"}, False),
    ],
)
def test_settings_name_no_file(op: str, texts: dict[str, str], fine: bool) -> None:
    assert bool(found(saved_model([node("a", op, texts=texts)]))) is not fine
