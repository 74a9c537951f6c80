"""How rows are divided into splits."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.column_file import whole
from tidegate.columnar.dataset import Batch, Part
from tidegate.columnar.formats import shown
from tidegate.columnar.tf_example import encode_features, records
from tidegate.errors import DataError, UsageError

Places = npt.NDArray[np.int64]
DEFAULT_SPLITS = {"train": 2, "eval": 1}
# Bytes of a name that becomes part of the names of files, which have at most 255.
_LONGEST = 100


class Splits(ABC):
    """A rule that gives each row its split.

    Attributes:
        names: Names of the splits, in the order in which artifacts list them.
    """

    names: tuple[str, ...]

    @abstractmethod
    def places(self, batch: Batch, made: Sequence[bytes], part: Part) -> Places:
        """For each row the position of its split in `names`.

        Args:
            batch: The rows.
            made: Their serialized tf.Examples, features sorted by name.
            part: Their file.

        Raises:
            DataError: A row has no split by this rule.
        """

    @abstractmethod
    def as_dict(self) -> dict[str, Any]:
        """The rule in plain values; `splits_from` makes it again."""

    def described(self, name: str) -> str:
        """What rows the split gets, for messages."""
        return f"for {name!r}"


class HashSplit(Splits):
    """Splits by hash, as the stock ExampleGen does.

    A row keeps its split from run to run, whatever other rows there are: the
    SHA-256 of the example's deterministic serialization, as one number, modulo
    the sum of all buckets.

    Example:
        ```python
        HashSplit(train=2, eval=1)
        HashSplit({"train": 2, "eval": 1}, by="tailnum")
        ```

    Args:
        buckets: Buckets of each split; 2 and 1 give two thirds and one third.
        by: A column of text or whole numbers: rows with the same value go to the
            same split. None hashes the whole row.
        **named: Buckets of each split by keyword.

    Raises:
        UsageError: There is no split, or one has no usable name or no bucket.
    """

    def __init__(
        self,
        buckets: Mapping[str, int] | None = None,
        /,
        *,
        by: str | None = None,
        **named: int,
    ) -> None:
        if buckets is not None and not isinstance(buckets, Mapping):
            buckets = {repr(buckets): 0}
        self.buckets = _checked({**(buckets or {}), **named})
        self.names = tuple(self.buckets)
        self.by = None if by is None else column_name(by, "HashSplit")
        ends = list(accumulate(self.buckets.values()))
        self._total = ends[-1]
        self._split_of = [bisect(ends, bucket) for bucket in range(self._total)]

    def places(self, batch: Batch, made: Sequence[bytes], part: Part) -> Places:
        """See `Splits.places`."""
        if self.by is None:
            return self.of_keys(made)
        column = column_of(batch, self.by, "HashSplit")
        if pa.types.is_floating(column.type) or pa.types.is_large_list(column.type):
            raise unfit(self.by, column.type, "text or whole numbers")
        refuse_missing(batch, column, self.by, part)
        coded = column.dictionary_encode()
        keys = records(encode_features(coded.dictionary))
        found: Places = self.of_keys(keys)[np.asarray(coded.indices)]
        return found

    def of_keys(self, keys: Iterable[bytes]) -> Places:
        """The place of each key."""
        sha256, number = hashlib.sha256, int.from_bytes
        total, split_of = self._total, self._split_of
        return np.fromiter(
            (split_of[number(sha256(key).digest(), "big") % total] for key in keys),
            np.int64,
        )

    def as_dict(self) -> dict[str, Any]:
        """See `Splits.as_dict`."""
        return {"kind": "hash", "buckets": self.buckets, "by": self.by}

    def described(self, name: str) -> str:
        """See `Splits.described`."""
        return f"in {self.buckets[name]} of {self._total} buckets"


class GivenSplits(Splits):
    """Splits that the files are in already, as a glob for each of them.

    Args:
        names: Names of the splits; the parts of the data set carry them.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(_checked(dict.fromkeys(names, 1)))

    def places(self, batch: Batch, made: Sequence[bytes], part: Part) -> Places:
        """See `Splits.places`."""
        return np.full(batch.rows, self.names.index(part.split), np.int64)

    def as_dict(self) -> dict[str, Any]:
        """See `Splits.as_dict`."""
        return {"kind": "given", "names": list(self.names)}

    def described(self, name: str) -> str:
        """See `Splits.described`."""
        return f"in the files of {name!r}"


def column_of(batch: Batch, name: str, rule: str) -> pa.Array:
    """The column that a rule splits by.

    Raises:
        DataError: The data have no such column.
    """
    names = batch.table.column_names
    if name in names:
        return whole(batch.table[name])
    raise DataError(
        f"the data have no column {shown(name)!r} to split by",
        where=f"ExampleGen(splits={rule}(…))",
        expected="one of " + ", ".join(map(shown, names[:20])),
        got=shown(name),
        fix="name a column of the data",
    )


def refuse_missing(batch: Batch, column: pa.Array, name: str, part: Part) -> None:
    """Raises DataError if a row has no value to split it by."""
    if column.null_count:
        raise unsplit(batch, np.asarray(column.is_null()), name, part, "no value")


def unsplit(
    batch: Batch, rows: npt.NDArray[np.bool_], name: str, part: Part, why: str
) -> DataError:
    """Rows that a rule gives no split."""
    places = np.flatnonzero(rows)
    lines = batch.lines
    at = batch.start + 1 + places if lines is None else lines[places]
    word = "row" if lines is None else "line"
    plural = "s" if len(at) > 1 else ""
    more = f" and {len(at) - 5:,} more there" if len(at) > 5 else ""
    numbers = ", ".join(map(str, at[:5].tolist()))
    return DataError(
        f"rows cannot be split by their {shown(name)!r}",
        where=f"{part.name}, {word}{plural} {numbers}{more}",
        expected="a value that says which split a row belongs to",
        got=why,
        fix="fill or drop these rows, or split by something else",
    )


def unfit(name: str, kind: pa.DataType, expected: str) -> DataError:
    """A column whose type the rule cannot split by."""
    return DataError(
        f"the column {shown(name)!r} is not one to split by",
        expected=expected,
        got=f"values of type {kind}",
        fix="split by another column",
    )


def column_name(name: object, rule: str) -> str:
    """The name of the column to split by.

    Raises:
        UsageError: It is no name.
    """
    if isinstance(name, str) and name:
        return name
    raise UsageError(
        "the splits of the ExampleGen cannot be used",
        where=f"ExampleGen(splits={rule}(…))",
        expected="the name of a column, as text",
        got=repr(name)[:100],
        fix="name a column of the data",
    )


def usable_name(name: object) -> bool:
    """True for what can be the name of a split, which becomes one of a folder."""
    if not isinstance(name, str) or len(name.encode("utf-8", "replace")) > _LONGEST:
        return False
    return name.replace("-", "").replace("_", "").isalnum()


def _checked(buckets: Mapping[str, int]) -> dict[str, int]:
    wrong = [
        f"{name!r}: {count!r}"
        for name, count in buckets.items()
        if not usable_name(name) or not _counts(count)
    ]
    if buckets and not wrong:
        return dict(buckets)
    raise UsageError(
        "the splits of the ExampleGen cannot be used",
        where="ExampleGen(splits=…)",
        expected="names of letters, digits, - and _, each with 1 bucket or more",
        got=", ".join(wrong) or "no split",
        fix='for example splits={"train": 2, "eval": 1}',
    )


def _counts(count: object) -> bool:
    return isinstance(count, int) and not isinstance(count, bool) and count > 0
