"""The order of the rows, and batches of them: from memory, or as they are read.

Everything is decided by the seed and the number of the epoch, so that two runs
see the same batches; and every row comes once an epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count as count_from

import numpy as np

from tidegate.training import rows as arrays
from tidegate.training.rows import Indices, Rows


def epochs_from(first: int, number: int | None) -> Iterable[int]:
    """The numbers of the epochs; None goes on for ever."""
    return count_from(first) if number is None else range(first, first + number)


def order(rows: int, seed: int | None, epoch: int) -> Indices:
    """The rows in the order of one epoch: as they are where `seed` is None."""
    if seed is None:
        return np.arange(rows)
    return np.random.default_rng((seed, epoch)).permutation(rows)


def held_batches(
    held: Rows, batch_size: int, epochs: Iterable[int], seed: int | None
) -> Iterator[Rows]:
    """Batches of rows in memory.

    A batch may begin in one epoch and end in the next, as with
    `dataset.repeat().batch()`; only the last of all may be smaller.
    """
    rest = np.empty(0, np.int64)
    for epoch in epochs:
        rest = np.concatenate([rest, order(arrays.count(held), seed, epoch)])
        whole = len(rest) - len(rest) % batch_size
        for start in range(0, whole, batch_size):
            yield arrays.take(held, rest[start : start + batch_size])
        rest = rest[whole:]
    if len(rest):
        yield arrays.take(held, rest)


def streamed_batches(
    read: Callable[[], Iterator[Rows]],
    batch_size: int,
    epochs: Iterable[int],
    seed: int | None,
    pool_bytes: int,
) -> Iterator[Rows]:
    """Batches of rows that are read again in every epoch, in bounded memory.

    Args:
        read: Begins a reading: the rows in chunks of a bounded size.
        batch_size: Rows of a batch.
        epochs: Numbers of the epochs.
        seed: See `order`.
        pool_bytes: Rows of about so many bytes are shuffled among each other.
    """
    rest: Rows | None = None
    for epoch in epochs:
        chunks = read()
        if seed is not None:
            chunks = _shuffled(chunks, np.random.default_rng((seed, epoch)), pool_bytes)
        for chunk in chunks:
            joined = chunk if rest is None else arrays.join([rest, chunk])
            whole = arrays.count(joined) - arrays.count(joined) % batch_size
            for start in range(0, whole, batch_size):
                yield _cut(joined, start, start + batch_size)
            # A copy: a view would keep the whole chunk.
            rest = _cut(joined, whole, arrays.count(joined))
    if rest is not None and arrays.count(rest):
        yield rest


def _shuffled(
    chunks: Iterator[Rows], generator: np.random.Generator, pool_bytes: int
) -> Iterator[Rows]:
    """The rows in another order: half of a full pool goes on, half is mixed on."""
    pool: list[Rows] = []
    held = 0
    for chunk in chunks:
        pool.append(chunk)
        held += arrays.size(chunk)
        if held < pool_bytes:
            continue
        out, kept = _halves(pool, generator)
        pool, held = [kept], arrays.size(kept)
        yield out
    if pool:
        out, kept = _halves(pool, generator)
        yield out
        yield kept


def _halves(pool: list[Rows], generator: np.random.Generator) -> tuple[Rows, Rows]:
    """The pool's rows, mixed, in two halves; the pool itself is emptied."""
    joined = arrays.join(pool)
    mixed = generator.permutation(arrays.count(joined))
    half = (len(mixed) + 1) // 2
    return arrays.take(joined, mixed[:half]), arrays.take(joined, mixed[half:])


def _cut(rows: Rows, start: int, end: int) -> Rows:
    return arrays.take(rows, np.arange(start, end))
