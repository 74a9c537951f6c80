"""A whole bulk inference: looked at, predicted shard by shard, made visible."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from tidegate.bulk_inferrer.duplicates import rows_with_the_key_of_another
from tidegate.bulk_inferrer.row_columns import RowColumns, look_at
from tidegate.bulk_inferrer.served_model import ServedModel
from tidegate.bulk_inferrer.settings import Settings
from tidegate.bulk_inferrer.shard import Predicted, Shard, ShardWork
from tidegate.columnar.artifact_dataset import ExamplesDataset, path_of
from tidegate.errors import disk_full
from tidegate.runners import progress

# Where files grow until all of them are whole.
UNFINISHED = ".unfinished"
Runner: TypeAlias = (
    "Callable[[ShardWork, Sequence[Shard]], Iterable[tuple[Shard, Predicted]]]"
)


@dataclass(frozen=True)
class Request:
    """One bulk inference.

    Attributes:
        examples: Folder of the Examples artifact.
        splits: Splits to predict for.
        model: The model.
        settings: What was asked for.
        logs: Folder for the logs.
        predictions: Folder for the predictions.
        run: Id of the run; None where it is not known.
    """

    examples: Path
    splits: tuple[str, ...]
    model: ServedModel
    settings: Settings
    logs: Path
    predictions: Path
    run: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What was predicted.

    Attributes:
        rows: Rows of each split.
        duplicates: Rows beyond the first of each key.
        not_finite: Rows with a prediction that is infinite or no number.
        files: The files of predictions.
    """

    rows: dict[str, int]
    duplicates: int
    not_finite: int
    files: tuple[Path, ...] = field(default=())

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows.values())


def in_process(
    work: ShardWork, shards: Sequence[Shard]
) -> Iterator[tuple[Shard, Predicted]]:
    """Predicts for one shard after the other, here."""
    for shard in shards:
        yield shard, work(shard)


def infer(request: Request, run: Runner = in_process) -> Outcome:
    """Predicts for all rows; the files appear when all of them are whole.

    Args:
        request: What to predict.
        run: Does the work on each shard, here or on Beam.

    Raises:
        TidegateError: Something cannot be read, or the model does not take it.
    """
    progress.stage("looking at the rows")
    asked = request.settings
    dataset, found = look_at(
        request.examples, request.splits, asked.key, asked.pass_through
    )
    shards = _shards(dataset, found)
    hidden = (request.logs / UNFINISHED, request.predictions / UNFINISHED)
    try:
        for folder in hidden:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        return _inferred(request, found, shards, hidden, run)
    except OSError as error:
        full = disk_full(error)
        if full is None:
            raise
        raise full from error
    finally:
        for folder in hidden:
            shutil.rmtree(folder, ignore_errors=True)


def _inferred(
    request: Request,
    found: RowColumns,
    shards: Sequence[Shard],
    hidden: tuple[Path, Path],
    run: Runner,
) -> Outcome:
    logs, predictions = hidden
    work = ShardWork(
        request.model,
        request.settings,
        found.kinds,
        examples=request.examples,
        run=request.run,
        logs=logs,
        predictions=predictions,
        shards=len(shards),
    )
    total = sum(shard.rows for shard in shards)
    progress.stage("predicting", rows_total=total)
    rows, odd = Counter[str](dict.fromkeys(request.splits, 0)), 0
    for shard, predicted in run(work, shards):
        rows[shard.split] += predicted.rows
        odd += predicted.not_finite
    pairs = [work.files(shard.number) for shard in shards]
    progress.stage("counting the keys")
    twice = rows_with_the_key_of_another(
        [file for _, file in pairs], request.settings.key, predictions
    )
    shown = [
        (_appear(log, request.logs), _appear(file, request.predictions))
        for log, file in pairs
    ]
    return Outcome(dict(rows), twice, odd, tuple(file for _, file in shown))


def _shards(dataset: ExamplesDataset, found: RowColumns) -> list[Shard]:
    """The files that have rows, in their order."""
    shards: list[Shard] = []
    before: Counter[str] = Counter()
    for number, part in enumerate(dataset.parts):
        rows = found.rows.get(number, 0)
        if rows:
            place = len(shards)
            shards.append(
                Shard(place, path_of(part), part.split, rows, before[part.split])
            )
        before[part.split] += rows
    return shards


def _appear(file: Path, folder: Path) -> Path:
    """Gives a file its place; it is whole and on the disk already."""
    shown = folder / file.name
    os.replace(file, shown)
    return shown
