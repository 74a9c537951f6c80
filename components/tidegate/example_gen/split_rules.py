"""Rules of splitting as execution properties, which are text."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tidegate.errors import UsageError
from tidegate.example_gen.splits import DEFAULT_SPLITS, GivenSplits, HashSplit, Splits
from tidegate.example_gen.value_splits import ColumnSplit, TimeSplit


def as_splits(splits: Splits | Mapping[str, int] | None) -> Splits:
    """The rule that a user gave; a mapping has each split's hash buckets.

    Raises:
        UsageError: It is no rule, or the splits cannot be used.
    """
    if splits is None:
        return HashSplit(DEFAULT_SPLITS)
    if isinstance(splits, Splits):
        return splits
    if isinstance(splits, Mapping):
        return HashSplit(splits)
    raise UsageError(
        "the splits of the ExampleGen cannot be used",
        where="ExampleGen(splits=…)",
        expected="buckets of each split, HashSplit, ColumnSplit or TimeSplit",
        got=repr(splits)[:100],
        fix='for example splits={"train": 2, "eval": 1}',
    )


def to_text(splits: Splits) -> str:
    """The rule as JSON."""
    return json.dumps(splits.as_dict())


def from_text(text: str) -> Splits:
    """The rule that `to_text` wrote."""
    held = json.loads(text)
    kind = held.pop("kind")
    if kind == "hash":
        return HashSplit(held["buckets"], by=held["by"])
    if kind == "column":
        return ColumnSplit(held["column"], held["values"])
    if kind == "time":
        return TimeSplit(held["column"], held["until"])
    return GivenSplits(held["names"])
