"""The most frequent values of a feature, ranked and spelled as TFDV does."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.columnar.statistics.numbers import Numbers
from tidegate.columnar.statistics.tables import NumberTable, WordTable
from tidegate.columnar.statistics.weighted import WeightedNumbers, WeightedWords
from tidegate.columnar.statistics.words import LONGEST, Words

# Labels and their counts or weights, the most frequent first.
Ranking: TypeAlias = "list[tuple[str, float]]"

# What TFDV writes for some values.
NOT_UTF8 = b"__BYTES_VALUE__"
TOO_LONG = b"__LARGE_BYTES__"
_YES = schema_pb2.StringDomain.CATEGORICAL_YES


def rank_words(words: Words, most: int, sketched: bool, categorical: int) -> Ranking:
    """The most frequent texts; of two equals the greater comes first.

    Args:
        words: All of them.
        most: How many at most.
        sketched: See `feature_protos.Settings`.
        categorical: Whether the schema calls them categories, as it has that.
    """
    table = words.frequent().table
    if sketched:
        table = _as_sketched(table, None if categorical == _YES else LONGEST)
    return _ranked_words(table.values, table.counts, most)


def rank_weighted_words(words: WeightedWords, most: int) -> Ranking:
    """The heaviest texts; of two equals the greater comes first."""
    return _ranked_words(words.values, words.weights, most)


def rank_numbers(numbers: Numbers, most: int, *, as_text: bool) -> Ranking:
    """The most frequent numbers, spelled out.

    Args:
        numbers: All of them.
        most: How many at most.
        as_text: Of two equals the greater text comes first, not number.
    """
    table = numbers.frequent().table
    if as_text:
        return _ranked_words(_spelled(table), table.counts, most)
    order = np.argsort(-table.counts[::-1], kind="stable")[:most]
    places = len(table) - 1 - order
    labels = [str(value) for value in table.values[places].tolist()]
    return list(zip(labels, table.counts[places].tolist(), strict=True))


def rank_weighted_numbers(weighted: WeightedNumbers, most: int) -> Ranking:
    """The heaviest integers, spelled out."""
    # Not from running sums, whose rounding would part numbers of one weight.
    values, weights = weighted.ranks.entries()
    places = len(values) - 1 - np.argsort(-weights[::-1], kind="stable")[:most]
    labels = [str(int(value)) for value in values[places].tolist()]
    return list(zip(labels, weights[places].tolist(), strict=True))


def avg_length_of_numbers(numbers: Numbers) -> float:
    """Mean length of the numbers spelled out, where each distinct one is known."""
    table = numbers.frequent().table
    lengths = np.asarray(pc.binary_length(_spelled(table)), np.int64)
    return float(np.dot(lengths, table.counts)) / int(table.counts.sum())


def _spelled(table: NumberTable) -> pa.Array:
    return pa.array(table.values).cast(pa.string()).cast(pa.large_binary())


def _ranked_words(
    values: pa.Array, counts: npt.NDArray[np.int64] | npt.NDArray[np.float64], most: int
) -> Ranking:
    order = np.asarray(pc.sort_indices(values), np.int64)[::-1]
    order = order[np.argsort(-counts[order], kind="stable")][:most]
    labels = values.take(pa.array(order)).to_pylist()
    return [
        (_label(label), count)
        for label, count in zip(labels, counts[order].tolist(), strict=True)
    ]


def _label(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return NOT_UTF8.decode()


def _as_sketched(table: WordTable, longest: int | None) -> WordTable:
    """The table with what TFDV's sketch does not spell out under its two labels."""
    shown = [_shown(value, longest) for value in table.values.to_pylist()]
    merged = WordTable(pa.array(shown, pa.large_binary()), table.counts)
    return merged.merge(WordTable(merged.values[:0], merged.counts[:0]))


def _shown(value: bytes, longest: int | None) -> bytes:
    try:
        value.decode()
    except UnicodeDecodeError:
        return NOT_UTF8
    return TOO_LONG if longest and len(value) > longest else value
