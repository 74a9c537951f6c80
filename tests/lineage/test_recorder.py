"""A run leaves its record from the beginning, and how it ended at its end."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock
from tests.lineage.lineage_records import RUN, record

from tidegate.errors import ComponentError, ExitCode, GateShut, UsageError
from tidegate.lineage import recorder as recording
from tidegate.lineage.code import code_of, imported_below, listed_again
from tidegate.lineage.file_digests import joined
from tidegate.lineage.inputs import named_files, named_now
from tidegate.lineage.recorder import Recorder, without_secrets
from tidegate.lineage.run_record import (
    RunRecord,
    read_record,
    read_records,
    record_file,
    write_record,
)
from tidegate.lineage.runs import find_run, was_killed
from tidegate.pipeline_folder import PipelineFolder
from tidegate.runners import events, worker

CONFIG = """\
from tidegate.config import PipelineConfig


class Config(PipelineConfig):
    epochs: int = 3
    api_token: str = ""
"""


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PipelineFolder:
    """A pipeline with its data, schema and suite."""
    name = f"toy_{sha256(str(tmp_path))[:8]}"
    path = tmp_path / name
    (path / "user_code").mkdir(parents=True)
    (path / "__init__.py").touch()
    (path / "pipeline.py").write_text("create_components = None\n")
    (path / "config.py").write_text(CONFIG)
    (path / "config.yaml").write_text("name: toy\ndata: data.csv\n")
    (path / "data.csv").write_text("a\n1\n")
    (path / "schema.pbtxt").write_text("feature {}")
    (path / "suite.yaml").write_text("tests: []")
    (path / "routes.csv").write_text("JFK")
    (path / "user_code" / "model.py").write_text("x = 1\n")
    monkeypatch.setattr(sys, "path", list(sys.path))
    return PipelineFolder.find(path)


def recorder(folder: PipelineFolder, **overrides: Any) -> Recorder:
    given = {"output": str(folder.path.parent / "out"), **overrides}
    return Recorder(folder, folder.config(given), given, cache=True)


def nodes(folder: PipelineFolder) -> list[Any]:
    """Nodes as TFX has them, as far as a recorder looks."""
    path = folder.path
    return [
        SimpleNamespace(
            id="Schema", exec_properties={"schema_file": str(path / "schema.pbtxt")}
        ),
        SimpleNamespace(
            id="DataTests",
            exec_properties={
                "suite_file": str(path / "suite.yaml"),
                "suite": '{"tests": [{"refers_to": {"file": "routes.csv"}}]}',
            },
        ),
        SimpleNamespace(
            id="Trainer",
            exec_properties={"module_file": str(path / "user_code" / "model.py")},
        ),
        SimpleNamespace(id="Far", exec_properties={"state": "5" * 64, "span": 3}),
        SimpleNamespace(id="Resolver"),
    ]


def run(
    folder: PipelineFolder, *told: events.Event, code: int = 0, **overrides: Any
) -> RunRecord:
    one = recorder(folder, **overrides)
    one.built(nodes(folder))
    for event in (events.Planned(run_id=RUN, nodes=("A",)), *told):
        one.event(event)
    one.end(code)
    return read_record(record_file(folder.path.parent / "out", RUN))


def test_a_record_is_there_while_the_run_goes_on(folder: PipelineFolder) -> None:
    one = recorder(folder)
    one.built(nodes(folder))
    one.event(events.Planned(run_id=RUN, nodes=("A",)))
    began = read_record(record_file(folder.path.parent / "out", RUN))
    assert (began.state, began.ended, began.exit_code) == ("running", None, None)
    one.end(0)
    ended = read_record(record_file(folder.path.parent / "out", RUN))
    assert (ended.state, ended.exit_code) == ("done", 0)
    assert ended.ended is not None
    assert ended.ended >= ended.started


def test_the_files_of_a_run_are_on_record_by_their_roles(
    folder: PipelineFolder,
) -> None:
    held = {
        one.role: (Path(one.path).name, one.sha256, one.size)
        for one in run(folder).inputs
    }
    assert held == {
        "data": ("data.csv", sha256("a\n1\n"), 4),
        "schema_file": ("schema.pbtxt", sha256("feature {}"), 10),
        "suite_file": ("suite.yaml", sha256("tests: []"), 9),
        "beside suite_file": ("routes.csv", sha256("JFK"), 3),
    }


def test_what_a_store_says_is_on_record(folder: PipelineFolder) -> None:
    assert [(one.node, one.fingerprint) for one in run(folder).stores] == [
        ("Far", "5" * 64)
    ]


def test_settings_and_overrides_are_on_record_but_no_secrets(
    folder: PipelineFolder,
) -> None:
    held = run(folder, epochs=4, api_token="hunter2")
    assert held.settings["epochs"] == 4
    assert held.overrides["epochs"] == 4
    assert held.settings["push_to"].endswith("/out/pushed")
    assert held.settings["api_token"] == held.overrides["api_token"] == "(not kept)"
    assert "hunter2" not in record_file(folder.path.parent / "out", RUN).read_text()


def test_secrets_are_found_within_settings() -> None:
    given = {"a": {"Password": 1, "b": 2}, "tokens": [3], "c": 4}
    assert without_secrets(given) == {
        "a": {"Password": "(not kept)", "b": 2},
        "tokens": "(not kept)",
        "c": 4,
    }


def test_outputs_have_the_digests_of_their_files(folder: PipelineFolder) -> None:
    there = folder.path.parent / "artifact"
    there.mkdir()
    (there / "report.json").write_text('{"seconds": 1, "a": 2}')
    ended = events.NodeEnded(
        node="A",
        state="done",
        seconds=1,
        outputs={"report": str(there), "far": "gs://b/x"},
    )
    (node,) = run(folder, ended).nodes
    assert node.outputs["report"].files == {
        "report.json": sha256('{"seconds": 1, "a": 2}')
    }
    assert list(node.outputs["report"].content) == ["report.json"]
    assert node.outputs["far"].files is None


@pytest.mark.parametrize(
    ("error", "code", "state"),
    [
        (GateShut("gate shut: 2 of 31 tests failed"), ExitCode.TESTS_FAILED, "shut"),
        (ComponentError("it broke"), ExitCode.BROKEN, "failed"),
        (None, ExitCode.INTERRUPTED, "interrupted"),
    ],
)
def test_how_a_run_ended_is_on_record(
    folder: PipelineFolder, error: Any, code: ExitCode, state: str
) -> None:
    told = [] if error is None else [
        events.RunFailed(error=error.as_dict(), text=tuple(error.lines()), node="A")
    ]  # fmt: skip
    held = run(folder, *told, code=int(code))
    assert (held.state, held.exit_code) == (state, code)
    assert held.error == (error.message if error else None)


def test_a_run_that_was_never_planned_leaves_nothing(folder: PipelineFolder) -> None:
    one = recorder(folder)
    one.end(2)
    assert not (folder.path.parent / "out").exists()


def test_a_file_that_is_written_to_after_it_was_hashed_is_hashed_again(
    folder: PipelineFolder,
) -> None:
    one = recorder(folder)
    one._data.result()
    (folder.path / "data.csv").write_text("a\n2\n")  # As long as before.
    one.built([])
    one.event(events.Planned(run_id=RUN, nodes=()))
    one.end(0)
    held = read_record(record_file(folder.path.parent / "out", RUN))
    assert [one.sha256 for one in held.inputs] == [sha256("a\n2\n")]


def test_a_full_disk_at_the_end_does_not_hide_how_the_run_went(
    folder: PipelineFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = recorder(folder)
    one.built([])
    one.event(events.Planned(run_id=RUN, nodes=()))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recording, "write_record", full)
    one.end(0)


def test_no_thread_outlives_the_record(folder: PipelineFolder) -> None:
    before = set(threading.enumerate())
    ended, never = recorder(folder), recorder(folder)
    ended.built([])
    ended.event(events.Planned(run_id=RUN, nodes=()))
    ended.end(0)
    never.end(2)
    left = set(threading.enumerate()) - before
    for one in left:
        one.join(60)
    # Both are still held, as by a worker whose process waits for its threads.
    assert not [one for one in left if one.is_alive()], (ended, never)


def test_the_code_is_on_record_file_by_file(folder: PipelineFolder) -> None:
    code = run(folder).code
    name = folder.path.name
    assert set(code.files) == {
        f"{name}/{one}"
        for one in ("__init__.py", "config.py", "pipeline.py", "user_code/model.py")
    }
    assert code.files[f"{name}/user_code/model.py"] == sha256("x = 1\n")
    assert code.digest == joined(code.files)
    assert code.package


def test_modules_of_the_project_count_and_installed_ones_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, installed = tmp_path / "own.py", tmp_path / "v" / "site-packages" / "x.py"
    installed.parent.mkdir(parents=True)
    for path in (own, installed):
        path.touch()
        monkeypatch.setitem(
            sys.modules, f"only_here_{path.stem}", SimpleNamespace(__file__=str(path))
        )
    assert imported_below(tmp_path) == [own.resolve()]


def test_a_module_that_loads_at_its_first_use_is_left_asleep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Asleep:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError("it was woken up")

    monkeypatch.setitem(sys.modules, "asleep_here", Asleep())
    assert imported_below(tmp_path) == []


def test_code_is_found_again_where_it_was(folder: PipelineFolder) -> None:
    outside = folder.path.parent / "helper.py"
    outside.write_text("1")
    code = code_of(folder.path, folder.root, [outside])
    assert listed_again(code, folder.path).digest == code.digest
    (folder.path / "user_code" / "model.py").write_text("x = 2\n")
    outside.unlink()
    again = listed_again(code, folder.path)
    assert {
        name for name in code.files if code.files[name] != again.files.get(name)
    } == {
        "helper.py",
        f"{folder.path.name}/user_code/model.py",
    }


def test_texts_that_are_no_paths_name_no_files(tmp_path: Path) -> None:
    properties = {
        "A": {"a": "x" * 9999, "b": "\0", "c": 3, "d": None, "e": str(tmp_path)}
    }
    assert named_files(properties) == []


def test_a_file_that_is_gone_is_not_there_now() -> None:
    assert named_now(record().inputs) == ()


def test_records_are_read_by_the_time_they_began(tmp_path: Path) -> None:
    times = {
        f"run{n}": record(run=f"run{n}", started=f"2026-01-0{9 - n}T00:00:00Z")
        for n in range(3)
    }
    for one in times.values():
        write_record(one, tmp_path)
    assert [one.run for one in read_records(tmp_path)] == ["run2", "run1", "run0"]
    assert find_run("last", tmp_path, "/pushed").run == "run0"
    assert find_run("run1", tmp_path, "/pushed").run == "run1"


def test_a_repetition_is_not_the_last_run(tmp_path: Path) -> None:
    write_record(record(), tmp_path)
    later = record(run="later", started="2027-01-01T00:00:00Z", reproduces=RUN)
    write_record(later, tmp_path)
    assert find_run("last", tmp_path, "/pushed").run == RUN


@pytest.mark.parametrize("name", ["last", "7", "lost"])
def test_without_a_record_it_is_said_what_to_do(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no run left a record") as refused:
        find_run(name, tmp_path, str(tmp_path / "pushed"))
    assert "records are kept of each run from now on" in str(refused.value.fix)


def test_a_damaged_record_is_refused(tmp_path: Path) -> None:
    path = record_file(tmp_path, RUN)
    path.parent.mkdir()
    path.write_text(record().model_dump_json()[:-20])
    with pytest.raises(ComponentError, match="record of a run cannot be read"):
        read_records(tmp_path)


@pytest.mark.parametrize("run_id", ["../../etc/passwd", "a/b", ""])
def test_an_id_that_leads_out_of_the_folder_is_refused(run_id: str) -> None:
    with pytest.raises(ValueError, match="run"):
        record(run=run_id)


def test_a_run_that_holds_its_folder_was_not_killed(tmp_path: Path) -> None:
    going = record(state="running")
    assert was_killed(going, tmp_path)
    assert not was_killed(record(), tmp_path)
    with FileLock(tmp_path / ".lock"):
        # A lock is of the process that has it: another one would be kept out.
        pid = os.fork()
        if pid == 0:
            os._exit(int(was_killed(going, tmp_path)))
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.parametrize("broken", [False, True])
def test_the_worker_tells_the_recorder_before_the_watcher_and_how_it_ended(
    monkeypatch: pytest.MonkeyPatch, broken: bool
) -> None:
    stream = io.BytesIO()
    seen: list[tuple[str, int]] = []

    class Noting:
        def event(self, event: events.Event) -> None:
            seen.append((event.event, len(stream.getvalue().splitlines())))

        def end(self, exit_code: int) -> None:
            seen.append(("end", exit_code))

    def runs(_: Any, tell: Any, recorders: list[Any]) -> None:
        recorders.append(Noting())
        tell(events.Planned(run_id=RUN, nodes=()))
        if broken:
            raise ComponentError("it broke")
        tell(events.RunDone())

    monkeypatch.setattr(worker, "_build_and_run", runs)
    request = worker.Request(folder=Path(), overrides={}, cache=True)
    code = worker._run(request, stream)
    last = "run_failed" if broken else "run_done"
    assert seen == [("planned", 0), (last, 1), ("end", code)]
