"""The demo says yes only if both halves behaved as promised."""

from __future__ import annotations

import importlib.util
import io
import sys
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

ROOT = Path(__file__).parents[2]
HEADER = "year,month,dep_delay,origin,distance,air_time"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo", ROOT / "scripts" / "demo.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "demo", module)
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec.loader.exec_module(module)
    rows = [
        f"2013,{month},5,{origin},700,{air_time}"
        for month in range(1, 13)
        for origin in ("JFK", "EWR")
        for air_time in ("90", "NA")
    ]
    source = "\n".join((HEADER, *rows, "")).encode()
    monkeypatch.setattr(module, "read_source", lambda: source)
    return module


def play(
    demo: ModuleType,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    codes: list[int],
    pushes: list[str],
) -> tuple[int, str]:
    """The demo's exit code and words, with runs that end as told."""
    subject = demo.Demo(folder, (1, 2), 4)
    waiting = iter(zip(codes, pushes, strict=True))

    def run(_: object, data: str, *, span: int) -> int:
        code, model = next(waiting)
        if model:
            file = subject.output / "pushed" / model / "saved_model.pb"
            file.parent.mkdir(parents=True)
            file.touch()
        return code

    monkeypatch.setattr(demo, "run", run)
    stream = io.StringIO()
    console = Console(file=stream, width=100)
    demo.prepare(subject, console)
    return demo.show(subject, console), stream.getvalue()


def test_it_is_content_when_clean_pushes_and_broken_stops(
    demo: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, text = play(demo, tmp_path, monkeypatch, [0, 1], ["100", ""])
    assert code == 0
    assert "JFK became JKF" in text
    assert "Try next" in text


@pytest.mark.parametrize(
    ("codes", "pushes", "expected"),
    [
        pytest.param([1], [""], 1, id="clean-data-refused"),
        pytest.param([3], [""], 3, id="clean-run-broke"),
        pytest.param([0], [""], 3, id="nothing-pushed"),
        pytest.param([0, 0], ["100", "200"], 3, id="broken-data-got-through"),
        pytest.param([0, 3], ["100", ""], 3, id="broken-run-broke"),
        pytest.param([0, 1], ["100", "200"], 1, id="stopped-too-late"),
    ],
)
def test_it_complains_when_a_half_did_not_behave(
    demo: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    codes: list[int],
    pushes: list[str],
    expected: int,
) -> None:
    code, text = play(demo, tmp_path, monkeypatch, codes, pushes)
    assert code == expected
    assert "✗ expected" in text


def test_files_are_written_once_and_mended_when_one_is_gone(
    demo: ModuleType, tmp_path: Path
) -> None:
    subject, console = demo.Demo(tmp_path, (1, 2), None), Console(file=io.StringIO())
    demo.prepare(subject, console)
    files = [tmp_path / file for file in subject.wanted]
    before = [file.stat().st_mtime_ns for file in files]
    demo.prepare(subject, console)
    assert [file.stat().st_mtime_ns for file in files] == before
    files[0].unlink()
    demo.prepare(subject, console)
    assert files[0].is_file()


def test_fewer_months_leave_no_file_of_the_others(
    demo: ModuleType, tmp_path: Path
) -> None:
    console = Console(file=io.StringIO())
    for months in ((1, 2, 3), (2,)):
        demo.prepare(demo.Demo(tmp_path, months, None), console)
    assert [file.name for file in (tmp_path / "clean").iterdir()] == ["flights-02.csv"]


def test_a_sample_needs_fewer_rows_and_leaves_out_what_needs_all(
    demo: ModuleType, tmp_path: Path
) -> None:
    settings = demo.Demo(tmp_path, (1,), 50).settings()
    assert f"suite={tmp_path / 'sample_tests.yaml'}" in settings
    original = demo.SUITE.read_text().splitlines()
    sampled = (tmp_path / "sample_tests.yaml").read_text().splitlines()
    kept = [line for line in original if "# needs all rows" not in line]
    assert len(original) - len(kept) == 4
    pairs = zip(kept, sampled, strict=True)
    changed = [(old, new) for old, new in pairs if old != new]
    assert changed[0] == ("  - rows: {at_least: 20000}", "  - rows: {at_least: 50}")
    (other,) = changed[1:]
    assert (
        other[0].replace("routes.csv", str(demo.SUITE.with_name("routes.csv")))
        == (other[1])
    )
