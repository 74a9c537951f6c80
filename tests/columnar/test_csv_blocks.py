"""Blocks of a CSV file hold whole records, wherever the chunks are cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.columnar import byte_stream
from tidegate.columnar.csv_blocks import cut_blocks
from tidegate.columnar.csv_file import read_blocks

TEXT = st.text(alphabet='a,"\n', max_size=60).map(str.encode)


@settings(deadline=None)
@given(TEXT, st.integers(1, 20))
def test_blocks_end_where_records_end(content: bytes, size: int) -> None:
    chunks = [content[i : i + size] for i in range(0, len(content), size)]
    blocks = list(cut_blocks(chunks))
    assert b"".join(block.data for block in blocks) == content
    line = 1
    for block in blocks:
        assert block.line == line
        line += block.data.count(b"\n")
    for block in blocks[:-1]:
        assert block.data.endswith(b"\n")
        assert block.data.count(b'"') % 2 == 0


@pytest.mark.parametrize("chunk", [7, 64, byte_stream.CHUNK])
def test_rows_and_lines_do_not_depend_on_the_chunks(
    tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "in.csv"
    rows = [f'{i},"two\nlines, ""{i}"""\r\n' for i in range(50)]
    path.write_bytes(("id,text\n" + "\n".join(rows)).encode())
    monkeypatch.setattr(byte_stream, "CHUNK", chunk)
    blocks = list(read_blocks(path))
    read = [row for block in blocks for row in block.batch.to_pylist()]
    assert read == [{"id": str(i), "text": f'two\nlines, "{i}"'} for i in range(50)]
    lines = [line for block in blocks for line in block.lines.tolist()]
    assert lines == [2 + 3 * i for i in range(50)]
