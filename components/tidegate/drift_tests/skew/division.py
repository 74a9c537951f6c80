"""Which rows of the training data make which block.

A serving log has so many rows; what differs between pieces of the training data of
as many rows is no skew. So the training data are cut into blocks. Blocks are made
of neighbours wherever the order of the rows means time, so that a block differs
from another as one day does from the next. Where the order means nothing they are
drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tidegate.columnar.statistics.hashing import mixed
from tidegate.drift_tests.judging.sudden import FIRST_SCORED
from tidegate.drift_tests.judging.threshold import needed_scores
from tidegate.drift_tests.summary import IntArray

Order = Literal["time", "rows", "random"]
# So many blocks at least, even if each has fewer rows than the log; and at most.
_FEWEST, _MOST = 60, 150
# Fewer rows say next to nothing.
_SMALLEST = 30
MOST_ROWS = 20_000
_MOST_CELLS = 100_000_000


@dataclass(frozen=True)
class Division:
    """How training data are cut into blocks.

    Attributes:
        blocks: How many.
        length: Neighbouring rows that a block is drawn from.
        rows: Rows that are measured of each, and of the serving log.
    """

    blocks: int
    length: int
    rows: int


def division(training: int, serving: int, columns: int, promise: float) -> Division:
    """How training data are cut into blocks for a serving log.

    Args:
        training: Rows of the training data.
        serving: Rows of the serving log.
        columns: Number of columns; wide blocks have fewer rows, to fit in memory.
        promise: Share of false alarms, which asks for so many blocks.
    """
    fewest = max(_FEWEST, needed_blocks(promise) + 1)
    most = max(_MOST, fewest)
    blocks = int(np.clip(training // max(serving, 1), fewest, most))
    blocks = max(min(blocks, training // _SMALLEST), 1)
    length = min(serving, training // blocks)
    rows = min(length, MOST_ROWS, most_rows(blocks, columns))
    return Division(blocks, length, rows)


def needed_blocks(promise: float) -> int:
    """Blocks from which on a promise about false alarms can be kept."""
    return FIRST_SCORED + needed_scores(promise)


def most_rows(blocks: int, columns: int) -> int:
    """Rows of each block that fit in memory together."""
    return max(_MOST_CELLS // (max(blocks, 1) * max(columns, 1)), _SMALLEST)


def blocks_of(division: Division, turn: IntArray) -> IntArray:
    """The block of each row; -1 for rows that are in none.

    Args:
        division: How many blocks, of what size.
        turn: For each row its place in the order; -1 leaves it out.
    """
    ordered = int(turn.max(initial=-1)) + 1
    # Evenly over all rows: what is left over lies between the blocks.
    starts = np.arange(division.blocks) * ordered // division.blocks
    block = np.searchsorted(starts, turn, side="right") - 1
    inside = turn - starts[np.maximum(block, 0)]
    length = min(division.length, ordered // division.blocks)
    block[(turn < 0) | (inside >= length)] = -1
    if division.rows < length:
        block[~sampled(block, division.rows)] = -1
    return block


def turns(order: Order, rows: int, times: IntArray | None = None) -> IntArray:
    """For each row its place in the order.

    Args:
        order: What the order is.
        rows: Number of rows.
        times: For "time" the time of each row; the least integer for none.
    """
    if order == "rows":
        return np.arange(rows, dtype=np.int64)
    if order == "random" or times is None:
        by = mixed(np.arange(rows, dtype=np.uint64))
        known = np.ones(rows, np.bool_)
    else:
        by = times.astype(np.int64)
        known = times > np.iinfo(np.int64).min
    place = np.empty(rows, np.int64)
    sorted_rows = np.argsort(by, kind="stable")
    # Rows without a time are the first ones, which count up to none.
    place[sorted_rows] = np.cumsum(known[sorted_rows]) - 1
    return place


def sampled(
    block: IntArray, rows: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """So many rows of each block, at random but always the same."""
    number = mixed(np.arange(len(block), dtype=np.uint64) + np.uint64(1 << 40))
    order = np.lexsort((number, block))
    counts = np.bincount(block + 1)
    firsts = np.repeat(np.cumsum(counts) - counts, counts)
    kept = np.zeros(len(block), np.bool_)
    kept[order] = np.arange(len(block)) - firsts < rows
    return kept
