"""Tests of the command, and of runs that are ended from outside or go on at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.runners.spec_run.processes import ends

from tidegate.report.model import TestReport, TestResult, write_report

if TYPE_CHECKING:
    from tests.runners.spec_run.conftest import SpecMaker

SOURCE = Path(__file__).parents[3] / "components"


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "tidegate.cli.main", "run-spec", *map(str, words)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SOURCE), "COLUMNS": "100"}


def ran(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def started(folder: Path, *words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*words),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def until(path: Path, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.05)


def sleeper(maker: SpecMaker, mark: Path) -> None:
    """A task that says where it is, and who its child is that may not outlive it."""
    script = (
        f'sleep 600 & echo $! > {mark}.child; echo "$TMPDIR" > {mark}.tmp; '
        f"mv {mark}.tmp {mark}; sleep 600"
    )
    maker.task("sleeps", "sh", "-c", script)
    maker.task("after", "true", dependentTasks=["sleeps"])


def test_a_run_prints_its_tasks_and_where_things_are(
    maker: SpecMaker, tmp_path: Path
) -> None:
    maker.parameter("who", defaultValue="you")
    source = {"componentInputParameter": "who"}
    words = ("echo", "{{$.inputs.parameters['who']}}")
    maker.task("greet", *words, parameters={"who": source})
    done = ran(tmp_path, maker.write(), "--param", "who=me")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ greet" in done.stdout
    assert "not in their images: none:1" in done.stdout
    (log,) = (tmp_path / ".tidegate/spec-runs/demo/runs").glob("*/logs/greet.txt")
    assert log.read_text() == "me\n"


def test_json_is_the_whole_record_and_all_that_is_printed(
    maker: SpecMaker, tmp_path: Path
) -> None:
    maker.task("bad", "sh", "-c", "echo why; exit 5")
    done = ran(tmp_path, maker.write(), "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["exit_code"], said["failed"]) == (5, 5, "bad")
    record = Path(said["folder"]) / "run.json"
    assert json.loads(record.read_text()) == said


def test_a_failed_task_is_shown_with_its_last_lines(
    maker: SpecMaker, tmp_path: Path
) -> None:
    maker.task("bad", "sh", "-c", "seq 100; exit 9")
    done = ran(tmp_path, maker.write())
    assert done.returncode == 3
    assert "✗ task bad failed: exit status 9" in done.stdout
    assert "| 100" in done.stdout
    assert "| 50\n" not in done.stdout
    assert "logs/bad.txt" in done.stdout


def test_a_shut_gate_shows_the_report_that_an_earlier_task_made(
    maker: SpecMaker, tmp_path: Path
) -> None:
    failed = TestResult(
        test="rows",
        subject="rows",
        expectation="at least 10",
        observed="3",
        outcome="failed",
    )
    report = TestReport(
        kind="data", dataset="flights", span=9, rows=3, results=(failed,)
    )
    write_report(report, tmp_path / "made")
    path = "{{$.outputs.artifacts['report'].path}}"
    maker.task("tests", "cp", "-r", f"{tmp_path}/made", path, outputs=("report",))
    maker.task("gate", "sh", "-c", "exit 1", dependentTasks=["tests"])
    done = ran(tmp_path, maker.write())
    assert done.returncode == 1
    assert "at least 10" in done.stdout
    assert "store/minio/mlpipeline" in done.stdout.replace("\n", "")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--param", "n"), "a parameter is given as NAME=VALUE"),
        (("--param", "n=x"), "the value is not of the parameter's type"),
        (("--param", "n=[1]"), "the value is not of the parameter's type"),
        (("--param", "m=1"), "parameter(s) provided are not required by pipeline: m"),
        (("--params", "none.yaml"), "the file of parameters cannot be read"),
        (("--project", "none"), "no such folder"),
        ((), "parameter n is not optional, yet has neither default value nor user"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(
    maker: SpecMaker, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    maker.parameter("n", "NUMBER_INTEGER")
    maker.task("a", "true")
    done = ran(tmp_path, maker.write(), *words)
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".tidegate").exists()


def test_a_file_gives_parameters_and_the_command_line_overrules_it(
    maker: SpecMaker, tmp_path: Path
) -> None:
    maker.parameter("a", "LIST")
    maker.parameter("b", "BOOLEAN")
    maker.task("t", "true")
    (tmp_path / "p.yaml").write_text("a: [1]\nb: true\n")
    words = ("--params", "p.yaml", "--param", "b=false", "--json")
    done = ran(tmp_path, maker.write(), *words)
    assert json.loads(done.stdout)["parameters"] == {"a": [1], "b": False}


def test_an_interrupt_ends_the_containers_and_keeps_the_record(
    maker: SpecMaker, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    sleeper(maker, mark)
    process = started(tmp_path, maker.write(), "--output", "out")
    until(mark)
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=60)
    assert process.returncode == 130, text
    (record,) = (tmp_path / "out" / "runs").glob("*/run.json")
    assert json.loads(record.read_text())["state"] == "interrupted"
    assert ends(int(Path(f"{mark}.child").read_text()))


def test_a_killed_run_leaves_no_process_and_nothing_half_written(
    maker: SpecMaker, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    sleeper(maker, mark)
    file = maker.write()
    process = started(tmp_path, file, "--output", "out")
    until(mark)
    process.kill()
    process.communicate(timeout=60)
    assert ends(int(Path(f"{mark}.child").read_text()))
    (record,) = (tmp_path / "out" / "runs").glob("*/run.json")
    assert json.loads(record.read_text())["state"] == "running"
    assert (record.parent / "scratch").exists()
    temporary = Path(mark.read_text().strip())
    assert temporary.is_dir()
    maker.task("sleeps", "true")
    assert ran(tmp_path, maker.write(), "--output", "out").returncode == 0
    # The next run clears away what a killed one left, and says that it is over.
    assert json.loads(record.read_text())["state"] == "interrupted"
    assert not (record.parent / "scratch").exists()
    assert not temporary.exists()


def test_two_runs_at_once_do_not_disturb_each_other(
    maker: SpecMaker, tmp_path: Path
) -> None:
    path = "{{$.outputs.artifacts['data'].path}}"
    maker.task(
        "make",
        *("sh", "-c", 'sleep 0.5; date +%N > "$0"', path),
        outputs=("data",),
        cachingOptions={"enableCache": True},
    )
    here = "{{$.inputs.artifacts['data'].path}}"
    maker.task("use", "cat", here, artifacts={"data": "make.data"})
    file = maker.write()
    runs = [started(tmp_path, file, "--json", "--output", "out") for _ in range(2)]
    said: list[Any] = [json.loads(run.communicate(timeout=60)[0]) for run in runs]
    assert [one["state"] for one in said] == ["succeeded", "succeeded"]
    assert len({one["folder"] for one in said}) == 2
    assert len(list((tmp_path / "out" / "cache").iterdir())) == 1
    third = json.loads(ran(tmp_path, file, "--json", "--output", "out").stdout)
    assert third["tasks"][0]["state"] == "cached"


def test_a_run_does_not_clear_away_what_another_still_uses(
    maker: SpecMaker, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    path = "{{$.outputs.artifacts['data'].path}}"
    script = f'touch {mark}; sleep 2; echo made > "$0"'
    maker.task("make", "sh", "-c", script, path, outputs=("data",))
    first = started(tmp_path, maker.write(), "--json", "--output", "out")
    until(mark)
    maker.task("make", "true")
    second = tmp_path / "second"
    second.mkdir()
    maker.folder = second
    assert ran(tmp_path, maker.write(), "--output", "out").returncode == 0
    said = json.loads(first.communicate(timeout=60)[0])
    assert said["state"] == "succeeded"
    assert Path(said["tasks"][0]["outputs"]["data"]).read_text() == "made\n"


def test_nobody_has_to_wait_as_long_as_a_cluster(
    maker: SpecMaker, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    maker.task(
        "flaky",
        *("sh", "-c", f"test -e {mark} || {{ touch {mark}; exit 4; }}"),
        retryPolicy={
            "maxRetryCount": 1,
            "backoffDuration": "600s",
            "backoffFactor": 2,
            "backoffMaxDuration": "3600s",
        },
    )
    done = ran(tmp_path, maker.write(), "--longest-wait", "0")
    assert done.returncode == 0, done.stderr
    assert "again in 0 s" in done.stdout
