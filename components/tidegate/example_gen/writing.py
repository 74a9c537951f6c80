"""Data of any format to the splits of an Examples artifact, in one pass.

Reading, encoding, splitting and packing go batch by batch on threads, so memory
does not grow with the files; one thread writes what they made, in order. Nothing
has its final name before all of it is written.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tidegate.columnar.byte_stream import watching
from tidegate.columnar.csv_dataset import CsvDataset
from tidegate.columnar.dataset import Batch, Dataset, Part, StartAgain
from tidegate.columnar.provenance import write_provenance
from tidegate.columnar.scan import scan
from tidegate.columnar.twin import MANIFEST, Twin, TwinFile, sha256, write_manifest
from tidegate.errors import DataError, Problems, raise_all
from tidegate.example_gen.encoding import Encoder, Piece, encoder_of
from tidegate.example_gen.progress import Progress, Told
from tidegate.example_gen.split_output import SplitOutput
from tidegate.example_gen.splits import HashSplit, Splits

UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        rows: Rows of each split.
    """

    rows: dict[str, int]


def write_examples(
    dataset: Dataset,
    folder: Path,
    splits: Splits | Mapping[str, int],
    *,
    progress: Progress | None = None,
) -> Written:
    """Writes the rows of a data set as `Split-<name>/*.gz`, and where each is from.

    Beside them stands their columnar twin; see `columnar.twin`.

    Args:
        dataset: The data.
        folder: Folder of the Examples artifact.
        splits: How rows are split; a mapping gives each split's hash buckets.
        progress: Called after each batch with the rows written, and the bytes of
            the files read and in all.

    Raises:
        DataError: A file cannot be read whole, or a split would be empty. Then
            no split is left behind.
    """
    chosen = splits if isinstance(splits, Splits) else HashSplit(splits)
    unfinished = folder / UNFINISHED
    while True:
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            written, twin = write_splits(dataset, unfinished, chosen, progress)
            refuse_empty(written.rows, chosen)
            finish(unfinished, folder, twin)
            return written
        except StartAgain as again:
            dataset = again.dataset
        except DataError:
            settled = _settled(dataset)
            if settled is None:
                raise
            dataset = settled
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def _settled(dataset: Dataset) -> Dataset | None:
    """The data set with other types, in which its first rows may be split after all.

    A rule may refuse whole numbers that text further down makes text, too.
    """
    if isinstance(dataset, CsvDataset):
        with suppress(DataError, Problems):
            return dataset.settled()
    return None


def write_splits(
    dataset: Dataset,
    folder: Path,
    splits: Splits,
    progress: Progress | None = None,
    parts: Sequence[int] | None = None,
) -> tuple[Written, Twin]:
    """Writes the rows of some parts, without looking whether all splits have some.

    Args:
        dataset: See `write_examples`.
        folder: Folder for all that is written; the manifest is not.
        splits: How rows are split.
        progress: See `write_examples`.
        parts: Parts to write; None writes all.
    """
    encoder = encoder_of(dataset)
    named = [part.name for part in dataset.parts]
    told = Told(dataset, progress)
    with ExitStack() as stack:
        stack.enter_context(watching(told.read))
        outputs = [
            stack.enter_context(SplitOutput(folder, name, named, encoder))
            for name in splits.names
        ]
        look = partial(_pieces, encoder, splits, dataset.parts)
        for pieces, count in scan(dataset, look, parts):
            for output, piece in zip(outputs, pieces, strict=True):
                output.add(piece)
            told.wrote(count)
    for output in outputs:
        write_provenance(folder, output.split, output.provenance.build())
    rows = {output.split: output.rows for output in outputs}
    files = [file_of(folder, output) for output in outputs]
    return Written(rows), Twin(null_means=encoder.null_means, files=files)


def _pieces(
    encoder: Encoder, splits: Splits, files: Sequence[Part], batch: Batch
) -> tuple[list[Piece], int]:
    """What a batch adds to each split, and its number of rows."""
    return encoder.pieces(batch, splits, files[batch.part]), batch.rows


def file_of(folder: Path, output: SplitOutput) -> TwinFile:
    """The entry of a split in the manifest, digests made of the files themselves."""
    return TwinFile(
        split=output.split,
        records=output.records.name,
        records_sha256=sha256(output.records),
        columns=output.columns.name,
        columns_sha256=sha256(output.columns),
        batches=output.batches,
    )


def refuse_empty(rows: Mapping[str, int], splits: Splits) -> None:
    """Raises DataError if a split has no rows; of several, all are named."""
    total = sum(rows.values())
    errors = [
        DataError(
            f"the split {name!r} would be empty",
            expected=f"at least one of {total:,} rows in each of {len(rows)} splits",
            got=f"0 rows {splits.described(name)}",
            fix="give more rows, or other splits",
        )
        for name, count in rows.items()
        if not count
    ]
    raise_all("the rows cannot be split", errors)


def finish(unfinished: Path, folder: Path, twin: Twin) -> None:
    """Gives everything its final name: records after what describes them.

    The manifest of the twin is last, and that of earlier records leaves first.
    """
    (folder / MANIFEST).unlink(missing_ok=True)
    for path in sorted(unfinished.iterdir(), key=lambda path: path.is_dir()):
        target = folder / path.name
        if target.is_dir():
            shutil.rmtree(target)
        os.replace(path, target)
    write_manifest(folder, twin)
