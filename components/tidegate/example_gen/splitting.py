"""Which split an example belongs to, by the stock rule.

The SHA-256 of the example's deterministic serialization, as one number, modulo
the sum of all buckets. So a row keeps its split from run to run, whatever other
rows there are, and ours and the stock ExampleGen agree.
"""

from __future__ import annotations

import hashlib
from bisect import bisect
from collections.abc import Iterable, Mapping
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from tidegate.errors import UsageError

DEFAULT_SPLITS = {"train": 2, "eval": 1}


def assign(
    records: Iterable[bytes], splits: Mapping[str, int]
) -> npt.NDArray[np.int64]:
    """The position in `splits` of each record's split.

    Args:
        records: Serialized tf.Examples, features sorted by name.
        splits: Buckets of each split; 2 and 1 give two thirds and one third.
    """
    ends = list(accumulate(splits.values()))
    total = ends[-1]
    split_of_bucket = [bisect(ends, bucket) for bucket in range(total)]
    sha256, number = hashlib.sha256, int.from_bytes
    return np.fromiter(
        (split_of_bucket[number(sha256(r).digest(), "big") % total] for r in records),
        np.int64,
    )


def check_splits(splits: Mapping[str, int]) -> dict[str, int]:
    """The splits, if they can be used.

    Raises:
        UsageError: There is none, or one has no usable name or no bucket.
    """
    wrong = [
        f"{name!r}: {buckets!r}"
        for name, buckets in splits.items()
        if not _usable(name, buckets)
    ]
    if splits and not wrong:
        return dict(splits)
    raise UsageError(
        "the splits of the ExampleGen cannot be used",
        where="ExampleGen(splits=…)",
        expected="names of letters, digits, - and _, each with 1 bucket or more",
        got=", ".join(wrong) or "no split",
        fix='for example splits={"train": 2, "eval": 1}',
    )


def _usable(name: object, buckets: object) -> bool:
    named = isinstance(name, str) and name.replace("-", "").replace("_", "").isalnum()
    counted = isinstance(buckets, int) and not isinstance(buckets, bool)
    return named and counted and isinstance(buckets, int) and buckets > 0
