"""Progress is told in rows and bytes, and ends with all of them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from tests.hostile.corpus import GZIP, framed, parquet_bytes
from tests.hostile.corpus import examples as some_examples

from tidegate.columnar.byte_stream import watching
from tidegate.example_gen.inputs import find_inputs
from tidegate.example_gen.progress import ProgressLog, progress_line
from tidegate.example_gen.writing import write_examples

CSV = b"id,x\n" + b"".join(b"%d,%d\n" % (i, i % 7) for i in range(500))


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a.csv", CSV, 500),
        ("a.csv.gz", GZIP(CSV), 500),
        ("a.parquet", parquet_bytes(pa.table({"id": list(range(60))})), 60),
        ("a.tfrecord.gz", GZIP(framed(some_examples(40))), 40),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_progress_ends_with_all_rows_and_bytes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: bytes,
    rows: int,
) -> None:
    monkeypatch.setattr("tidegate.columnar.byte_stream.CHUNK", 500)
    (tmp_path / name).write_bytes(content)
    told: list[tuple[int, int, int]] = []
    write_examples(
        find_inputs(str(tmp_path / name), Path()).open(),
        tmp_path / "out",
        {"all": 1},
        progress=lambda *state: told.append(state),
    )
    assert told == sorted(told)
    assert told[-1] == (rows, len(content), len(content))


def test_bytes_of_a_parquet_file_are_told_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.columnar.parquet_file._MOST_ROWS", 10)
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet_bytes(pa.table({"id": list(range(100))})))
    told: list[int] = []
    with watching(told.append):
        batches = list(find_inputs(str(path), Path()).open().batches())
    assert len(batches) == 10
    assert len([count for count in told if count]) == 10
    assert sum(told) == path.stat().st_size


def test_a_line_says_rate_and_time_left() -> None:
    line = progress_line(1_000_000, 50_000_000, 200_000_000, 10.0)
    assert line == "1,000,000 rows, 100,000 a second; 50 of 200 MB, about 30 s left"
    assert progress_line(10, 0, 100, 1.0) == "10 rows, 10 a second"


def test_the_log_has_a_line_every_few_seconds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seconds = iter([0.0, 1.0, 4.9, 5.0, 6.0, 10.5])
    log = ProgressLog(lambda: next(seconds))
    with caplog.at_level("INFO", logger="tidegate.example_gen"):
        for rows in range(1, 6):
            log(rows, rows, 10)
    assert len(caplog.records) == 2
