"""The columnar twin of examples of which some have left."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.column_file import ColumnFile
from tidegate.columnar.column_reading import raw_batches
from tidegate.columnar.discovery import artifact_files
from tidegate.columnar.twin import (
    NoTwin,
    Twin,
    TwinFile,
    read_twin,
    sha256,
    write_manifest,
)

Rows = npt.NDArray[np.int64]


def write_remaining_twin(
    source: Path, target: Path, leaving: Mapping[tuple[str, str], Rows]
) -> Path | None:
    """Writes the twin of an artifact from that of the one it was made of.

    Args:
        source: Folder of the artifact with all examples.
        target: Folder of the artifact with those that stayed, in files of the
            same names.
        leaving: By split and name of a record file, the numbers of the rows that
            are not in the target, ascending.

    Returns:
        The manifest; None if the source has no twin that can be believed.
    """
    try:
        twin = read_twin(source, artifact_files(source))
    except NoTwin:
        return None
    files = [
        _remaining(source, target, one, twin, leaving.get((one.split, one.records)))
        for one in twin.files
    ]
    return write_manifest(target, Twin(null_means=twin.null_means, files=files))


def _remaining(
    source: Path, target: Path, one: TwinFile, twin: Twin, leaving: Rows | None
) -> TwinFile:
    stay = np.ones(one.rows, np.bool_)
    if leaving is not None:
        stay[leaving] = False
    start = 0
    with ColumnFile(target / one.columns, twin.null_means) as file:
        for table in raw_batches(source / one.columns, len(one.batches)):
            rows = stay[start : start + table.num_rows]
            file.write(table.filter(pa.array(rows)))
            start += table.num_rows
    records = target / f"Split-{one.split}" / one.records
    return one.model_copy(
        update={
            "records_sha256": sha256(records),
            "columns_sha256": sha256(target / one.columns),
            "batches": file.batches,
        }
    )
