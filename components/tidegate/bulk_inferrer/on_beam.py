"""The same work file by file on Beam, for examples beyond one machine."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tidegate.bulk_inferrer.shard import Predicted, Shard, ShardWork
from tidegate.errors import TidegateError, raise_all
from tidegate.report.model import write_whole


def run_on_beam(
    work: ShardWork, shards: Sequence[Shard], make: Callable[[], Any]
) -> Iterator[tuple[Shard, Predicted]]:
    """Predicts for the shards on the workers, which see the same folders.

    Args:
        work: What to do with each shard.
        shards: The shards.
        make: Makes an empty pipeline.

    Raises:
        TidegateError: What the work raised; of several, all of it.
    """
    import apache_beam as beam

    # As bytes: Beam's own picklers would take classes along by value.
    job = pickle.dumps(work)
    with make() as pipeline:
        _ = (
            pipeline
            | "Shards" >> beam.Create([pickle.dumps(shard) for shard in shards])
            | "Spread" >> beam.Reshuffle()
            | "Predict" >> beam.Map(_predict, job)
        )
    notes = [pickle.loads(_note(work, shard).read_bytes()) for shard in shards]
    errors = [one for one in notes if isinstance(one, TidegateError)]
    raise_all("the predictions of the files", errors)
    yield from zip(shards, notes, strict=True)


def _predict(packed: bytes, job: bytes) -> None:
    """Writes the files of a shard, and a note of what became of it.

    What is wrong with the rows or the model is in the note, so that nobody tries
    it again, and it is told in its own words.
    """
    shard, work = pickle.loads(packed), _unpacked(job)
    note: Predicted | TidegateError
    try:
        note = work(shard)
    except TidegateError as error:
        note = error
    write_whole(_note(work, shard), pickle.dumps(note))


def _unpacked(job: bytes) -> ShardWork:
    """The work; one of a process keeps its model for the next shard."""
    if job not in _KEPT:
        _KEPT.clear()
        _KEPT[job] = pickle.loads(job)
    return _KEPT[job]


_KEPT: dict[bytes, ShardWork] = {}


def _note(work: ShardWork, shard: Shard) -> Path:
    _, predictions = work.files(shard.number)
    return predictions.with_suffix(".note")
