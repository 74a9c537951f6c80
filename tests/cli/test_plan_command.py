"""`tidegate plan` in a process of its own: its text, its JSON, its exit codes."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

SPEC: dict[str, Any] = {
    "pipelineInfo": {"name": "flights"},
    "schemaVersion": "2.1.0",
    "deploymentSpec": {
        "executors": {
            f"exec-{task}": {"container": {"image": "a/b:1", "args": ["{{$}}"]}}
            for task in ("a", "b", "c")
        }
    },
    "components": {
        f"comp-{task}": {"executorLabel": f"exec-{task}"} for task in ("a", "b", "c")
    },
    "root": {
        "dag": {
            "tasks": {
                task: {
                    "taskInfo": {"name": task.upper()},
                    "componentRef": {"name": f"comp-{task}"},
                }
                for task in ("a", "b", "c")
            }
        }
    },
}


def tidegate(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", "plan", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Three steps, the same with another image, and a pipeline for Vertex AI."""
    changed = copy.deepcopy(SPEC)
    for executor in changed["deploymentSpec"]["executors"].values():
        executor["container"]["image"] = "a/b:2"
    changed["root"]["dag"]["tasks"]["b"]["retryPolicy"] = {"maxRetryCount": 2}
    platform = {"platforms": {"kubernetes": {}}}
    texts = {
        "old.yaml": yaml.safe_dump(SPEC),
        "new.yaml": yaml.safe_dump_all([changed, platform]),
        "job.json": json.dumps({"displayName": "x", "pipelineSpec": SPEC}),
        "note.txt": "a note",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {name: tmp_path / name for name in texts}


def test_what_many_steps_share_is_told_once(files: dict[str, Path]) -> None:
    done = tidegate(files["old.yaml"], files["new.yaml"])
    assert done.returncode == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert "3 steps  A, B, C" in lines
    assert lines.count("  ~ image tag 1 → 2") == 1
    assert "  + retries 2" in lines or any("maxRetryCount" in one for one in lines)
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "words", "code"),
    [
        ("old.yaml", "old.yaml", ["--exit-code"], 0),
        ("old.yaml", "new.yaml", ["--exit-code"], 10),
        ("old.yaml", "new.yaml", ["--exit-code", "--json"], 10),
        ("old.yaml", "new.yaml", [], 0),
        ("old.yaml", "job.json", ["--exit-code"], 2),
        ("old.yaml", "note.txt", [], 2),
        ("old.yaml", "gone.yaml", [], 2),
        ("job.json", "job.json", ["--exit-code"], 0),
    ],
)
def test_the_exit_code_tells_same_changed_and_wrong_apart(
    files: dict[str, Path], old: str, new: str, words: list[str], code: int
) -> None:
    gone = files["old.yaml"].with_name("gone.yaml")
    done = tidegate(files[old], files.get(new, gone), *words)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_json_is_json_and_nothing_else(files: dict[str, Path]) -> None:
    told = json.loads(tidegate(files["old.yaml"], files["new.yaml"], "--json").stdout)
    assert told["same"] is False
    assert {"image", "retries"} <= {one["kind"] for one in told["changes"]}
    same = tidegate(files["old.yaml"], files["old.yaml"])
    assert same.stdout == "✓ the same run as before: nothing changes\n"
