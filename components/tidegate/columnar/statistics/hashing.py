"""Hashes of values, the same in every process and on every machine.

Python's own hashes of text differ between processes, so states made on two
workers could not be merged.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Hashes = npt.NDArray[np.uint64]
# Words are hashed byte by byte in 64 bits each: some at a time bound the memory.
_AT_ONCE = 4096


def hash_numbers(values: npt.NDArray[Any]) -> Hashes:
    """A hash of each number; 0.0 and -0.0, float32 and float64 meet."""
    if values.dtype.kind == "f":
        return mixed((values.astype(np.float64) + 0.0).view(np.uint64))
    return mixed(values.astype(np.int64).view(np.uint64))


def hash_words(values: pa.Array) -> Hashes:
    """A hash of each value of a large binary array without nulls."""
    if not len(values):
        return np.zeros(0, np.uint64)
    pieces = range(0, len(values), _AT_ONCE)
    return np.concatenate([_hash(values.slice(start, _AT_ONCE)) for start in pieces])


def _hash(values: pa.Array) -> Hashes:
    """Multilinear hash: each byte times a random number of its place, summed."""
    _, offsets, content = values.buffers()
    ends = np.frombuffer(offsets, np.int64)[values.offset :][: len(values) + 1]
    lengths = np.diff(ends)
    first, last = int(ends[0]), int(ends[-1])
    text = np.frombuffer(content or b"", np.uint8)[first:last]
    places = np.arange(len(text)) - np.repeat(ends[:-1] - first, lengths)
    factors = mixed(np.arange(1, int(lengths.max()) + 1, dtype=np.uint64))
    terms = factors[places] * (text.astype(np.uint64) + np.uint64(1))
    sums = np.zeros(len(text) + 1, np.uint64)
    np.cumsum(terms, out=sums[1:])
    return mixed(sums[ends[1:] - first] - sums[ends[:-1] - first])


def mixed(bits: Hashes) -> Hashes:
    """Each number well mixed: the finalizer of SplitMix64.

    Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
    OOPSLA 2014.
    """
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    done: Hashes = bits ^ (bits >> np.uint64(31))
    return done
