"""Finds the run that a person names: by its id, as the last, by a model's version."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from tidegate.documents import near_miss
from tidegate.errors import UsageError
from tidegate.ledger.ledger import Ledger
from tidegate.lineage.run_record import (
    RUNS,
    RunRecord,
    read_record,
    read_records,
    record_file,
)

LAST = "last"
_SHOWN = 8


def find_run(name: str, root: Path, pushed: str) -> RunRecord:
    """The record of a run.

    Args:
        name: Id of the run, `last`, or the version of a model that it pushed.
        root: Output folder of the pipeline.
        pushed: Where its models are pushed to.

    Raises:
        UsageError: There is no such run, or it left no record.
    """
    records = read_records(root)
    if name == LAST:
        own = [one for one in records if one.reproduces is None]
        if not own:
            raise _no_run(name, root, records)
        return own[-1]
    run = run_of_version(int(name), root, pushed) if name.isdecimal() else name
    if run is not None and record_file(root, run).is_file():
        return read_record(record_file(root, run))
    raise _no_run(name, root, records, run)


def run_of_version(version: int, root: Path, pushed: str) -> str | None:
    """Id of the run that pushed a version; None where nobody knows it."""
    event = Ledger(pushed).state().versions.get(version)
    if event is not None:
        held = event.model.provenance.run if event.model is not None else None
        if (event.run or held) is not None:
            return event.run or held
    from tidegate.lineage.metadata_graph import METADATA
    from tidegate.lineage.metadata_reading import read_graph

    if not (root / METADATA).is_file():
        return None
    graph = read_graph(root / METADATA)
    found = graph.pushed_model(version, pushed)
    made = None if found is None else graph.producer(found.id)
    return None if made is None else made.run


def was_killed(record: RunRecord, root: Path) -> bool:
    """Whether a run that is on record as running does not go on any more."""
    if record.state != "running":
        return False
    lock = FileLock(root / ".lock", timeout=0)
    try:
        with lock:
            return True
    except (Timeout, OSError):
        return False


def _no_run(
    name: str,
    root: Path,
    records: tuple[RunRecord, ...],
    run: str | None = None,
) -> UsageError:
    known = [one.run for one in records]
    if run is not None and run != name:
        message = f"the run that pushed version {name} left no record"
        fix = "name a later run: versions before records were kept cannot be repeated"
    elif not known:
        message = "no run left a record here"
        fix = "run the pipeline once more: records are kept of each run from now on"
    else:
        message = "there is no record of such a run"
        near = near_miss(name, known)
        fix = f"did you mean {near}?" if near else "name one of these, or `last`"
    return UsageError(
        message,
        where=str(root / RUNS),
        expected=f"a run, {LAST}, or the version of a model",
        got=f"{name}; there are {', '.join(known[-_SHOWN:]) or 'none'}",
        fix=fix,
    )
