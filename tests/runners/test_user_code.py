"""User code is importable by its plain name, and its digest is in the cache key."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tidegate.runners import user_code


@pytest.fixture(autouse=True)
def own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", "somewhere")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "code-0.0+abc-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("late_training.py", "from late_sibling import VALUE\n")
        packed.writestr("late_sibling.py", "VALUE = 7\n")
    return path


def node(module_path: str | None) -> Any:
    return SimpleNamespace(exec_properties={"module_path": module_path})


def test_a_module_and_its_siblings_are_importable_in_children_too(wheel: Path) -> None:
    given = node(f"late_training@{wheel}")
    user_code.unpack(given)
    assert given.exec_properties == {
        "module_path": "late_training",
        "user_code_wheel": wheel.name,
    }
    assert sys.path[-1] == str(wheel.with_suffix(""))
    done = subprocess.run(
        [sys.executable, "-c", "import late_training; print(late_training.VALUE)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "7\n"


def test_a_wheel_of_two_nodes_is_unpacked_once_and_nothing_is_left(wheel: Path) -> None:
    for _ in range(2):
        user_code.unpack(node(f"late_training@{wheel}"))
    assert sys.path.count(str(wheel.with_suffix(""))) == 1
    assert os.environ["PYTHONPATH"].split(os.pathsep) == ["somewhere", sys.path[-1]]
    names = {path.name for path in wheel.parent.iterdir()}
    assert names == {wheel.name, wheel.stem}


@pytest.mark.parametrize("path", [None, "", "package.module"])
def test_a_node_without_a_wheel_stays_as_it_is(path: str | None) -> None:
    given = node(path)
    user_code.unpack(given)
    assert given.exec_properties == {"module_path": path}
