"""One file of examples to one file of logs and one of predictions, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tidegate.bulk_inferrer import keys
from tidegate.bulk_inferrer.calling import Caller
from tidegate.bulk_inferrer.prediction_columns import as_columns, not_finite
from tidegate.bulk_inferrer.prediction_logs import Logs, logs_of
from tidegate.bulk_inferrer.predictions_file import PredictionsFile
from tidegate.bulk_inferrer.served_model import ServedModel
from tidegate.bulk_inferrer.settings import Settings
from tidegate.bulk_inferrer.signature import read_signature
from tidegate.columnar.example_decoding import as_table, decode_columns
from tidegate.columnar.parquet_sink import conformed_columns
from tidegate.columnar.tf_record import (
    Packed,
    RecordWriter,
    pack,
    read_record_batches,
)
from tidegate.errors import ComponentError
from tidegate.runners import progress

# More rows a batch make a model no faster, and hold more memory.
BATCH_ROWS = 16_384
_THREADS, _AHEAD = 2, 2


@dataclass(frozen=True)
class Shard:
    """A file of examples.

    Attributes:
        number: Its number among those with rows.
        path: The file.
        split: Its split.
        rows: Its rows.
        before: Rows of the split in the files before.
    """

    number: int
    path: Path
    split: str
    rows: int
    before: int


@dataclass(frozen=True)
class Predicted:
    """What became of some rows.

    Attributes:
        rows: How many they are.
        not_finite: Rows with a prediction that is infinite or no number.
    """

    rows: int
    not_finite: int


@dataclass(frozen=True, eq=False)
class _Batch:
    table: pa.Table
    logs: Packed
    not_finite: int


class ShardWork:
    """Predicts for shards; survives pickling, the model is loaded where it is used.

    Args:
        model: The model.
        settings: What was asked for.
        kinds: Type of each column of the examples that is written.
        examples: Folder of the examples.
        run: Id of the run; None where it is not known.
        logs: Folder for the files of logs.
        predictions: Folder for the files of predictions.
        shards: How many shards there are.
    """

    def __init__(
        self,
        model: ServedModel,
        settings: Settings,
        kinds: Mapping[str, pa.DataType],
        *,
        examples: Path,
        run: str | None,
        logs: Path,
        predictions: Path,
        shards: int,
    ) -> None:
        self._model, self._settings = model, settings
        self._schema = pa.schema([(name, kinds[name]) for name in settings.columns])
        self._examples, self._run, self._shards = examples, run, shards
        self._folders = (logs, predictions)
        self._loaded: _Loaded | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_loaded": None}

    def __call__(self, shard: Shard) -> Predicted:
        """Writes both files of a shard.

        Raises:
            ComponentError: The model does not take a row, or rows were lost.
            DataError: The file cannot be read whole.
        """
        loaded = self._load()
        logs_path, predictions_path = self.files(shard.number)
        odd = 0
        with (
            RecordWriter(logs_path) as logs,
            PredictionsFile(predictions_path, self._marks(shard)) as predictions,
        ):
            for batch in self._batches(shard, loaded):
                logs.add(batch.logs)
                predictions.add(batch.table)
                odd += batch.not_finite
                progress.advance(rows=batch.table.num_rows)
            _demand_all(shard, predictions.rows, logs.records)
        return Predicted(shard.rows, odd)

    def files(self, number: int) -> tuple[Path, Path]:
        """The files of logs and of predictions of a shard."""
        of = f"-{number:05d}-of-{self._shards:05d}"
        logs, predictions = self._folders
        return (
            logs / f"prediction_logs{of}.gz",
            predictions / f"predictions{of}.parquet",
        )

    def _load(self) -> _Loaded:
        if self._loaded is None:
            self._loaded = _Loaded.of(self._model, self._settings, self._examples)
        return self._loaded

    def _marks(self, shard: Shard) -> dict[str, str]:
        return {
            keys.MODEL_VERSION: self._model.version,
            keys.MODEL_DIGEST: self._model.digest,
            keys.RUN: self._run or "",
            keys.SPLIT: shard.split,
            keys.ROWS: str(shard.rows),
            keys.SIGNATURE: self._settings.signature,
            keys.KEY: ", ".join(self._settings.key),
        }

    def _batches(self, shard: Shard, loaded: _Loaded) -> Iterator[_Batch]:
        def made(records: Sequence[bytes], first: int) -> _Batch:
            outputs = loaded.caller(records, shard.split, shard.before + first)
            columns = as_columns(outputs, loaded.chosen, len(records))
            table = self._table(records, columns, shard.split)
            logs = pack(loaded.logs(records, outputs))
            return _Batch(table, logs, not_finite(outputs, loaded.chosen))

        return _in_order(made, _record_batches(shard.path))

    def _table(
        self, records: Sequence[bytes], columns: dict[str, pa.Array], split: str
    ) -> pa.Table:
        rows = len(records)
        taken = as_table(
            [(rows, decode_columns(records, self._schema.names))], self._schema.names
        )
        copied = (
            conformed_columns(taken, self._schema)
            if taken.num_columns
            else [pa.nulls(rows, kind) for kind in self._schema.types]
        )
        held = dict(zip(self._schema.names, copied, strict=True))
        own = {keys.SPLIT: split, keys.MODEL_VERSION: self._model.version}
        marks = {name: _repeated(value, rows) for name, value in own.items()}
        return pa.table({**held, **columns, **marks})


@dataclass(frozen=True)
class _Loaded:
    """The model, ready to be called."""

    caller: Caller
    logs: Logs
    chosen: dict[str, str]

    @classmethod
    def of(cls, model: ServedModel, settings: Settings, examples: Path) -> _Loaded:
        caller = Caller(
            model.folder, settings.signature, examples, tuple(settings.allow_ops)
        )
        logs = logs_of(read_signature(model.folder, settings.signature))
        return cls(caller, logs, settings.outputs(caller.outputs))


def _in_order(
    made: Callable[[Sequence[bytes], int], _Batch], batches: Iterator[list[bytes]]
) -> Iterator[_Batch]:
    """What is made of each batch, a few of them held at once."""
    waiting: deque[Future[_Batch]] = deque()
    pool = ThreadPoolExecutor(_THREADS)
    first = 0
    try:
        for records in batches:
            waiting.append(pool.submit(made, records, first))
            if not first:
                # A model may set itself up in its first call, for one thread only.
                waiting[0].exception()
            first += len(records)
            if len(waiting) >= _THREADS + _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _record_batches(path: Path) -> Iterator[list[bytes]]:
    for batch in read_record_batches(path):
        for start in range(0, len(batch), BATCH_ROWS):
            yield batch[start : start + BATCH_ROWS]


def _repeated(text: str, rows: int) -> pa.DictionaryArray:
    places = pa.array(np.zeros(rows, np.int32))
    return pa.DictionaryArray.from_arrays(places, pa.array([text], pa.string()))


def _demand_all(shard: Shard, predictions: int, logs: int) -> None:
    if predictions == logs == shard.rows:
        return
    raise ComponentError(
        "there are not as many predictions as rows",
        where=str(shard.path),
        expected=f"{shard.rows:,} predictions, one a row",
        got=f"{predictions:,} predictions and {logs:,} logs",
        fix="run it again; the examples may have changed meanwhile",
    )
