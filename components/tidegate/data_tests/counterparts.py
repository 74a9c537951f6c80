"""How many rows there are in what belongs to the same examples, for conservation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tensorflow_metadata.proto.v0 import statistics_pb2

from tidegate.columnar.examples import split_files
from tidegate.columnar.parquet_file import read_footer
from tidegate.columnar.provenance import side_file
from tidegate.columnar.tf_record import read_record_batches

# What StatisticsGen calls the data set over all rows when there are slices too.
_WHOLE = "All Examples"


def statistics_rows(
    statistics: Mapping[str, bytes], splits: Sequence[str]
) -> int | None:
    """Examples that the statistics are of; None if they leave out a split."""
    if not set(splits) <= set(statistics):
        return None
    return sum(_examples(statistics[split]) for split in splits)


def source_rows(artifact_folder: Path, splits: Sequence[str]) -> int | None:
    """Source lines that the examples were made from; None where not known.

    Raises:
        DataError: A file of source lines cannot be read.
    """
    files = [side_file(artifact_folder, split) for split in splits]
    if not all(path.is_file() for path in files):
        return None
    return sum(read_footer(path).rows for path in files)


def count_rows(artifact_folder: Path, splits: Sequence[str]) -> int:
    """Examples in an artifact: records are counted, not decoded.

    Raises:
        DataError: A split is not there, or a file cannot be read whole.
    """
    files = [path for split in splits for path in split_files(artifact_folder, split)]
    return sum(len(batch) for path in files for batch in read_record_batches(path))


def _examples(content: bytes) -> int:
    held = statistics_pb2.DatasetFeatureStatisticsList.FromString(content)
    whole = [one for one in held.datasets if one.name == _WHOLE]
    chosen = [*whole, *held.datasets]
    return int(chosen[0].num_examples) if chosen else 0
