"""Data of any format as a data set, found by file, folder, glob or span."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tidegate.columnar.artifact_dataset import ExamplesDataset
from tidegate.columnar.csv_dataset import open_csv
from tidegate.columnar.dataset import Part
from tidegate.columnar.discovery import artifact_files, find
from tidegate.columnar.examples import split_files
from tidegate.columnar.file_names import printable_names
from tidegate.columnar.formats import DataFiles, Format, shown
from tidegate.columnar.inference import ColumnType
from tidegate.columnar.provenance import Provenance, read_provenance
from tidegate.columnar.record_dataset import RecordDataset
from tidegate.columnar.twin import NoTwin, Twin, read_twin
from tidegate.columnar.twin_dataset import TwinDataset
from tidegate.errors import DataError, TidegateError, raise_all

_LOG = logging.getLogger("tidegate.columnar")


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
        for name, path in zip(printable_names(found.files), found.files, strict=True)
    ]
    return open_parts(parts, found.kind, span=found.span, types=types)


def open_parts(
    parts: Sequence[Part],
    kind: Format,
    *,
    span: int | None = None,
    types: Mapping[str, ColumnType] | None = None,
    keep_records: bool = False,
) -> DataFiles:
    """The data set of some files of one format.

    Args:
        parts: The files.
        kind: What they hold.
        span: Span of the data set.
        types: See `open_dataset`.
        keep_records: True gives batches of TFRecord files their records.

    Raises:
        DataError: What has to be read first cannot be read whole.
        Problems: Several of that.
    """
    if kind is Format.CSV:
        return open_csv(parts, types, span)
    if kind is Format.TFRECORD:
        return RecordDataset(parts, span=span, keep_records=keep_records)
    # pyarrow.parquet takes a while to import.
    from tidegate.columnar.parquet_dataset import open_parquet

    return open_parquet(parts, span)


def open_artifact(
    folder: Path,
    splits: Sequence[str] | None = None,
    *,
    span: int | None = None,
    columns: Sequence[str] | None = None,
    with_lines: bool = True,
) -> ExamplesDataset:
    """The data set of an Examples artifact.

    Its columnar twin is read where there is one and all its digests match; a
    line of the log says why it is not.

    Args:
        folder: Folder of the artifact, with a folder for each split.
        splits: Names of the splits to read, all of them there; None reads all.
        span: Span of the data set.
        columns: Features to read; None reads all.
        with_lines: Whether rows know their source lines, as far as these are
            there. They are held in memory, some five bytes a row.

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
            printable_names([path for _, path in files]), files, strict=True
        )
    ]
    provenance: dict[str, Provenance] = {}
    for split in wanted if with_lines else ():
        known = read_provenance(folder, split)
        if known is not None:
            provenance[split] = known
    try:
        twin = read_twin(folder, files)
        _demand_places(twin, provenance)
    except NoTwin as reason:
        _LOG.info("the records of %s are read: %s", shown(folder), reason)
        return RecordDataset(parts, span=span, provenance=provenance, columns=columns)
    return TwinDataset(
        parts, folder, twin, span=span, provenance=provenance, columns=columns
    )


def _demand_places(twin: Twin, provenance: Mapping[str, Provenance]) -> None:
    """Leaves it to the reader of records to say that source lines do not match."""
    rows: Counter[str] = Counter()
    for one in twin.files:
        rows[one.split] += one.rows
    if any(len(places) != rows[split] for split, places in provenance.items()):
        raise NoTwin("the source lines are those of other rows")


def _demand_splits(folder: Path, splits: Sequence[str]) -> None:
    errors: list[TidegateError] = []
    for split in splits:
        try:
            split_files(folder, split)
        except DataError as error:
            errors.append(error)
    raise_all("the examples are not whole", errors)
