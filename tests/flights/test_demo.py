"""The demo says yes only if every act did as promised."""

from __future__ import annotations

import importlib
import io
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from rich.console import Console

from tidegate.model_tests.suite import load_suite

ROOT = Path(__file__).parents[2]
HEADER = "year,month,dep_delay,origin,distance,air_time"


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    """The demo and its data, on a handful of flights."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    data, story = (importlib.import_module(name) for name in ("demo_data", "demo"))
    rows = [
        f"2013,{month},5,{origin},700,{air_time}"
        for month in range(1, 13)
        for origin in ("JFK", "EWR")
        for air_time in ("90", "NA")
    ]
    source = "\n".join((HEADER, *rows, "")).encode()
    monkeypatch.setattr(data, "read_source", lambda: source)
    return data, story


@dataclass
class Play:
    """What the acts find: exit codes of the commands, champions, failed tests.

    Attributes:
        codes: Of each command, in order.
        champions: The champion after each command; 0 is none.
        failed: Model tests that failed, after each command.
    """

    codes: list[int]
    champions: list[int]
    failed: list[set[str]]
    step: int = -1

    def run(self, *arguments: object) -> int:
        self.step += 1
        return self.codes[self.step]

    def models(self, story: ModuleType) -> Any:
        now = self.champions[self.step] if self.step >= 0 else 0
        return story.Models(tuple(range(1, now + 1)), now or None)


# Push; broken month; worse; leaky; better; rollback, list, lineage.
CODES = [0, 1, 1, 1, 0, 0, 0, 0]
CHAMPIONS = [1, 1, 1, 1, 2, 1, 1, 1]
FAILED: list[set[str]] = [
    *(set(), set()),
    *({"against_champion"}, {"too_good", "single_feature"}),
    *(set(), set(), set(), set()),
]


def play(
    scripts: tuple[ModuleType, ModuleType],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    acted: Play,
) -> tuple[int, str]:
    """The demo's exit code and words, with commands that end as told."""
    data, story = scripts
    subject = data.Demo(folder, (1, 2), 4)
    monkeypatch.setattr(story, "tidegate", acted.run)
    monkeypatch.setattr(story, "models", lambda demo: acted.models(story))
    monkeypatch.setattr(
        story, "failed_model_tests", lambda demo: acted.failed[acted.step]
    )
    stream = io.StringIO()
    console = Console(file=stream, width=100)
    data.prepare(subject, console)
    return story.show(subject, console), stream.getvalue()


def test_it_is_content_when_every_act_does_as_promised(
    scripts: tuple[ModuleType, ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, text = play(scripts, tmp_path, monkeypatch, Play(CODES, CHAMPIONS, FAILED))
    assert code == 0
    assert "JFK became JKF" in text
    assert "stopped by single_feature, too_good" in text
    assert "Try next" in text


@pytest.mark.parametrize(
    ("step", "code", "champion", "failed", "expected"),
    [
        pytest.param(0, 1, 0, set(), 1, id="clean-data-refused"),
        pytest.param(0, 3, 0, set(), 3, id="clean-run-broke"),
        pytest.param(0, 0, 0, set(), 3, id="nothing-pushed"),
        pytest.param(1, 0, 1, set(), 3, id="broken-data-got-through"),
        pytest.param(1, 1, 2, set(), 1, id="stopped-too-late"),
        pytest.param(2, 0, 2, set(), 3, id="a-worse-model-got-through"),
        pytest.param(2, 1, 1, {"size"}, 1, id="stopped-for-another-reason"),
        pytest.param(3, 1, 1, set(), 1, id="a-leak-was-not-the-reason"),
        pytest.param(3, 3, 1, {"too_good"}, 3, id="the-leaky-run-broke"),
        pytest.param(4, 0, 1, set(), 3, id="the-better-one-was-not-pushed"),
        pytest.param(4, 1, 1, set(), 1, id="the-better-one-was-refused"),
        pytest.param(5, 0, 2, set(), 3, id="no-rollback"),
        pytest.param(6, 4, 1, set(), 4, id="no-list"),
        pytest.param(7, 2, 1, set(), 2, id="no-lineage"),
    ],
)
def test_it_complains_when_an_act_did_not_behave(
    scripts: tuple[ModuleType, ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: int,
    code: int,
    champion: int,
    failed: set[str],
    expected: int,
) -> None:
    acted = Play([*CODES], [*CHAMPIONS], [*FAILED])
    acted.codes[step], acted.champions[step] = code, champion
    acted.failed[step] = failed
    found, text = play(scripts, tmp_path, monkeypatch, acted)
    assert found == expected
    assert "✗ expected" in text


def test_the_leaky_pipeline_is_the_pipeline_with_one_line_changed(
    scripts: tuple[ModuleType, ModuleType], tmp_path: Path
) -> None:
    data, story = scripts
    copy = story.leaky(data.Demo(tmp_path, (1,), 4))
    ours = ROOT / story.PIPELINE
    changed = {
        path.relative_to(ours)
        for path in ours.rglob("*.py")
        if path.read_bytes() != (copy / path.relative_to(ours)).read_bytes()
    }
    assert changed == {Path("user_code", "flights_features.py")}


def test_files_are_written_once_and_mended_when_one_is_gone(
    scripts: tuple[ModuleType, ModuleType], tmp_path: Path
) -> None:
    demo = scripts[0]
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
    scripts: tuple[ModuleType, ModuleType], tmp_path: Path
) -> None:
    demo = scripts[0]
    console = Console(file=io.StringIO())
    for months in ((1, 2, 3), (2,)):
        demo.prepare(demo.Demo(tmp_path, months, None), console)
    assert [file.name for file in (tmp_path / "clean").iterdir()] == ["flights-02.csv"]


def test_a_sample_needs_fewer_rows_and_leaves_out_what_needs_all(
    scripts: tuple[ModuleType, ModuleType], tmp_path: Path
) -> None:
    demo = scripts[0]
    settings = demo.Demo(tmp_path, (1,), 50).settings()
    assert f"suite={tmp_path / 'sample_tests.yaml'}" in settings
    assert load_suite(tmp_path / "sample_model_tests.yaml").tests
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
