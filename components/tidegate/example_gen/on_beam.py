"""The writing of examples on Beam, for data beyond one machine.

A file is the unit of work: a worker writes what the file adds to each split,
as a single machine would, into a folder of its own; afterwards the folders are
put together. So the same rows get the same examples in the same splits.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np

from tidegate.columnar.csv_dataset import CsvDataset, types_of
from tidegate.columnar.dataset import Dataset
from tidegate.columnar.inference import ColumnType
from tidegate.columnar.provenance import (
    Provenance,
    read_provenance,
    write_provenance,
)
from tidegate.columnar.twin import Twin, TwinFile
from tidegate.errors import (
    ComponentError,
    ExitCode,
    Problems,
    TidegateError,
    raise_all,
)
from tidegate.example_gen.splits import Splits
from tidegate.example_gen.writing import (
    UNFINISHED,
    Written,
    finish,
    refuse_empty,
    write_splits,
)

_TYPES, _WRITTEN, _ERROR = "types.json", "written.json", "error.pickle"


def write_on_beam(
    dataset: Dataset,
    folder: Path,
    splits: Splits,
    make_pipeline: Callable[[], Any],
) -> Written:
    """See `writing.write_examples`, by Beam workers that reach the same paths.

    Args:
        dataset: The data.
        folder: Folder of the Examples artifact, for all workers.
        splits: How rows are split.
        make_pipeline: Makes an empty pipeline, with its options.
    """
    unfinished = folder / UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        settled = _settled(dataset, unfinished / "types", make_pipeline)
        job = _Job(settled, unfinished / "parts", splits)
        parts = _run(job, len(settled.parts), make_pipeline)
        written, twin = _together(parts, unfinished / "whole", splits)
        refuse_empty(written.rows, splits)
        finish(unfinished / "whole", folder, twin)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return written


def _settled(
    dataset: Dataset, folder: Path, make_pipeline: Callable[[], Any]
) -> Dataset:
    """The data set with the types of all cells, which no worker alone can know."""
    if not isinstance(dataset, CsvDataset):
        return dataset
    job = _Job(dataset, folder, None)
    types = dict(dataset.types)
    for part in _run(job, len(dataset.parts), make_pipeline):
        for name, kind in json.loads((part / _TYPES).read_text()).items():
            types[name] = max(types[name], ColumnType(kind))
    return dataset.with_types(types)


class _Job:
    """What a worker does with a part: finds its types, or writes its splits.

    Args:
        dataset: The data.
        folder: Folder in which each part gets a folder for what is found.
        splits: How rows are split; None asks for the types.
    """

    def __init__(self, dataset: Dataset, folder: Path, splits: Splits | None) -> None:
        self.dataset, self.folder, self.splits = dataset, folder, splits

    def folder_of(self, part: int) -> Path:
        """The folder of a part, which is there once all of it is done."""
        return self.folder / f"{part:08d}"

    def do(self, part: int) -> None:
        """Does it; what is wrong with the data is written, too."""
        attempt = self.folder / f".{part:08d}-{uuid.uuid4().hex}"
        attempt.mkdir(parents=True)
        try:
            self._do(part, attempt)
        except TidegateError as error:
            if error.exit_code is not ExitCode.TESTS_FAILED:
                raise
            (attempt / _ERROR).write_bytes(pickle.dumps(error))
        try:
            os.rename(attempt, self.folder_of(part))
        except OSError:
            # Another attempt at the same part was first; both wrote the same.
            shutil.rmtree(attempt)

    def _do(self, part: int, attempt: Path) -> None:
        if self.splits is None:
            if not isinstance(self.dataset, CsvDataset):
                raise ValueError("only CSV files have types to be found")
            found = types_of(self.dataset, part)
            (attempt / _TYPES).write_text(json.dumps(found))
            return
        written, twin = write_splits(self.dataset, attempt, self.splits, parts=[part])
        told = {"rows": written.rows, "twin": twin.model_dump()}
        (attempt / _WRITTEN).write_text(json.dumps(told))


class _Do(beam.DoFn):  # type: ignore[misc]
    """Does a job with the parts whose numbers come."""

    def __init__(self, job: _Job) -> None:
        # As bytes: Beam's own picklers would take classes along by value.
        self._packed = pickle.dumps(job)

    def setup(self) -> None:
        """Makes the job ready."""
        self._job: _Job = pickle.loads(self._packed)

    def process(self, part: int) -> None:
        """See the class."""
        self._job.do(part)


def _run(job: _Job, parts: int, make_pipeline: Callable[[], Any]) -> list[Path]:
    """The folder of each part, after all are done.

    Raises:
        DataError: Files cannot be read whole; of several all are told.
    """
    with make_pipeline() as pipeline:
        _ = (
            pipeline
            | "Parts" >> beam.Create(list(range(parts)), reshuffle=False)
            | "Spread" >> beam.Reshuffle()
            | "Do" >> beam.ParDo(_Do(job))
        )
    folders = [job.folder_of(part) for part in range(parts)]
    # Each once: a worker tells what is wrong with files beside its own, too.
    errors: dict[str, TidegateError] = {}
    for folder in folders:
        if not folder.is_dir():
            raise _lost(folder)
        errors |= {str(error): error for error in _errors(folder)}
    raise_all("the data cannot be read whole", list(errors.values()))
    return folders


def _errors(folder: Path) -> Sequence[TidegateError]:
    path = folder / _ERROR
    if not path.exists():
        return []
    # Written a moment ago by our own workers, under our own output.
    error = pickle.loads(path.read_bytes())
    return list(error.errors) if isinstance(error, Problems) else [error]


def _together(
    parts: Sequence[Path], folder: Path, splits: Splits
) -> tuple[Written, Twin]:
    """Puts what the workers wrote into one artifact, in the order of the files."""
    told = [json.loads((part / _WRITTEN).read_text()) for part in parts]
    rows = {name: sum(one["rows"][name] for one in told) for name in splits.names}
    files: list[TwinFile] = []
    for name in splits.names:
        (folder / f"Split-{name}").mkdir(parents=True)
        there = [
            (part, Twin.model_validate(one["twin"]))
            for part, one in zip(parts, told, strict=True)
            if one["rows"][name]
        ]
        for number, (part, twin) in enumerate(there):
            shard = f"{number:05d}-of-{len(there):05d}"
            (entry,) = (file for file in twin.files if file.split == name)
            files.append(_moved(part, folder, entry, shard))
        write_provenance(folder, name, _places(parts, name))
    meaning = Twin.model_validate(told[0]["twin"]).null_means
    return Written(rows), Twin(null_means=meaning, files=files)


def _moved(part: Path, folder: Path, entry: TwinFile, shard: str) -> TwinFile:
    records = f"data_tfrecord-{shard}.gz"
    columns = f"columns-{entry.split}-{shard}.arrow"
    split = f"Split-{entry.split}"
    os.replace(part / split / entry.records, folder / split / records)
    os.replace(part / entry.columns, folder / columns)
    return entry.model_copy(update={"records": records, "columns": columns})


def _places(parts: Sequence[Path], split: str) -> Provenance:
    held = list(_known(parts, split))
    files = tuple(dict.fromkeys(name for one in held for name in one.files))
    index = {name: place for place, name in enumerate(files)}
    indices = [
        np.array([index[name] for name in one.files], np.int32)[one.file_index]
        for one in held
        if len(one)
    ]
    lines = [one.lines for one in held]
    return Provenance(
        files,
        np.concatenate([np.zeros(0, np.int32), *indices]),
        np.concatenate([np.zeros(0, np.int64), *lines]),
    )


def _known(parts: Sequence[Path], split: str) -> Iterator[Provenance]:
    for part in parts:
        known = read_provenance(part, split)
        if known is not None:
            yield known


def _lost(folder: Path) -> ComponentError:
    return ComponentError(
        "the Beam job ended without a result",
        where=str(folder),
        expected="a folder of what was found",
        got="none",
        fix="check that workers and this process reach the same folder",
    )
