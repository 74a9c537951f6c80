"""Slices of a batch, for all its rows at once, as TFMA forms them for each row.

A slice is named by pairs of feature and value, sorted. A row is in a slice once,
however often it has the value, and in several if a feature has several values.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.evaluator.not_covered import NotCovered

Indices: TypeAlias = "npt.NDArray[np.int64]"
SliceKey: TypeAlias = tuple[tuple[str, Any], ...]
_NOBODY = np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Values:
    """The values of one feature in a batch, each once a row.

    Attributes:
        rows: Row of each value, ascending.
        codes: Place of each value in `table`.
        table: The values that occur, as Python values; bytes stay bytes.
    """

    rows: Indices
    codes: Indices
    table: Sequence[Any]

    @staticmethod
    def of(rows: Indices, values: npt.NDArray[Any]) -> Values:
        """The distinct values of each row.

        Args:
            rows: Row of each value.
            values: The values: numbers, or bytes as objects.

        Raises:
            NotCovered: A value is neither, or is not a number.
        """
        table, codes = _coded(values)
        width = max(len(table), 1)
        pairs = np.unique(rows.astype(np.int64) * width + codes)
        return Values(pairs // width, pairs % width, table)

    def where(self, wanted: Callable[[Any], bool]) -> Indices:
        """Rows with a value that is wanted, ascending."""
        good = np.array([wanted(value) for value in self.table], dtype=bool)
        return np.unique(self.rows[good[self.codes]]) if len(good) else _NOBODY


@dataclass(frozen=True)
class Slicing:
    """One of TFMA's SlicingSpecs.

    Attributes:
        keys: Features whose every value makes a slice, sorted.
        values: Features with the value that they must have, sorted.
    """

    keys: tuple[str, ...] = ()
    values: tuple[tuple[str, Any], ...] = ()

    @staticmethod
    def of(proto: Any) -> Slicing:
        """The slicing that a SlicingSpec asks for."""
        values = [(key, _typed(text)) for key, text in proto.feature_values.items()]
        return Slicing(tuple(sorted(set(proto.feature_keys))), tuple(sorted(values)))

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features that it looks at."""
        return (*self.keys, *(key for key, _ in self.values))


class Slices:
    """The slices seen so far, numbered; may be used by several threads."""

    def __init__(self, slicings: Sequence[Slicing]) -> None:
        self._slicings = tuple(dict.fromkeys(slicings)) or (Slicing(),)
        self._numbers: dict[SliceKey, int] = {}
        self._lock = threading.Lock()

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features that the slices are made of."""
        named = (name for one in self._slicings for name in one.features)
        return tuple(dict.fromkeys(named))

    @property
    def keys(self) -> list[SliceKey]:
        """The slices, the one with number 0 first."""
        return list(self._numbers)

    def assign(
        self, rows: int, features: Mapping[str, Values]
    ) -> tuple[Indices, Indices, int]:
        """Row numbers, the slice of each, and how many slices are known.

        Args:
            rows: Number of rows of the batch.
            features: Values of the features that the batch has.
        """
        found = [self._assigned(one, rows, features) for one in self._slicings]
        members = np.concatenate([where for where, _ in found])
        groups = np.concatenate([numbers for _, numbers in found])
        count = len(self._numbers)
        if sum(len(np.unique(n)) for _, n in found) != len(np.unique(groups)):
            # Two slicings gave the same slice: a row is in it once.
            pairs = np.unique(members * count + groups)
            members, groups = pairs // count, pairs % count
        return members, groups, count

    def _assigned(
        self, slicing: Slicing, rows: int, features: Mapping[str, Values]
    ) -> tuple[Indices, Indices]:
        if any(name not in features for name in slicing.features):
            return _NOBODY, _NOBODY
        members: Indices = np.arange(rows, dtype=np.int64)
        for name, wanted in slicing.values:
            having = features[name].where(partial(_same, wanted))
            members = members[np.isin(members, having)]
        codes = np.zeros(len(members), np.int64)
        for name in slicing.keys:
            members, codes = _multiplied(members, codes, features[name])
        distinct, places = np.unique(codes, return_inverse=True)
        tables = [features[name].table for name in slicing.keys]
        numbers = [self._number(_key(slicing, tables, int(code))) for code in distinct]
        return members, np.array(numbers, np.int64)[places.reshape(-1)]

    def _number(self, key: SliceKey) -> int:
        with self._lock:
            return self._numbers.setdefault(key, len(self._numbers))


def _multiplied(
    members: Indices, codes: Indices, values: Values
) -> tuple[Indices, Indices]:
    """Each member once for every value that its row has."""
    starts = np.searchsorted(values.rows, members, "left")
    counts = np.searchsorted(values.rows, members, "right") - starts
    firsts = np.repeat(starts - np.cumsum(counts) + counts, counts)
    at = firsts + np.arange(len(firsts))
    widened = np.repeat(codes, counts) * max(len(values.table), 1)
    return np.repeat(members, counts), widened + values.codes[at]


def _key(slicing: Slicing, tables: Sequence[Sequence[Any]], code: int) -> SliceKey:
    pairs: list[tuple[str, Any]] = list(slicing.values)
    for name, table in zip(reversed(slicing.keys), reversed(tables), strict=True):
        code, place = divmod(code, max(len(table), 1))
        pairs.append((name, _text(table[place])))
    return tuple(sorted(pairs))


def _coded(values: npt.NDArray[Any]) -> tuple[Sequence[Any], Indices]:
    if values.dtype.kind in "biuf":
        if values.dtype.kind == "f" and np.isnan(values).any():
            raise NotCovered("a feature to slice by holds NaN")
        distinct, codes = np.unique(values, return_inverse=True)
        return distinct.tolist(), codes.reshape(-1).astype(np.int64)
    if any(not isinstance(value, bytes) for value in values[:1]):
        raise NotCovered("a feature to slice by holds neither numbers nor bytes")
    try:
        encoded = pa.array(values, pa.large_binary()).dictionary_encode()
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise NotCovered("a feature to slice by holds values of two kinds") from error
    if encoded.null_count:
        raise NotCovered("a feature to slice by holds a missing value")
    return encoded.dictionary.to_pylist(), np.asarray(encoded.indices).astype(np.int64)


def _same(wanted: Any, value: Any) -> bool:
    """Whether TFMA takes a row's value for the one of a SlicingSpec."""
    if isinstance(wanted, str):
        return bool(value == wanted.encode())
    return bool(value == wanted)


def _text(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise NotCovered("a feature to slice by holds bytes, not text") from error


def _typed(text: str) -> Any:
    """A number where the text of a SlicingSpec is one, as TFMA reads it."""
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text
