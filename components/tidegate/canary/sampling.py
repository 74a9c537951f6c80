"""Rows drawn by chance from files, the same each time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate.columnar.tf_record import read_records
from tidegate.errors import UsageError
from tidegate.steps.reading import decode_split_names, get_split_uris

_SEED = 17
_EVAL = "eval"


@dataclass(frozen=True)
class Sample:
    """Records that are replayed.

    Attributes:
        records: Serialized tf.Examples.
        of: How many they were drawn from.
    """

    records: tuple[bytes, ...]
    of: int


def sample(files: Iterable[Path], rows: int) -> Sample:
    """So many records of all files, each as likely as the others.

    Vitter's algorithm R (ACM TOMS 11, 1985): one pass, and no more records in
    memory than are kept. With a fixed seed, so that the same files give the same.

    Args:
        files: TFRecord files.
        rows: How many at most.

    Raises:
        DataError: A file is damaged.
    """
    chance = random.Random(_SEED)
    kept: list[bytes] = []
    seen = 0
    for file in files:
        for record in read_records(file):
            seen += 1
            if len(kept) < rows:
                kept.append(record)
            elif (place := chance.randrange(seen)) < rows:
                kept[place] = record
    return Sample(tuple(kept), seen)


def files_of(examples: Sequence[Any], splits: str | None) -> list[Path]:
    """Files of the splits that are replayed.

    Args:
        examples: Examples artifacts.
        splits: JSON list of splits; None for "eval" where there is one, else all.

    Raises:
        UsageError: There is no such split, or no file.
    """
    there = [set(decode_split_names(one.split_names)) for one in examples]
    known = sorted(set.intersection(*there)) if there else []
    wanted = _wanted(known, splits)
    missing = [split for split in wanted if split not in known]
    folders = (
        []
        if missing
        else [uri for split in wanted for uri in get_split_uris(examples, split)]
    )
    files = [
        file
        for folder in folders
        for file in sorted(Path(folder).iterdir())
        if file.is_file() and not file.name.startswith(".")
    ]
    if missing or not files:
        raise UsageError(
            "there are no rows to replay",
            where="Canary(splits=…)",
            expected=", ".join(known) or "examples with splits",
            got=", ".join(missing or wanted) or "no split",
            fix="name splits that the examples have",
        )
    return files


def _wanted(known: Sequence[str], splits: str | None) -> list[str]:
    if splits is not None:
        return list(json.loads(splits))
    return [_EVAL] if _EVAL in known else list(known)
