"""CSV files to the splits of an Examples artifact, in two passes.

The first pass reads every file strictly and infers the types of the columns;
the second encodes and writes. Both go block by block, so memory does not grow
with the files, and nothing has its final name before all of it is written.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tidegate.columnar.csv_file import Block, read_blocks, read_columns
from tidegate.columnar.csv_header import compare_headers
from tidegate.columnar.inference import ColumnType, TypeInference, convert
from tidegate.columnar.provenance import ProvenanceBuilder, write_provenance
from tidegate.columnar.sources import names
from tidegate.columnar.tf_example import encode, records
from tidegate.columnar.tf_record import RecordWriter
from tidegate.errors import DataError, Problems, TidegateError, raise_all
from tidegate.example_gen.splitting import assign

RECORD_FILE = "data_tfrecord-00000-of-00001.gz"
_UNFINISHED = ".unfinished"
_THREADS = 2
_AHEAD = 3
_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        rows: Rows of each split.
        types: Type of each column.
    """

    rows: dict[str, int]
    types: dict[str, ColumnType]


def write_examples(
    files: Sequence[Path], folder: Path, splits: Mapping[str, int]
) -> Written:
    """Writes the rows of CSV files as `Split-<name>/*.gz`, and where each is from.

    Args:
        files: CSV files with one header, in the order wanted.
        folder: Folder of the Examples artifact.
        splits: Buckets of each split.

    Raises:
        DataError: A file cannot be read whole, headers differ, or a split
            would be empty. Then no split is left behind.
    """
    types = infer_types(files)
    unfinished = folder / _UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        rows = _write_splits(files, unfinished, splits, types)
        _refuse_empty(rows, splits)
        _finish(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Written(rows, types)


def infer_types(files: Sequence[Path]) -> dict[str, ColumnType]:
    """Types of the columns over all files, which are read whole on the way.

    Raises:
        DataError: As `write_examples`; all problems of all files together.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(_types_of, files))
    errors = [error for _, problems in found for error in problems]
    headers = [(p, list(t)) for p, (t, _) in zip(files, found, strict=True) if t]
    errors.extend(compare_headers(headers) if headers else ())
    raise_all("the data cannot be read whole", errors)
    merged = dict(found[0][0])
    for types, _ in found[1:]:
        merged = {name: max(kind, types[name]) for name, kind in merged.items()}
    return merged


def _types_of(path: Path) -> tuple[dict[str, ColumnType], list[TidegateError]]:
    inference = TypeInference()
    try:
        for block in read_blocks(path):
            inference.add(block.batch)
    except Problems as several:
        return _unknown_types(path), list(several.errors)
    except DataError as error:
        return _unknown_types(path), [error]
    return inference.types, []


def _unknown_types(path: Path) -> dict[str, ColumnType]:
    """The columns of a file that cannot be read whole, to compare its header."""
    try:
        return dict.fromkeys(read_columns(path), ColumnType.UNKNOWN)
    except TidegateError:
        return {}


def _write_splits(
    files: Sequence[Path],
    folder: Path,
    splits: Mapping[str, int],
    types: Mapping[str, ColumnType],
) -> dict[str, int]:
    with ExitStack() as stack:
        outputs = [_SplitOutput(folder, name, names(files)) for name in splits]
        for output in outputs:
            stack.enter_context(output.writer)
        pool = stack.enter_context(ThreadPoolExecutor(_THREADS))
        encoded = _in_order(pool, lambda one: _encode(one, types, splits), _all(files))
        for file, block, rows, places in encoded:
            for position, output in enumerate(outputs):
                chosen = np.flatnonzero(places == position)
                output.add(file, block.lines[chosen], [rows[i] for i in chosen])
    for output in outputs:
        write_provenance(folder, output.split, output.provenance.build())
    return {output.split: output.writer.records for output in outputs}


class _SplitOutput:
    def __init__(self, folder: Path, split: str, files: Sequence[str]) -> None:
        target = folder / f"Split-{split}"
        target.mkdir(parents=True)
        self.split = split
        self.writer = RecordWriter(target / RECORD_FILE)
        self.provenance = ProvenanceBuilder(files)

    def add(self, file: int, lines: npt.NDArray[np.int64], rows: list[bytes]) -> None:
        """Adds rows of one file, each with its line."""
        self.writer.write(rows)
        self.provenance.add(file, lines)


def _all(files: Sequence[Path]) -> Iterator[tuple[int, Block]]:
    for file, path in enumerate(files):
        for block in read_blocks(path):
            yield file, block


def _encode(
    one: tuple[int, Block], types: Mapping[str, ColumnType], splits: Mapping[str, int]
) -> tuple[int, Block, list[bytes], npt.NDArray[np.int64]]:
    file, block = one
    rows = records(encode(convert(block.batch, types)))
    return file, block, rows, assign(rows, splits)


def _in_order(
    pool: ThreadPoolExecutor, function: Callable[[_In], _Out], items: Iterable[_In]
) -> Iterator[_Out]:
    """Results in the order of the items, a bounded number of them under way."""
    under_way: list[Future[_Out]] = []
    for item in items:
        under_way.append(pool.submit(function, item))
        if len(under_way) >= _AHEAD:
            yield under_way.pop(0).result()
    for future in under_way:
        yield future.result()


def _refuse_empty(rows: Mapping[str, int], splits: Mapping[str, int]) -> None:
    total = sum(rows.values())
    errors = [
        DataError(
            f"the split {name!r} would be empty",
            expected=f"at least one of {total:,} rows in each of {len(splits)} splits",
            got=f"0 rows in {splits[name]} of {sum(splits.values())} buckets",
            fix="give more rows, or fewer splits or buckets",
        )
        for name, count in rows.items()
        if not count
    ]
    raise_all("the rows cannot be split", errors)


def _finish(unfinished: Path, folder: Path) -> None:
    """Gives everything its final name; a split's records last of all."""
    for path in sorted(unfinished.iterdir(), key=lambda path: path.is_dir()):
        target = folder / path.name
        if target.is_dir():
            shutil.rmtree(target)
        os.replace(path, target)
