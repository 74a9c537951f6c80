"""Data are found by file, folder or glob; what is not there gets a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.columnar.sources import expand, names
from tidegate.errors import ExitCode, Problems, UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with finished, unfinished and other files."""
    for name in ("b.csv", "a.csv.gz", ".c.csv", "_d.csv", "e.csv.part", "notes.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("b.csv", ["b.csv"]),
        (".", ["a.csv.gz", "b.csv"]),
        ("*.csv", ["b.csv"]),
        ("*", ["a.csv.gz", "b.csv"]),
        (["b.csv", ".", "*.csv"], ["a.csv.gz", "b.csv"]),
    ],
)
def test_files_are_found_once_and_sorted(
    folder: Path, data: str | list[str], found: list[str]
) -> None:
    assert [path.name for path in expand(data, base=folder)] == found


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("bb.csv", "did you mean"),
        ("nowhere/b.csv", "does not exist"),
        ("empty", "the folder is empty"),
        ("*.tsv", "matches no CSV"),
        ("notes.txt", "does not say that it is CSV"),
        ([], "no data is named"),
    ],
)
def test_what_is_not_there_is_a_usage_error(
    folder: Path, data: str | list[str], says: str
) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        expand(data, base=folder)
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.fix


def test_all_missing_paths_are_told(folder: Path) -> None:
    with pytest.raises(Problems) as caught:
        expand(["x.csv", "b.csv", "y.csv"], base=folder)
    assert len(caught.value.errors) == 2


def test_names_are_unique() -> None:
    assert names([Path("a/x.csv"), Path("a/y.csv")]) == ["x.csv", "y.csv"]
    assert names([Path("a/x.csv"), Path("b/x.csv")]) == ["a/x.csv", "b/x.csv"]
