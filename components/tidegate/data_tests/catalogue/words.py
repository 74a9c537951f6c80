"""The distinct values of a column as text, each looked at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.data_tests.catalogue.base import Notes, Rows
from tidegate.data_tests.catalogue.cells import Cells

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Words:
    """The distinct values of some cells as text.

    Attributes:
        cells: The cells.
        texts: Large text; numbers as they are written, 1.0 as "1".
        codes: For each cell its place among the texts.
        broken: Which of them are bytes that are not UTF-8, written with escapes.
    """

    cells: Cells
    texts: pa.Array
    codes: npt.NDArray[np.int64]
    broken: Flags

    @classmethod
    def of(cls, cells: Cells) -> Words:
        """The distinct values of cells of any type."""
        if pa.types.is_null(cells.values.type):
            nothing = pa.array([], pa.large_string())
            return cls(cells, nothing, np.zeros(0, np.int64), np.zeros(0, np.bool_))
        texts, broken = _as_text(cells.coded.dictionary)
        return cls(cells, texts, np.asarray(cells.coded.indices, np.int64), broken)

    def matching(self, pattern: str) -> Flags:
        """Which of the texts hold a match of a regular expression (RE2)."""
        found = pc.match_substring_regex(self.texts, pattern=pattern)
        return as_flags(found)

    def blame(self, bad: Flags) -> tuple[Rows, Notes]:
        """The rows that hold a bad text, and which texts those are."""
        if not bad.any():
            return self.cells.blame(np.zeros(len(self.codes), np.bool_)), Notes()
        counts = np.bincount(self.codes, minlength=len(self.texts))
        places = np.flatnonzero(bad)
        if len(places) > Notes.MOST:
            # Notes keep the first by name, so only these become Python's.
            places = places[_first(self.texts.take(pa.array(places)))]
        texts = self.texts.take(pa.array(places)).to_pylist()
        words = dict(zip(texts, counts[places].tolist(), strict=True))
        return self.cells.blame(bad[self.codes]), Notes.of_words(words)


def as_flags(answers: pa.Array) -> Flags:
    """Truth values of Arrow as an array."""
    return np.asarray(answers.to_numpy(zero_copy_only=False), np.bool_)


def is_in(texts: pa.Array, words: Iterable[str]) -> Flags:
    """Which of the texts are among some words."""
    listed = pa.array(sorted(words), pa.large_string())
    return as_flags(pc.is_in(texts, value_set=listed))


def flags(values: Iterable[bool]) -> Flags:
    """Truth values as an array."""
    return np.fromiter(values, np.bool_)


def _first(texts: pa.Array) -> npt.NDArray[np.int64]:
    by_name = [("text", "ascending")]
    places = pc.select_k_unstable(texts, k=Notes.MOST + 1, sort_keys=by_name)
    return np.asarray(places, np.int64)


def _as_text(values: pa.Array) -> tuple[pa.Array, Flags]:
    kind = values.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _decoded(values)
    texts = values if kind == pa.large_string() else values.cast(pa.large_string())
    return texts, np.zeros(len(texts), np.bool_)


def _decoded(values: pa.Array) -> tuple[pa.Array, Flags]:
    try:
        texts = values.cast(pa.large_string())
        return texts, np.zeros(len(texts), np.bool_)
    except pa.ArrowInvalid:
        held = values.to_pylist()
        decoded = [value.decode("utf-8", "backslashreplace") for value in held]
        return pa.array(decoded, pa.large_string()), flags(map(_is_broken, held))


def _is_broken(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return True
    return False
