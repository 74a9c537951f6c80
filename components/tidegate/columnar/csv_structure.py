"""The structure of a block of CSV: its records, their lines, their fields.

Everything here is a few passes of numpy over the bytes, so that a strict check
of a whole file costs about as much as reading it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tidegate.columnar import csv_refusals as refuse
from tidegate.columnar.csv_blocks import NEWLINE, QUOTE, RawBlock

COMMA = 44
RETURN = 13
_BEFORE_OPENING = (COMMA, NEWLINE, RETURN, QUOTE)
_AFTER_CLOSING = (COMMA, NEWLINE, RETURN, QUOTE)
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Structure:
    """Where the records of one block are.

    Attributes:
        lines: Line on which each record starts, blank lines left out.
        fields: Number of fields of each record.
    """

    lines: Positions
    fields: Positions


def structure(path: Path, block: RawBlock, columns: Sequence[str]) -> Structure:
    """The records of a block, each with its first line and its fields.

    Args:
        path: The file, for messages.
        block: Whole records.
        columns: Names of the columns, to tell the place of a wrong byte.

    Raises:
        DataError: A byte is not text in UTF-8, or a quote or a carriage return
            stands where it makes the meaning depend on the reader.
    """
    _refuse_bytes(path, block, columns)
    content = np.frombuffer(block.data, np.uint8)
    newlines = np.flatnonzero(content == NEWLINE)
    commas = np.flatnonzero(content == COMMA)
    ends = newlines
    if b'"' in block.data:
        quotes = np.flatnonzero(content == QUOTE)
        _refuse_quotes(path, block, content, quotes)
        ends, commas = _outside(newlines, quotes), _outside(commas, quotes)
    if not block.data.endswith(b"\n"):
        ends = np.append(ends, len(block.data))
    if b"\r" in block.data:
        _refuse_returns(path, block, content)
    return _records(block, content, newlines, ends, commas)


def _records(
    block: RawBlock,
    content: npt.NDArray[np.uint8],
    newlines: Positions,
    ends: Positions,
    commas: Positions,
) -> Structure:
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])
    fields = np.diff(np.searchsorted(commas, ends), prepend=0) + 1
    lines = block.line + np.searchsorted(newlines, starts)
    lengths = ends - starts
    only_return = (lengths == 1) & (content[np.minimum(starts, content.size - 1)] == 13)
    written = (lengths > 0) & ~only_return
    return Structure(lines[written], fields[written])


def _outside(positions: Positions, quotes: Positions) -> Positions:
    kept: Positions = positions[np.searchsorted(quotes, positions) % 2 == 0]
    return kept


def _refuse_bytes(path: Path, block: RawBlock, columns: Sequence[str]) -> None:
    data = block.data
    if (zero := data.find(b"\0")) >= 0:
        raise refuse.zero_byte(refuse.spot(path, block, zero, columns))
    if data.isascii():
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        spot = refuse.spot(path, block, error.start, columns)
        raise refuse.not_utf8(spot, data, error.start) from None


def _refuse_quotes(
    path: Path, block: RawBlock, content: npt.NDArray[np.uint8], quotes: Positions
) -> None:
    """Refuses quotes inside unquoted fields, and text after a closing quote.

    Readers disagree about both, and one lost quote turns all that follow round.
    """
    opening, closing = quotes[0::2], quotes[1::2]
    before = content[np.maximum(opening - 1, 0)]
    wrong = opening[(opening > 0) & ~np.isin(before, _BEFORE_OPENING)]
    after = content[np.minimum(closing + 1, content.size - 1)]
    inside = (closing + 1 < content.size) & ~np.isin(after, _AFTER_CLOSING)
    late = closing[inside]
    if wrong.size and (not late.size or wrong[0] < late[0]):
        raise refuse.stray_quote(path, refuse.line_at(block, int(wrong[0])))
    if late.size:
        opened = opening[np.flatnonzero(inside)[0]]
        raise refuse.text_after_quote(
            path, refuse.line_at(block, int(late[0])), refuse.line_at(block, opened)
        )
    if quotes.size % 2:
        raise refuse.unclosed_quote(path, refuse.line_at(block, int(quotes[-1])))


def _refuse_returns(
    path: Path, block: RawBlock, content: npt.NDArray[np.uint8]
) -> None:
    """Refuses a carriage return that ends no line: half of the readers split there."""
    returns = np.flatnonzero(content == RETURN)
    after = content[np.minimum(returns + 1, content.size - 1)]
    lone = returns[(after != NEWLINE) & (returns + 1 < content.size)]
    if lone.size and b'"' in block.data:
        lone = _outside(lone, np.flatnonzero(content == QUOTE))
    if lone.size:
        raise refuse.lone_return(path, refuse.line_at(block, int(lone[0])))
