"""A sample of the rows of files, the same for the same seed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tidegate.columnar.tf_record import read_record_batches
from tidegate.explain.metrics import Numbers
from tidegate.runners import progress

# How many times the sample is held before the rest is let go.
_ROOM = 4


def sample_records(files: Sequence[Path], rows: int, seed: int) -> list[bytes]:
    """At most `rows` records of the files, each as likely, in their order.

    Every record draws a number and those with the smallest stay, so that one pass
    and little memory do, however many records there are.

    Args:
        files: TFRecord files.
        rows: Most records to take.
        seed: Seed of the draw.

    Raises:
        DataError: A file cannot be read whole.
    """
    random = np.random.default_rng(seed)
    held: list[bytes] = []
    drawn = np.empty(0)
    for path in files:
        for batch in read_record_batches(path):
            held += batch
            drawn = np.append(drawn, random.random(len(batch)))
            if len(held) > _ROOM * rows:
                held, drawn = _least(held, drawn, rows)
            progress.advance(rows=len(batch))
    return _least(held, drawn, rows)[0]


def _least(
    records: list[bytes], drawn: Numbers, rows: int
) -> tuple[list[bytes], Numbers]:
    """The records with the smallest numbers, in their order."""
    if len(records) <= rows:
        return records, drawn
    kept = np.sort(np.argpartition(drawn, rows - 1)[:rows])
    return [records[place] for place in kept.tolist()], drawn[kept]
