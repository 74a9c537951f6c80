"""A sample of rows is the same for the same seed, and of all rows alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidegate.columnar.tf_record import write_records
from tidegate.explain import sampling
from tidegate.explain.sampling import sample_records


def written(folder: Path, *sizes: int) -> list[Path]:
    """Files of numbered records."""
    files, before = [], 0
    for place, size in enumerate(sizes):
        path = folder / f"data-{place}.gz"
        write_records(path, [b"%05d" % (before + n) for n in range(size)])
        files.append(path)
        before += size
    return files


def test_few_rows_are_all_taken_in_their_order(tmp_path: Path) -> None:
    found = sample_records(written(tmp_path, 5, 3), 8, seed=1)
    assert found == [b"%05d" % n for n in range(8)]


def test_many_rows_are_drawn_once_each_in_their_order(tmp_path: Path) -> None:
    found = sample_records(written(tmp_path, 300, 700), 100, seed=1)
    assert len(found) == 100
    assert found == sorted(set(found))


def test_the_seed_decides_and_the_cut_into_files_does_not(tmp_path: Path) -> None:
    files = written(tmp_path, 100, 900)
    (tmp_path / "other").mkdir()
    cut_otherwise = written(tmp_path / "other", 1, 499, 500)
    found = sample_records(files, 60, seed=1)
    assert sample_records(cut_otherwise, 60, seed=1) == found
    assert sample_records(files, 60, seed=2) != found


def test_rows_are_let_go_before_all_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = written(tmp_path, *[100] * 20)
    at_once = sample_records(files, 40, seed=3)
    held: list[int] = []
    least = sampling._least

    def watched(records: list[bytes], drawn: Any, rows: int) -> object:
        held.append(len(records))
        return least(records, drawn, rows)

    monkeypatch.setattr(sampling, "_least", watched)
    assert sample_records(files, 40, seed=3) == at_once
    assert max(held) <= 260


def test_every_row_is_as_likely(tmp_path: Path) -> None:
    files = written(tmp_path, 40, 60)
    counts = np.zeros(100)
    for seed in range(400):
        for one in sample_records(files, 20, seed):
            counts[int(one)] += 1
    # 80 each on the average, with a standard deviation of 8.
    assert 45 < counts.min() < counts.max() < 115
