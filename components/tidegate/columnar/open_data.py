"""Data of any format as a data set, found by file, folder, glob or span."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tidegate.columnar import sources
from tidegate.columnar.csv_dataset import open_csv
from tidegate.columnar.dataset import Part
from tidegate.columnar.discovery import artifact_files, find
from tidegate.columnar.examples import split_files
from tidegate.columnar.formats import DataFiles, Format, shown
from tidegate.columnar.inference import ColumnType
from tidegate.columnar.provenance import Provenance, read_provenance
from tidegate.columnar.record_dataset import RecordDataset
from tidegate.errors import DataError, TidegateError, raise_all


def open_dataset(
    data: str | Sequence[str],
    *,
    base: Path | None = None,
    span: int | None = None,
    types: Mapping[str, ColumnType] | None = None,
) -> DataFiles:
    """The data set behind `data`; its `span` says which span was chosen.

    Args:
        data: Files, folders, globs, or patterns with `{SPAN}`, `{VERSION}` or
            `{YYYY}`, `{MM}`, `{DD}`, of CSV (plain, gzip, bzip2), Parquet or
            TFRecord of tf.Example (plain, gzip), all of one format; or the
            folder of an Examples artifact.
        base: Folder that relative paths start from; None is the working folder.
        span: The span to read; None reads the newest.
        types: Types that columns of CSV files have at least.

    Raises:
        UsageError: Something is not there or cannot be data.
        SecurityError: A link in a folder leads out of it.
        DataError: What has to be read first cannot be read whole.
        Problems: Several of one kind.
    """
    found = find(data, base or Path(), span)
    if found.artifact is not None:
        return open_artifact(found.artifact, span=found.span)
    parts = [
        Part(name, path=path)
        for name, path in zip(_names(found.files), found.files, strict=True)
    ]
    if found.kind is Format.CSV:
        return open_csv(parts, types, found.span)
    if found.kind is Format.TFRECORD:
        return RecordDataset(parts, span=found.span)
    # pyarrow.parquet takes a while to import.
    from tidegate.columnar.parquet_dataset import open_parquet

    return open_parquet(parts, found.span)


def open_artifact(
    folder: Path, splits: Sequence[str] | None = None, *, span: int | None = None
) -> RecordDataset:
    """The data set of an Examples artifact.

    Args:
        folder: Folder of the artifact, with a folder for each split.
        splits: Names of the splits to read, all of them there; None reads all.
        span: Span of the data set.

    Raises:
        UsageError: A split is empty.
        SecurityError: A link leads out of the folder.
        DataError: A split is not there, or its source lines cannot be read.
    """
    if splits is not None:
        _demand_splits(folder, splits)
    found = artifact_files(folder)
    wanted = dict.fromkeys(splits or (split for split, _ in found))
    files = [file for split in wanted for file in found if file[0] == split]
    parts = [
        Part(name, split, path)
        for name, (split, path) in zip(
            _names([path for _, path in files]), files, strict=True
        )
    ]
    provenance: dict[str, Provenance] = {}
    for split in dict.fromkeys(split for split, _ in files):
        known = read_provenance(folder, split)
        if known is not None:
            provenance[split] = known
    return RecordDataset(parts, span=span, provenance=provenance)


def _demand_splits(folder: Path, splits: Sequence[str]) -> None:
    errors: list[TidegateError] = []
    for split in splits:
        try:
            split_files(folder, split)
        except DataError as error:
            errors.append(error)
    raise_all("the examples are not whole", errors)


def _names(files: Sequence[Path]) -> list[str]:
    """A name for each file that can be printed, unique among them."""
    names = [shown(name) for name in sources.names(files)]
    counts = Counter(names)
    return [
        f"{name} ({place})" if counts[name] > 1 else name
        for place, name in enumerate(names, 1)
    ]
