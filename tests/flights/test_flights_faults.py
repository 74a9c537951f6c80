"""The broken month has its faults, and every other row keeps its bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pipelines.flights import faults

COLUMNS = ("flight", "origin", "dep_delay", "distance", "air_time")


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    rows = [
        f"{n},{'JFK' if n % 2 else 'EWR'},{n % 9},{500 + n},{'' if n % 10 == 0 else 60}"
        for n in range(400)
    ]
    file = tmp_path / "clean.csv"
    file.write_text("\n".join((",".join(COLUMNS), *rows, "")))
    return file


def test_only_the_named_rows_differ(clean: Path, tmp_path: Path) -> None:
    broken = tmp_path / "deep" / "broken.csv"
    done = faults.write_broken(clean, broken)
    before, after = clean.read_bytes().splitlines(), broken.read_bytes().splitlines()
    touched = {int(row) for fault in done for row in fault.rows}
    differing = {
        number - 1
        for number, line in enumerate(after)
        if number >= len(before) or line != before[number]
    }
    assert differing == touched
    assert len(after) == len(before) + 4
    assert all(len(fault.rows) for fault in done)


def test_the_same_seed_breaks_the_same_rows(clean: Path, tmp_path: Path) -> None:
    contents = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        faults.write_broken(clean, tmp_path / name, seed=seed)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1] != contents[2]


def test_quoted_cells_survive(tmp_path: Path) -> None:
    file = tmp_path / "quoted.csv"
    file.write_text('a,b\n"x, y",\n"say ""so""",1\n')
    table = faults.read_text(file)
    assert table.to_pylist() == [{"a": "x, y", "b": None}, {"a": 'say "so"', "b": "1"}]
    assert faults.as_csv(table) == file.read_bytes()
