"""`tidegate run` refuses what it can before TFX is loaded, and says why."""

from __future__ import annotations

import functools
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tidegate.cli import main as cli

# Without the time of day, so that every worker names its tests alike.
GZIP = functools.partial(gzip.compress, mtime=0)

HEADER = "species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g"
ROW = "Adelie,Dream,39.1,18.7,181,3750"


@pytest.fixture(autouse=True)
def own_imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forgets the pipeline folders that a test imported."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    known = set(sys.modules)
    yield
    for name in set(sys.modules) - known:
        if name.partition(".")[0] == "birds":
            del sys.modules[name]


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new pipeline folder, in which the test then stands."""
    monkeypatch.chdir(tmp_path)
    assert tidegate("init", "birds") == 0
    return tmp_path / "birds"


def tidegate(*words: str) -> int:
    """Runs the command line in this process; its exit code."""
    before, sys.argv = sys.argv, ["tidegate", *words]
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        sys.argv = before
    raise AssertionError("main() returned")


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("empty.csv", b"", 1, ["empty.csv", "empty"]),
        ("header.csv", f"{HEADER}\n".encode(), 1, ["header.csv", "header"]),
        ("twice.csv", b"a,b,a\n1,2,3\n", 1, ["twice.csv:1", "a"]),
        ("bom.csv", f"\ufeff{HEADER}\n{ROW}\n".encode(), 1, ["byte-order mark"]),
        ("latin.csv", b"a,b\n1,caf\xe9\n", 1, ["latin.csv:2", "UTF-8"]),
        ("few.csv", b"a,b\n1,2\n3\n", 1, ["few.csv:3", "2"]),
        ("many.csv", b"a,b\n1,2\n3,4,5\n", 1, ["many.csv:3", "2"]),
        (
            "cut.csv.gz",
            GZIP(f"{HEADER}\n{ROW}\n".encode() * 99)[:-12],
            1,
            ["cut.csv.gz"],
        ),
    ],
)
def test_a_broken_file_is_refused_by_name_without_a_traceback(
    pipeline: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes,
    code: int,
    words: list[str],
) -> None:
    data = write(pipeline.parent / name, content)
    assert tidegate("run", "birds", "--data", str(data)) == code
    shown = capsys.readouterr().err
    for word in words:
        assert word in shown
    assert "fix" in shown
    assert "Traceback" not in shown


def test_a_missing_file_is_a_usage_error_that_names_the_near_one(
    pipeline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tidegate("run", "birds", "--data", "birds/data/penguin.csv") == 2
    assert "penguins.csv" in capsys.readouterr().err


def test_unknown_settings_are_all_named_with_their_near_misses(
    pipeline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pipeline / "config.yaml").write_text(
        "name: birds\ndata: data/*.csv\nepoch: 3\nleast_acuracy: 2\n"
    )
    assert tidegate("run", "birds", "--set", "epochz=1") == 2
    shown = capsys.readouterr().err
    for words in ("config.yaml:3", "config.yaml:4", "--set epochz", "did you mean"):
        assert words in shown


def test_a_wrong_value_on_the_command_line_names_the_option(
    pipeline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tidegate("run", "birds", "--set", "epochs=many") == 2
    assert "--set epochs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("run", "bird"), "did you mean birds"),
        (("run", "birds", "--set", "epochs"), "key=value"),
        (("init", "birds"), "exists already"),
        (("init", "Big-Birds"), "tidegate init big_birds"),
        (("init", "json"), "installed already"),
        (("run", "birds/data"), "pipeline.py"),
    ],
)
def test_a_wrong_command_is_a_usage_error_with_a_fix(
    pipeline: Path, capsys: pytest.CaptureFixture[str], words: list[str], shown: str
) -> None:
    assert tidegate(*words) == 2
    assert shown in capsys.readouterr().err


def test_errors_come_as_json_where_json_was_asked_for(
    pipeline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert tidegate("run", "nowhere", "--json") == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["kind"], error["exit_code"]) == ("UsageError", 2)


def test_a_folder_that_cannot_be_imported_names_the_line(
    pipeline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pipeline / "config.py").write_text("import sys\nimport no_such_module_\n")
    assert tidegate("run", "birds") == 2
    assert "config.py:2" in capsys.readouterr().err


def test_init_writes_nothing_when_it_fails_midway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tidegate.templates.render.os.rename", full)
    assert tidegate("init", "birds") == 4
    assert list(tmp_path.iterdir()) == []


def test_nothing_heavy_is_imported_for_help() -> None:
    code = (
        "import sys, tidegate.cli.main\n"
        "heavy = {'tensorflow', 'tfx', 'apache_beam', 'tensorflow_data_validation'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
