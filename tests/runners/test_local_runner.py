"""The local runner tells what happens, and lets nothing pass in silence."""

from pathlib import Path
from typing import Any, TypedDict

import pytest
from ml_metadata.proto import metadata_store_pb2
from tfx import v1 as tfx
from tfx.dsl.component.experimental.annotations import Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.orchestration import metadata

from tidegate.errors import ComponentError, UsageError
from tidegate.runners import abandoned, beam_args, events, local

NOTHING_PACKED = "--sdk_container_image=none"


class Text(TypedDict):
    text: str


@component
def Reader(path: Parameter[str]) -> Text:
    """A node that reads the file at `path`."""
    return {"text": Path(path).read_text()}


@component
def Breaker(given: str) -> Text:
    """A node that breaks."""
    raise ValueError(f"cannot use {given}")


@component
def Counter() -> Text:
    """A node that says how far it has come."""
    from tidegate.runners import progress

    progress.stage("counting", rows_total=10)
    return {"text": "x"}


def run(nodes: list[Any], root: Path, *, cache: bool = True) -> list[events.Event]:
    told: list[events.Event] = []
    pipeline = local.build(nodes, name="p", root=root, cache=cache)
    local.run(pipeline, told.append)
    return told


def states(told: list[events.Event]) -> dict[str, str]:
    return {e.node: e.state for e in told if isinstance(e, events.NodeEnded)}


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("one")
    return path


def test_tells_the_plan_then_each_node_then_the_end(tmp_path: Path, text: Path) -> None:
    told = run([Reader(path=str(text))], tmp_path / "out")
    assert [type(e).__name__ for e in told] == [
        "Planned",
        "NodeStarted",
        "NodeEnded",
        "RunDone",
    ]
    ended = told[2]
    assert isinstance(ended, events.NodeEnded)
    assert Path(ended.outputs["text"]).read_text() == "one"


def test_tells_how_far_a_node_has_come(tmp_path: Path) -> None:
    told = run([Counter()], tmp_path / "out")
    assert [e for e in told if isinstance(e, events.NodeProgress)] == [
        events.NodeProgress(node="Counter", stage="counting", rows_total=10)
    ]


@pytest.mark.parametrize(
    ("given", "merged"),
    [
        ([], [*beam_args.LOCAL, NOTHING_PACKED]),
        (["--setup_file=s.py"], [*beam_args.LOCAL, "--setup_file=s.py"]),
        (["--runner=FlinkRunner"], [beam_args.LOCAL[1], "--runner=FlinkRunner"]),
        (
            ["--direct_running_mode=multi_processing", "--direct_num_workers=2"],
            [
                beam_args.LOCAL[0],
                NOTHING_PACKED,
                "--direct_running_mode=multi_processing",
                "--direct_num_workers=2",
            ],
        ),
    ],
)
def test_beam_args_overrule_those_of_the_runner(
    given: list[str], merged: list[str]
) -> None:
    assert beam_args.merged(given) == merged


def test_serves_an_unchanged_node_from_the_cache(tmp_path: Path, text: Path) -> None:
    run([Reader(path=str(text))], tmp_path / "out")
    assert states(run([Reader(path=str(text))], tmp_path / "out")) == {
        "Reader": "cached"
    }


def test_runs_again_when_a_file_changed_behind_its_path(
    tmp_path: Path, text: Path
) -> None:
    run([Reader(path=str(text))], tmp_path / "out")
    text.write_text("two")
    assert states(run([Reader(path=str(text))], tmp_path / "out")) == {"Reader": "done"}


def test_a_breaking_node_ends_the_run_with_its_own_error(
    tmp_path: Path, text: Path
) -> None:
    reader = Reader(path=str(text))
    told: list[events.Event] = []
    pipeline = local.build(
        [reader, Breaker(given=reader.outputs["text"])],
        name="p",
        root=tmp_path / "out",
        cache=True,
    )
    with pytest.raises(ValueError, match="cannot use one"):
        local.run(pipeline, told.append)
    assert states(told) == {"Reader": "done", "Breaker": "failed"}
    assert not any(isinstance(e, events.RunDone) for e in told)


def test_a_node_that_tfx_skips_for_want_of_input_is_an_error(tmp_path: Path) -> None:
    nothing = tfx.dsl.Resolver(
        strategy_class=tfx.dsl.experimental.LatestArtifactStrategy,
        statistics=tfx.dsl.Channel(type=tfx.types.standard_artifacts.ExampleStatistics),
    )
    consumer = tfx.components.SchemaGen(statistics=nothing.outputs["statistics"])
    with pytest.raises(ComponentError, match="did not run"):
        run([nothing, consumer], tmp_path / "out")


def test_two_nodes_of_one_id_are_refused(tmp_path: Path, text: Path) -> None:
    with pytest.raises(UsageError, match=r"[Dd]uplicate"):
        run([Reader(path=str(text)), Reader(path=str(text))], tmp_path / "out")


def test_executions_that_a_killed_run_left_are_closed(tmp_path: Path) -> None:
    connection = metadata.sqlite_metadata_connection_config(str(tmp_path / "m.sqlite"))
    live = metadata_store_pb2.Execution.State
    with metadata.Metadata(connection) as handle:
        kind = metadata_store_pb2.ExecutionType(name="node")
        kind_id = handle.store.put_execution_type(kind)
        handle.store.put_executions(
            [
                metadata_store_pb2.Execution(type_id=kind_id, last_known_state=state)
                for state in (live.RUNNING, live.COMPLETE)
            ]
        )
        ended, running = (one.id for one in reversed(handle.store.get_executions()))
    folders = [tmp_path / "out" / "Gen" / "examples" / str(n) for n in (ended, running)]
    for folder in folders:
        folder.mkdir(parents=True)
    assert abandoned.close(connection, tmp_path / "out") == 1
    with metadata.Metadata(connection) as handle:
        left = sorted(e.last_known_state for e in handle.store.get_executions())
    assert left == sorted([live.FAILED, live.COMPLETE])
    assert [folder.is_dir() for folder in folders] == [True, False]
