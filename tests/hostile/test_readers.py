"""Every hostile file ends as it must: refused by place, or read to its last row."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from tests.hostile.corpus import CORPUS, PASS, Hostile

from tidegate.columnar.dataset import Dataset, StartAgain
from tidegate.columnar.open_data import open_dataset
from tidegate.columnar.scan import scan
from tidegate.errors import TidegateError

SECONDS = 20


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"no end after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def rows_of(dataset: Dataset) -> int:
    try:
        return sum(scan(dataset, lambda batch: batch.rows))
    except StartAgain as again:
        return sum(scan(again.dataset, lambda batch: batch.rows))


@pytest.mark.parametrize("hostile", CORPUS, ids=lambda hostile: hostile.name)
def test_a_hostile_file_ends_as_it_must(hostile: Hostile, tmp_path: Path) -> None:
    if hostile.root_reads and os.getuid() == 0:
        pytest.skip("root may read everything")
    data = hostile.make(tmp_path)
    if hostile.ending is PASS:
        assert rows_of(open_dataset(data)) == hostile.rows
        return
    with pytest.raises(TidegateError) as caught:
        rows_of(open_dataset(data))
    text = str(caught.value)
    assert caught.value.exit_code is hostile.ending, text
    assert hostile.says in text
    assert all(sign.isprintable() or sign == "\n" for sign in text)


def test_the_corpus_is_large_and_its_names_are_unique() -> None:
    names = [hostile.name for hostile in CORPUS]
    assert len(set(names)) == len(names)
    broken = [hostile for hostile in CORPUS if hostile.ending is not PASS]
    assert len(broken) >= 65
