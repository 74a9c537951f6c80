"""Paths of files in the project become paths of the project, with digests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tidegate.runners.kubeflow.compiling.names import task_name
from tidegate.runners.kubeflow.compiling.project_paths import ProjectPaths
from tidegate.runners.kubeflow.project_files import digest, root_of


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a schema and two modules of user code."""
    for name in ("schema.pbtxt", "code/train.py", "code/features.py"):
        file = tmp_path / "project" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path / "project"


def test_a_file_of_the_project_is_named_by_its_path_in_it(project: Path) -> None:
    paths = ProjectPaths(project)
    replaced = paths.replaced({"schema_file": str(project / "schema.pbtxt")})
    assert replaced == {"schema_file": "project://schema.pbtxt"}
    assert paths.files == {"schema.pbtxt": digest(project / "schema.pbtxt")}


def test_a_module_pins_all_modules_beside_it(project: Path) -> None:
    paths = ProjectPaths(project)
    paths.replaced({"module_file": str(project / "code/train.py")})
    before = paths.files["code"]
    (project / "code/features.py").write_text("other")
    assert digest(project / "code") != before


def test_paths_inside_of_json_are_replaced(project: Path) -> None:
    text = json.dumps({"deep": [{"file": str(project / "schema.pbtxt")}], "n": 1})
    replaced = ProjectPaths(project).replaced({"custom_config": text})
    assert json.loads(replaced["custom_config"]) == {
        "deep": [{"file": "project://schema.pbtxt"}],
        "n": 1,
    }


def test_a_line_of_a_file_is_told_without_its_folder(project: Path) -> None:
    place = f"{project / 'schema.pbtxt'}:12"
    assert ProjectPaths(project).replaced({"at": place}) == {"at": "schema.pbtxt:12"}


@pytest.mark.parametrize(
    "value",
    ["schema.pbtxt", "gs://bucket/schema.pbtxt", "/etc/hostname", "", 3, 0.5, True],
)
def test_what_is_no_file_of_the_project_stays(project: Path, value: object) -> None:
    paths = ProjectPaths(project)
    assert paths.replaced({"p": value}) == {"p": value}
    assert paths.files == {}


def test_json_without_paths_keeps_its_very_text(project: Path) -> None:
    text = '{ "b": 1,   "a": 2 }'
    assert ProjectPaths(project).replaced({"p": text}) == {"p": text}


def test_the_project_is_the_nearest_folder_with_a_project_file(project: Path) -> None:
    inner = project / "code"
    (project / "pyproject.toml").touch()
    assert root_of(inner) == project.resolve()


@pytest.mark.parametrize(
    ("node", "task"),
    [
        ("ExampleGen", "example-gen"),
        ("latest_blessed_model_resolver", "latest-blessed-model-resolver"),
        ("DataGate", "data-gate"),
        ("TFXThing2", "tfx-thing-2"),
        ("Trainer.warm", "trainer-warm"),
    ],
)
def test_tasks_have_names_that_kubernetes_takes(node: str, task: str) -> None:
    assert task_name(node) == task


def test_a_folder_to_read_is_pinned_with_all_that_is_in_it(project: Path) -> None:
    (project / "reference/a").mkdir(parents=True)
    (project / "reference/a/1.json").write_text("1")
    folder = str(project / "reference")
    paths = ProjectPaths(project)
    assert paths.replaced({"reference": folder, "push_to": folder}) == {
        "reference": "project://reference",
        "push_to": folder,
    }
    (project / "reference/a/2.json").write_text("2")
    assert digest(project / "reference") != paths.files["reference"]
