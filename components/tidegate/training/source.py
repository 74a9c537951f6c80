"""The examples behind a Trainer's file patterns, in memory where they fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tidegate.columnar.dataset import Dataset
from tidegate.columnar.open_data import open_artifact
from tidegate.columnar.scan import scan
from tidegate.training import rows as arrays
from tidegate.training.features import Feature, NotCovered
from tidegate.training.rows import Rows

_SPLIT = "Split-"
_PARQUET = b"PAR1"


@dataclass(frozen=True)
class Split:
    """One split of an Examples artifact on this machine."""

    folder: Path
    name: str


def find_splits(patterns: Sequence[str]) -> tuple[Split, ...]:
    """The splits that patterns such as `…/Split-train/*` name.

    Raises:
        NotCovered: A pattern names something else, or not tf.Examples.
    """
    return tuple(_split(pattern) for pattern in patterns)


def read(splits: Sequence[Split], features: Sequence[Feature]) -> Iterator[Rows]:
    """The rows of the splits, in chunks of a bounded size, in order.

    Raises:
        DataError: A file cannot be read whole, or a value is not as the schema
            says.
    """
    for split in splits:
        opened: Dataset = open_artifact(split.folder, [split.name], with_lines=False)
        yield from scan(opened, lambda batch: arrays.to_rows(batch.table, features))


def hold(
    splits: Sequence[Split], features: Sequence[Feature], most_bytes: int
) -> Rows | None:
    """All rows in memory; None if they are more than `most_bytes`."""
    parts: list[Rows] = []
    held = 0
    for part in read(splits, features):
        held += arrays.size(part)
        if held > most_bytes:
            return None
        parts.append(part)
    return arrays.join(parts)


def _split(pattern: str) -> Split:
    if "://" in pattern:
        raise NotCovered(f"{pattern} is not on this machine")
    path = Path(pattern)
    folder = path.parent
    if path.name != "*" or not folder.name.startswith(_SPLIT) or not folder.is_dir():
        raise NotCovered(f"{pattern} is not the folder of a split")
    for file in folder.iterdir():
        with file.open("rb") as opened:
            if opened.read(len(_PARQUET)) == _PARQUET:
                raise NotCovered(f"{file.name} is a Parquet file")
    return Split(folder.parent, folder.name.removeprefix(_SPLIT))
