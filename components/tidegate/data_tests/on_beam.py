"""The same passes over a data set on Beam, for data beyond one machine.

A file is the unit of work: a worker reads its batches, looks at them as a single
machine would, and merges what it saw before it sends it on. What is wrong with
the data comes back as values, all of it, instead of as a failed job.
"""

from __future__ import annotations

import pickle
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.coders import PickleCoder, registry
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from tidegate.columnar.dataset import Batch, Dataset, part_of
from tidegate.columnar.parquet_sink import ParquetSink
from tidegate.columnar.scan import scan
from tidegate.data_tests.blame import NO_ROWS, Blame
from tidegate.data_tests.engine import Found
from tidegate.data_tests.evaluate import plan_of
from tidegate.data_tests.failing_rows import Broken, RowsReader, Sink
from tidegate.data_tests.plan import Glance
from tidegate.data_tests.suite import Suite
from tidegate.errors import (
    ComponentError,
    ExitCode,
    Problems,
    TidegateError,
    raise_all,
)

_ERRORS, _FOUND, _ROWS = "errors", "found", "rows"
_UNREADABLE = "the data cannot be read whole"
registry.register_coder(Glance, PickleCoder)


class Folded(NamedTuple):
    """What the workers saw.

    Attributes:
        found: What they saw of all batches, merged; None of no batch.
        errors: Number of each part that cannot be read whole, with the error.
    """

    found: Any
    errors: Any


def look_on_beam(
    pipeline: Any, suite: Suite, dataset: Dataset, sampled: bool = False
) -> Folded:
    """What the tests of a suite see in all batches, as PCollections.

    Args:
        pipeline: The Beam pipeline.
        suite: The tests.
        dataset: A data set whose types are known, such as that of examples; the
            workers must reach its files by the same paths.
        sampled: See `evaluate.evaluate`.
    """
    return fold_on_beam(pipeline, dataset, plan_of(suite, dataset, sampled).look)


def fold_on_beam(
    pipeline: Any, dataset: Dataset, look: Callable[[Batch], Any]
) -> Folded:
    """See `Engine.fold`, as PCollections."""
    parts = _parts(pipeline, range(len(dataset.parts)))
    seen = parts | "Look" >> beam.ParDo(_Look(dataset, look)).with_outputs(
        _ERRORS, main=_FOUND
    )
    found = seen[_FOUND] | "Merge" >> beam.CombineGlobally(_Merge())
    return Folded(found, seen[_ERRORS])


class BeamEngine:
    """Runs the passes as Beam jobs.

    Args:
        make_pipeline: Makes an empty pipeline, with its options.
        folder: Folder that workers and this process both reach; what is there
            afterwards is removed.
    """

    def __init__(self, make_pipeline: Callable[[], Any], folder: str) -> None:
        self._make_pipeline = make_pipeline
        self._folder = folder

    def look(self, suite: Suite, dataset: Dataset, sampled: bool = False) -> Glance:
        """What the tests of a suite see in all batches.

        Raises:
            DataError: The data cannot be read whole; of several files all.
        """
        look = plan_of(suite, dataset, sampled).look
        return self.fold(dataset, look) or Glance()

    def fold(self, dataset: Dataset, look: Callable[[Batch], Found]) -> Found | None:
        """See `Engine.fold`."""
        with self._results() as folder:
            with self._make_pipeline() as pipeline:
                folded = fold_on_beam(pipeline, dataset, look)
                _store_all(folded.found, folder, _FOUND)
                _store_errors(folded.errors, folder)
            _raise_errors(folder)
            found: Found | None = _load(folder, _FOUND)
            return found

    def write(self, reader: RowsReader, broken: Broken, sink: Sink) -> int:
        """See `RowsReader.write`: a file of rows each part, put together here."""
        held = [part_of(blame.positions()) for _, blame in broken]
        numbers = np.unique(np.concatenate([NO_ROWS, *held])).tolist()
        with self._results() as folder:
            with self._make_pipeline() as pipeline:
                parts = _parts(pipeline, numbers)
                errors = parts | "Write" >> beam.ParDo(
                    _WriteRows(reader, broken, folder)
                )
                _store_errors(errors, folder)
            _raise_errors(folder)
            return sum(_rows_of(folder, number, sink) for number in numbers)

    @contextmanager
    def _results(self) -> Iterator[str]:
        folder = FileSystems.join(self._folder, f".beam-{uuid.uuid4().hex}")
        FileSystems.mkdirs(folder)
        try:
            yield folder
        finally:
            FileSystems.delete([folder])


class _Look(beam.DoFn):  # type: ignore[misc]
    """From the number of a part to what `look` makes of its batches, merged."""

    def __init__(self, dataset: Dataset, look: Callable[[Batch], Any]) -> None:
        # As bytes: Beam's own picklers would take classes along by value.
        self._job = pickle.dumps((dataset, look))

    def setup(self) -> None:
        """Makes the job ready."""
        self._dataset, self._look = pickle.loads(self._job)

    def process(self, part: int) -> Iterator[Any]:
        """See the class."""
        total: Any = None
        try:
            for one in scan(self._dataset, self._look, [part]):
                total = one if total is None else total.merge(one)
        except TidegateError as error:
            yield beam.pvalue.TaggedOutput(_ERRORS, _told(part, error))
            return
        if total is not None:
            yield total


class _Merge(beam.CombineFn):  # type: ignore[misc]
    """Merges what was seen, in any order; None of nothing."""

    def create_accumulator(self) -> Any:
        """Nothing yet."""
        return None

    def add_input(self, total: Any, one: Any) -> Any:
        """With one more."""
        return one if total is None else total.merge(one)

    def merge_accumulators(self, totals: Iterable[Any]) -> Any:
        """All together."""
        merged = None
        for total in totals:
            if total is not None:
                merged = self.add_input(merged, total)
        return merged

    def extract_output(self, total: Any) -> Any:
        """As it is."""
        return total

    def get_accumulator_coder(self) -> Any:
        """Pickle: both ends run the same code."""
        return PickleCoder()


class _WriteRows(beam.DoFn):  # type: ignore[misc]
    """From the number of a part to a file of its failing rows; errors come out."""

    def __init__(self, reader: RowsReader, broken: Broken, folder: str) -> None:
        self._job = pickle.dumps((reader, broken))
        self._folder = folder

    def setup(self) -> None:
        """Makes the job ready."""
        self._reader, self._broken = pickle.loads(self._job)

    def process(self, part: int) -> Iterator[tuple[int, TidegateError]]:
        """See the class."""
        with tempfile.TemporaryDirectory() as local:
            sink = ParquetSink(Path(local) / "rows.parquet")
            try:
                with sink:
                    self._reader.write(_within(self._broken, part), sink)
            except TidegateError as error:
                yield _told(part, error)
                return
            if sink.rows:
                _store(self._folder, _rows_name(part), sink.path.read_bytes())


class _Store(beam.DoFn):  # type: ignore[misc]
    """Writes what comes as a result; nothing comes out."""

    def __init__(self, folder: str, name: str) -> None:
        self._folder, self._name = folder, name

    def process(self, found: Any) -> None:
        """See the class."""
        _store(self._folder, self._name, pickle.dumps(found))


def _within(broken: Broken, part: int) -> Broken:
    """The rows of one part."""
    found = []
    for name, blame in broken:
        positions = blame.positions()
        found.append((name, Blame.anywhere(positions[part_of(positions) == part])))
    return found


def _told(part: int, error: TidegateError) -> tuple[int, TidegateError]:
    """An error about the data as a value; any other is raised again."""
    if error.exit_code is not ExitCode.TESTS_FAILED:
        raise error
    return part, error


def _parts(pipeline: Any, numbers: Iterable[int]) -> Any:
    return (
        pipeline
        | "Parts" >> beam.Create(list(numbers), reshuffle=False)
        | "Spread" >> beam.Reshuffle()
    )


def _store_all(found: Any, folder: str, name: str) -> None:
    found | f"Store {name}" >> beam.ParDo(_Store(folder, name))


def _store_errors(errors: Any, folder: str) -> None:
    listed = errors | "List errors" >> beam.CombineGlobally(
        beam.combiners.ToListCombineFn()
    )
    _store_all(listed, folder, _ERRORS)


def _store(folder: str, name: str, content: bytes) -> None:
    """Writes a result, whole or not at all; a second try writes a second file."""
    attempt = uuid.uuid4().hex
    hidden = FileSystems.join(folder, f".{name}-{attempt}")
    with FileSystems.create(
        hidden, compression_type=CompressionTypes.UNCOMPRESSED
    ) as stream:
        stream.write(content)
    FileSystems.rename([hidden], [FileSystems.join(folder, f"{name}-{attempt}")])


def _stored(folder: str, name: str) -> str | None:
    """The file of a result; any of them, for all tries write the same."""
    pattern = FileSystems.join(folder, f"{name}-*")
    found = FileSystems.match([pattern])[0].metadata_list
    return min((one.path for one in found), default=None)


def _load(folder: str, name: str) -> Any:
    path = _stored(folder, name)
    if path is None:
        raise ComponentError(
            "the Beam job ended without a result",
            where=folder,
            expected=f"a file {name}-…",
            got="none",
            fix="check that workers and this process reach the same folder",
        )
    with FileSystems.open(
        path, compression_type=CompressionTypes.UNCOMPRESSED
    ) as stream:
        # Written a moment ago by our own workers, under our own output.
        return pickle.loads(stream.read())


def _raise_errors(folder: str) -> None:
    errors: list[TidegateError] = []
    for _, error in sorted(_load(folder, _ERRORS), key=lambda told: int(told[0])):
        errors += error.errors if isinstance(error, Problems) else [error]
    raise_all(_UNREADABLE, errors)


def _rows_name(part: int) -> str:
    return f"{_ROWS}-{part:08d}"


def _rows_of(folder: str, part: int, sink: Sink) -> int:
    """Gives the failing rows of one part to `sink`; how many they are."""
    from tidegate.columnar.parquet_file import read_row_batches

    path = _stored(folder, _rows_name(part))
    if path is None:
        return 0
    rows = 0
    with tempfile.TemporaryDirectory() as local:
        copy = Path(local) / "rows.parquet"
        with (
            FileSystems.open(
                path, compression_type=CompressionTypes.UNCOMPRESSED
            ) as read,
            open(copy, "wb") as write,
        ):
            while chunk := read.read(1 << 20):
                write.write(chunk)
        for batch in read_row_batches(copy):
            sink(pa.Table.from_batches([batch]))
            rows += batch.num_rows
    return rows
