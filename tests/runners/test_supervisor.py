"""However a run ends, its result says so in words."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tidegate.config import PipelineConfig
from tidegate.errors import InfrastructureError
from tidegate.pipeline_folder import PipelineFolder
from tidegate.runners import events, supervisor


class Log:
    """Notes the events that it is told."""

    def __init__(self) -> None:
        self.events: list[events.Event] = []

    def event(self, event: events.Event) -> None:
        self.events.append(event)


@pytest.fixture
def folder(tmp_path: Path) -> PipelineFolder:
    path = tmp_path / "toy"
    path.mkdir()
    (path / "__init__.py").touch()
    (path / "pipeline.py").touch()
    (path / "config.yaml").write_text("name: toy\ndata: data.csv\n")
    return PipelineFolder.find(path)


def run_worker(
    code: str, folder: PipelineFolder, monkeypatch: pytest.MonkeyPatch
) -> supervisor.RunResult:
    """Runs with a worker that is a few lines of Python.

    The lines may call `tell(dict)`, which writes an event.
    """
    script = folder.path.parent / "worker.py"
    script.write_text(
        "import json, os, signal, sys\n"
        "out = os.fdopen(int(sys.argv[-1]), 'wb', 0)\n"
        "def tell(event): out.write(json.dumps(event).encode() + b'\\n')\n"
        f"sys.stdin.readline()\n{code}\n"
    )
    real = supervisor.subprocess.Popen

    def start(command: list[str], **details: Any) -> Any:
        return real([sys.executable, str(script), command[-1]], **details)

    monkeypatch.setattr(supervisor.subprocess, "Popen", start)
    config = folder.config({"output": str(folder.path.parent / "out")})
    return supervisor.run(folder, config, {}, Log())


PLAN = "tell({'event': 'planned', 'run_id': 'r1', 'nodes': ['A', 'B']})\n"
START = "tell({'event': 'node_started', 'node': 'A'})\n"
ENDED = (
    "tell({'event': 'node_ended', 'node': 'A', 'state': 'done', 'seconds': 1,"
    " 'outputs': {}})\n"
)
DONE = "tell({'event': 'run_done'})\n"


def test_a_run_that_is_done_has_exit_code_0(
    folder: PipelineFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run_worker(PLAN + START + ENDED + DONE, folder, monkeypatch)
    assert (result.exit_code, result.run_id, result.error) == (0, "r1", None)
    assert [(n.node, n.state) for n in result.nodes] == [("A", "done")]


def test_the_result_is_kept_beside_the_log(
    folder: PipelineFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run_worker(PLAN + DONE + "print('noise')\n", folder, monkeypatch)
    assert Path(result.log).read_text() == "noise\n"
    kept = json.loads(Path(result.log).with_suffix(".json").read_text())
    assert kept["run_id"] == "r1"


@pytest.mark.parametrize(
    ("ending", "code", "words"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", 4, "for want of memory"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", 3, "broke without an error message"),
        ("sys.exit(0)", 3, "broke without an error message"),
    ],
)
def test_a_worker_that_dies_without_a_word_is_never_a_success(
    ending: str,
    code: int,
    words: str,
    folder: PipelineFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = run_worker(PLAN + START + ending, folder, monkeypatch)
    assert result.exit_code == code
    assert words in result.error_text[0]
    assert result.error_text[0].startswith("A:")


def test_a_shut_gate_is_told_from_a_broken_component(
    folder: PipelineFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = (
        "tell({'event': 'run_failed', 'node': 'DataGate', 'text': ['gate shut'],"
        " 'error': {'kind': 'GateShut', 'exit_code': 1}})\nsys.exit(1)\n"
    )
    result = run_worker(PLAN + START + failed, folder, monkeypatch)
    assert (result.exit_code, result.shut_by) == (1, "DataGate")


def test_a_second_run_of_one_folder_waits_its_turn(
    folder: PipelineFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder.path.parent / "out"
    root.mkdir()
    with (
        FileLock(root / ".lock"),
        pytest.raises(InfrastructureError, match="another run"),
    ):
        run_worker(DONE, folder, monkeypatch)
    assert run_worker(PLAN + DONE, folder, monkeypatch).exit_code == 0


def test_a_canary_is_the_pushed_one_although_another_serves(tmp_path: Path) -> None:
    config = PipelineConfig(name="p", data="d", output=tmp_path)
    (tmp_path / "push.json").write_text('{"version": 12, "champion": 10}')
    node = supervisor.NodeResult(
        node="Pusher",
        state="done",
        seconds=1,
        outputs={"pushed_model": str(tmp_path)},
    )
    assert supervisor._pushed((node,), config) == f"{config.push_to}/12"


def test_the_newest_version_is_the_pushed_one(tmp_path: Path) -> None:
    config = PipelineConfig(name="toy", data="x", output=tmp_path)
    pushed = Path(config.push_to)
    for version in ("9", "10", "notes", "11"):
        (pushed / version).mkdir(parents=True)
        if version != "11":
            (pushed / version / "saved_model.pb").write_bytes(b"\x08\x01\x12\x00")
    node = supervisor.NodeResult(
        node="Pusher", state="done", seconds=1, outputs={"pushed_model": "/m"}
    )
    assert supervisor._pushed((node,), config) == str(pushed / "10")
    cached = node.model_copy(update={"state": "cached"})
    assert supervisor._pushed((cached,), config) is None


def test_the_worker_ends_by_signal_number(folder: PipelineFolder) -> None:
    died = supervisor._died(-signal.SIGKILL, (), [], Path("log"))
    assert died.error["exit_code"] == 4
