"""The features of a table: columns, and what lists and structs nest in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidegate.columnar.statistics.arrow import plain
from tidegate.columnar.statistics.numbers import Numbers
from tidegate.columnar.statistics.valency import Lengths, Valency, Weights
from tidegate.columnar.statistics.weighted import WeightedNumbers, WeightedWords
from tidegate.columnar.statistics.words import Words

Path: TypeAlias = tuple[str, ...]
Mask: TypeAlias = "npt.NDArray[np.bool_]"


class Level(NamedTuple):
    """Lists of one level, flattened.

    Attributes:
        inner: Their values.
        lengths: Number of values of each list, 0 where there is no list.
        there: Which lists are there; None for all.
    """

    inner: pa.Array
    lengths: Lengths
    there: Mask | None


@dataclass(frozen=True, eq=False)
class FeatureStatistics:
    """What is known of one feature.

    Attributes:
        kind: "int", "float", "text", "bytes", "struct", or "none" while no part
            of the data has had a type.
        levels: Presence and numbers of values, from the rows inwards.
        innermost: Numbers of innermost values of the rows; None if not nested.
        numbers: The numbers; None for a feature without any.
        words: Texts and byte strings; None for a feature without any.
        weighted: The same values with weights; None without weights.
    """

    kind: str
    levels: tuple[Valency, ...]
    innermost: Numbers | None = None
    numbers: Numbers | None = None
    words: Words | None = None
    weighted: WeightedNumbers | WeightedWords | None = None

    def merge(self, other: FeatureStatistics) -> FeatureStatistics:
        """What is known of the rows of both.

        Raises:
            ValueError: One is nested deeper than the other, or of another kind.
        """
        # A part without a type is one of rows without the feature.
        if other.kind == "none" or self.kind == "none":
            one, void = (self, other) if other.kind == "none" else (other, self)
            rest = one.levels[0].merge(void.levels[0])
            return replace(one, levels=(rest, *one.levels[1:]))
        if len(self.levels) != len(other.levels) or not _alike(self.kind, other.kind):
            raise ValueError("parts of a feature differ in kind or nesting")
        return FeatureStatistics(
            self.kind if self.kind == other.kind else "bytes",
            tuple(a.merge(b) for a, b in zip(self.levels, other.levels, strict=True)),
            _both(self.innermost, other.innermost),
            _both(self.numbers, other.numbers),
            _both(self.words, other.words),
            _both(self.weighted, other.weighted),
        )


class Found(NamedTuple):
    """A feature in a table.

    Attributes:
        path: Its name, or the names of the structs around it and its own.
        array: Lists, structs, or values of which each is a row's only one.
        parents: The row of the table that each row of `array` belongs to; None
            where it is the same.
        absent: Rows of `array` without the feature; the others that are null
            have a list without values. None where `array` itself tells.
    """

    path: Path
    array: pa.Array
    parents: npt.NDArray[np.int64] | None
    absent: Mask | None


def walk(found: Found) -> Iterator[Found]:
    """A feature, then the features within it if it is of structs."""
    yield found
    array, parents = found.array, found.parents
    if not pa.types.is_struct(_innermost(array.type)):
        return
    while is_list(array.type):
        level = _open(array)
        parents = _repeated(parents, level.lengths)
        array = level.inner
    for place, field in enumerate(array.type):
        inner = array.flatten()[place]
        yield from walk(Found((*found.path, field.name), inner, parents, None))


def describe(found: Found, weights: Weights | None = None) -> FeatureStatistics:
    """What is known of a feature in a table.

    Args:
        found: The feature.
        weights: Weight of each row of its array.

    Raises:
        ComponentError: It is of a type that cannot be described.
    """
    array = found.array
    if is_list(array.type):
        return _nested(array, weights)
    if pa.types.is_struct(array.type):
        return FeatureStatistics("struct", (_single(array, None, weights),))
    values, kind = plain(array)
    if kind == "none":
        absent = None if found.absent is None else found.absent
        return FeatureStatistics("none", (_single(array, absent, weights),))
    if weights is not None:
        weights_of_values: Weights | None = weights[np.asarray(array.is_valid())]
    else:
        weights_of_values = None
    return _with_values(
        kind, values, (_single(array, found.absent, weights),), None, weights_of_values
    )


def values_of(
    found: Found, weights: Weights | None = None
) -> tuple[pa.Array, Weights | None]:
    """The innermost values of a feature that is no struct, each with its weight."""
    array = found.array
    while is_list(array.type):
        level = _open(array)
        if weights is not None:
            weights = np.repeat(weights, level.lengths)
        array = level.inner
    if weights is not None and array.null_count:
        weights = weights[np.asarray(array.is_valid())]
    return plain(array)[0], weights


def is_list(kind: pa.DataType) -> bool:
    """Whether values of this type are lists."""
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _nested(array: pa.Array, weights: Weights | None) -> FeatureStatistics:
    levels: list[Valency] = []
    rows = len(array)
    there_at_top: Mask | None = None
    tops = np.arange(rows, dtype=np.int64)
    while is_list(array.type):
        level = _open(array)
        if not levels:
            there_at_top = level.there
        levels.append(_valency(level, weights))
        if weights is not None:
            weights = np.repeat(weights, level.lengths)
        tops = np.repeat(tops, level.lengths)
        array = level.inner
    innermost = None
    if len(levels) > 1:
        counts = np.bincount(tops, minlength=rows)
        counts = counts if there_at_top is None else counts[there_at_top]
        innermost = Numbers.of(pa.array(counts, pa.int64()))
    if pa.types.is_struct(array.type):
        return FeatureStatistics("struct", tuple(levels), innermost)
    if weights is not None and array.null_count:
        weights = weights[np.asarray(array.is_valid())]
    values, kind = plain(array)
    return _with_values(kind, values, tuple(levels), innermost, weights)


def _with_values(
    kind: str,
    values: pa.Array,
    levels: tuple[Valency, ...],
    innermost: Numbers | None,
    weights: Weights | None,
) -> FeatureStatistics:
    if kind in ("int", "float"):
        return FeatureStatistics(
            kind,
            levels,
            innermost,
            numbers=Numbers.of(values),
            weighted=None
            if weights is None
            else WeightedNumbers.of(np.asarray(values), weights),
        )
    if kind == "none":
        return FeatureStatistics(kind, levels, innermost)
    return FeatureStatistics(
        kind,
        levels,
        innermost,
        words=Words.of(values),
        weighted=None if weights is None else WeightedWords.of(values, weights),
    )


def _single(array: pa.Array, absent: Mask | None, weights: Weights | None) -> Valency:
    """The valency of rows with one value each, or none."""
    gone = array.null_count if absent is None else int(np.count_nonzero(absent))
    filled = len(array) - array.null_count
    found = Valency.single(filled, len(array) - gone - filled)
    if weights is None:
        return found
    valid = np.asarray(array.is_valid())
    there = valid if absent is None else ~absent
    return replace(
        found,
        weighted_present=float(weights[there].sum()),
        weighted_total=float(weights[valid].sum()),
    )


def _valency(level: Level, weights: Weights | None) -> Valency:
    if level.there is None:
        return Valency.of(level.lengths, weights)
    held = None if weights is None else weights[level.there]
    return Valency.of(level.lengths[level.there], held)


def _open(array: pa.Array) -> Level:
    lengths = np.asarray(pc.fill_null(pc.list_value_length(array), 0), np.int64)
    there = np.asarray(array.is_valid()) if array.null_count else None
    return Level(array.flatten(), lengths, there)


def _repeated(
    parents: npt.NDArray[np.int64] | None, lengths: Lengths
) -> npt.NDArray[np.int64]:
    held = np.arange(len(lengths), dtype=np.int64) if parents is None else parents
    return np.repeat(held, lengths)


def _innermost(kind: pa.DataType) -> pa.DataType:
    while is_list(kind):
        kind = kind.value_type
    return kind


def _alike(one: str, other: str) -> bool:
    return one == other or {one, other} <= {"text", "bytes"}


_Merge: TypeAlias = Callable[[Any], Any]


def _both(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    return one.merge(other)
