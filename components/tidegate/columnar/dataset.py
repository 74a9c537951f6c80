"""A data set: files whose rows come in batches, the same each time.

Whatever the format, a row has a position: its file and its number there. So
work on batches can be done in any order, on threads or on several machines,
and its results still name rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Positions: TypeAlias = "npt.NDArray[np.int64]"
_ROW_BITS = 40


@dataclass(frozen=True)
class Part:
    """One file of a data set.

    Attributes:
        name: Its name in reports, unique among the parts.
        split: The split it belongs to; "data" where there are none.
        path: The file; None where the rows are in memory.
    """

    name: str
    split: str = "data"
    path: Path | None = None


@dataclass(frozen=True, eq=False)
class Batch:
    """Some consecutive rows of one part.

    Attributes:
        table: The rows. Columns are large text, int64, float32, large binary,
            null, or large lists of these; a missing value is null.
        part: Number of the part in its data set.
        start: Number of the first row in the part, counted from 0.
        lines: Line of each row in its source file, the first line being 1;
            None for formats without lines.
        sources: Name of each row's source file where it is not the part.
        records: The serialized tf.Examples, where the data set was asked for them.
    """

    table: pa.Table
    part: int = 0
    start: int = 0
    lines: Positions | None = None
    sources: pa.Array | None = None
    records: Sequence[bytes] | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.table.num_rows)

    @property
    def first(self) -> int:
        """Position of the first row in the data set; the others follow it."""
        return position(self.part, self.start)


Task: TypeAlias = Callable[[], Batch]


class StartAgain(Exception):
    """A column turned out to be of a wider type than its first rows said.

    Attributes:
        dataset: The same data set with the right types; everything that was
            made from batches of the old one is void.
    """

    def __init__(self, dataset: Dataset) -> None:
        super().__init__("the types of the columns have changed")
        self.dataset = dataset


class Dataset(ABC):
    """Parts with rows; every reading gives the same rows in the same batches.

    Attributes:
        parts: The files, in the order in which their rows are counted.
    """

    parts: tuple[Part, ...]

    @abstractmethod
    def tasks(self, part: int) -> Iterator[Task]:
        """Work that makes the batches of one part, in order.

        Going through the iterator reads the file, one chunk after the other;
        a task parses what was read and may run in a thread beside others.

        Raises:
            DataError: The file cannot be read whole. Batches before that place
                may have been made: their rows are not all rows.
            StartAgain: Raised by a task: begin with its `dataset` instead.
        """

    def batches(self, part: int | None = None) -> Iterator[Batch]:
        """The batches of one part, or of all of them, in order."""
        for number in range(len(self.parts)) if part is None else (part,):
            for task in self.tasks(number):
                yield task()

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits, in the order of the parts."""
        return tuple(dict.fromkeys(part.split for part in self.parts))


def position(part: int, row: int) -> int:
    """Position of a row in a data set, by its part and its number there."""
    return part << _ROW_BITS | row


def part_of(positions: Positions) -> Positions:
    """The part that each position is in."""
    return positions >> _ROW_BITS


def row_of(positions: Positions) -> Positions:
    """Number of each position's row in its part, counted from 0."""
    return positions & ((1 << _ROW_BITS) - 1)
