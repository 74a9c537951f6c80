"""Files of the project in the image: digests, paths, user code."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from handed_steps import ROOT, Cluster, gate, write_a_report

from tidegate.errors import SecurityError, TidegateError
from tidegate.runners.kubeflow.entrypoint import project
from tidegate.runners.kubeflow.project_files import digest


@pytest.fixture
def image(tmp_path: Path) -> Path:
    folder = tmp_path / r'with "quotes" and \d'
    (folder / "user_code").mkdir(parents=True)
    (folder / "user_code" / "training_module.py").write_text("import helper_module")
    (folder / "user_code" / "helper_module.py").write_text("ANSWER = 42")
    (folder / "suite.yaml").write_text("dataset: d")
    (folder / "suite").write_text("another file")
    return folder


def digests(folder: Path, *paths: str) -> dict[str, str]:
    return {path: digest(folder / path) for path in paths}


def test_paths_are_those_in_the_image(image: Path) -> None:
    files = digests(image, "suite.yaml", "suite", "user_code")
    found = project.resolved(
        {
            "file": "project://suite.yaml",
            "text": "see project://suite, and project://suite.yaml",
            "module": "project://user_code/training_module.py",
            "json": json.dumps({"a": ["project://suite.yaml"], "b": "x"}),
            "number": 3,
            "other": "s3://bucket/suite.yaml",
        },
        files,
        image,
    )
    assert found["file"] == str(image / "suite.yaml")
    assert found["text"] == f"see {image}/suite, and {image}/suite.yaml"
    assert found["module"] == str(image / "user_code/training_module.py")
    assert json.loads(found["json"]) == {"a": [str(image / "suite.yaml")], "b": "x"}
    assert (found["number"], found["other"]) == (3, "s3://bucket/suite.yaml")


def test_all_files_that_differ_are_told_at_once(image: Path) -> None:
    files = digests(image, "suite.yaml", "user_code")
    (image / "suite.yaml").write_text("dataset: e")
    (image / "user_code" / "helper_module.py").write_text("ANSWER = 43")
    files["gone.yaml"] = "0" * 64
    with pytest.raises(TidegateError) as raised:
        project.resolved({}, files, image)
    said = str(raised.value)
    assert all(name in said for name in ("suite.yaml", "user_code", "gone.yaml"))
    assert raised.value.exit_code == 5


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../../secret"])
def test_a_path_out_of_the_project_is_refused(image: Path, path: str) -> None:
    with pytest.raises(SecurityError, match="outside"):
        project.resolved({}, {path: "0" * 64}, image)


@pytest.mark.parametrize("text", ["project://suite.yaml.bak", "project://other"])
def test_a_file_without_a_digest_is_refused(image: Path, text: str) -> None:
    with pytest.raises(SecurityError, match="digest"):
        project.resolved({"p": text}, digests(image, "suite.yaml"), image)


def test_user_code_is_imported_with_what_is_beside_it(
    image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", "/before")
    file = str(image / "user_code" / "training_module.py")
    found = project.hand_over_user_code({"module_file": file, "epochs": 1})
    assert found == {
        "module_file": None,
        "module_path": "training_module",
        "epochs": 1,
    }
    import training_module

    assert training_module.helper_module.ANSWER == 42
    expected = os.pathsep.join(["/before", str(image / "user_code")])
    assert os.environ["PYTHONPATH"] == expected


def test_the_project_comes_before_what_is_installed(
    image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", ["/before"])
    monkeypatch.setenv("PYTHONPATH", "/before")
    for _ in range(2):
        project.make_importable(image, first=True)
        project.make_importable(image / "user_code")
    assert sys.path == [str(image), "/before", str(image / "user_code")]
    assert os.environ["PYTHONPATH"] == os.pathsep.join(sys.path)


@pytest.mark.parametrize("file", [None, "s3://bucket/module.py", "module.txt"])
def test_other_modules_are_left_to_tfx(file: str | None) -> None:
    properties = {"module_file": file}
    assert project.hand_over_user_code(properties) == properties


def test_an_image_of_other_code_is_refused(
    tmp_path: Path,
    image: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = "tidegate.runners.kubeflow.entrypoint.command"
    monkeypatch.setattr(f"{command}._end_when_told", lambda: None)
    cluster = Cluster(tmp_path / "copies", {"TIDEGATE_PROJECT": str(image)})
    uri = f"{ROOT}/data-tests/report"
    write_a_report(cluster.copy(uri))
    handed = cluster.handed(
        inputs={"data": [{"name": "1", "uri": uri}]}, outputs={"decision": {}}
    )
    assert cluster.call(gate(files={"suite.yaml": "0" * 64}), handed) == 5
    said = capsys.readouterr().err
    assert "other files than the spec" in said
    assert "suite.yaml" in said
    assert not cluster.output_file.exists()


def test_relative_paths_start_from_the_project(tmp_path: Path) -> None:
    before = Path.cwd()
    with project.working_in(tmp_path):
        assert Path.cwd() == tmp_path.resolve()
    assert Path.cwd() == before
    with project.working_in(tmp_path / "nowhere"):
        assert Path.cwd() == before
