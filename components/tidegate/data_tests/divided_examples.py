"""Divides an Examples artifact: bad examples leave, the rest go on unchanged."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tidegate.columnar.dataset import Part, part_of, row_of
from tidegate.columnar.provenance import Provenance, read_provenance, write_provenance
from tidegate.columnar.tf_record import RecordWriter, read_record_batches
from tidegate.columnar.twin_division import write_remaining_twin
from tidegate.data_tests.blame import Blame, Rows
from tidegate.errors import ComponentError

_UNFINISHED = ".unfinished"
_SHARD = "data_tfrecord-00000-of-00001.gz"


@dataclass(frozen=True)
class DividedExamples:
    """How many examples went where; together they are all that were tested.

    Attributes:
        accepted: Examples that go on.
        quarantined: Examples that left.
    """

    accepted: int
    quarantined: int


def divide_examples(
    parts: Sequence[Part],
    rows: Mapping[int, int],
    bad: Blame,
    source: Path,
    accepted: Path,
    quarantined: Path,
) -> DividedExamples:
    """Writes the examples that go on and those that leave as two artifacts.

    Records are copied as they are; a file of which none leaves is linked or
    copied whole. A split from which none leaves has an empty file in quarantine,
    for stock readers want at least one. Where the source line of each example is
    known, it stays known, and those that go on keep their columnar twin.

    Args:
        parts: The files of the artifact that was tested.
        rows: Rows that were read of each of them.
        bad: The rows that leave.
        source: Folder of the artifact that was tested.
        accepted: Folder of the examples that go on.
        quarantined: Folder of those that leave.

    Raises:
        ComponentError: The files do not have the rows any more that were tested.
    """
    leaving = _by_part(bad)
    counts: Counter[str] = Counter()
    for folder in (accepted, quarantined):
        shutil.rmtree(folder / _UNFINISHED, ignore_errors=True)
    try:
        for number, part in enumerate(parts):
            kept, left = (_shard(f, part) for f in (accepted, quarantined))
            counts.update(_divide_file(part, leaving.get(number), kept, left))
            if number not in leaving:
                counts["accepted"] += rows.get(number, 0)
        _fill_empty(quarantined, parts)
        for split in dict.fromkeys(part.split for part in parts):
            gone = _in_split(parts, rows, leaving, split)
            _divide_places(source, split, gone, accepted, quarantined)
        found = DividedExamples(counts["accepted"], counts["quarantined"])
        _demand_all(found, sum(rows.values()), source)
        for folder in (accepted, quarantined):
            _finish(folder)
        write_remaining_twin(source, accepted, _by_file(parts, leaving))
    finally:
        for folder in (accepted, quarantined):
            shutil.rmtree(folder / _UNFINISHED, ignore_errors=True)
    return found


def _by_part(bad: Blame) -> dict[int, Rows]:
    positions = bad.positions()
    parts = part_of(positions)
    return {int(p): row_of(positions[parts == p]) for p in np.unique(parts)}


def _by_file(
    parts: Sequence[Part], leaving: Mapping[int, Rows]
) -> dict[tuple[str, str], Rows]:
    """The rows that leave, by split and name of their file."""
    return {
        (part.split, part.path.name): leaving[number]
        for number, part in enumerate(parts)
        if part.path is not None and number in leaving
    }


def _divide_file(
    part: Part, leaving: Rows | None, kept: Path, left: Path
) -> dict[str, int]:
    """Examples that were written to either file; of a linked file none."""
    if part.path is None:
        raise ValueError("an artifact has files")
    kept.parent.mkdir(parents=True, exist_ok=True)
    if leaving is None:
        _link(part.path, kept)
        return {}
    left.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stay = stack.enter_context(RecordWriter(kept))
        gone = stack.enter_context(RecordWriter(left))
        for records, leave in _marked(part.path, leaving):
            stay.write([r for r, bad in zip(records, leave, strict=True) if not bad])
            gone.write([r for r, bad in zip(records, leave, strict=True) if bad])
        return {"accepted": stay.records, "quarantined": gone.records}


def _marked(path: Path, leaving: Rows) -> Iterator[tuple[list[bytes], list[bool]]]:
    """The records of a file, and whether each of them leaves."""
    start = 0
    for records in read_record_batches(path):
        first, last = np.searchsorted(leaving, [start, start + len(records)])
        mask = np.zeros(len(records), np.bool_)
        mask[leaving[first:last] - start] = True
        yield records, mask.tolist()
        start += len(records)


def _shard(folder: Path, part: Part) -> Path:
    name = part.path.name if part.path is not None else _SHARD
    return folder / _UNFINISHED / f"Split-{part.split}" / name


def _link(source: Path, target: Path) -> None:
    real = source.resolve()
    try:
        os.link(real, target)
    except OSError:
        # Another file system, or one without links.
        with open(real, "rb") as read, open(target, "wb") as write:
            shutil.copyfileobj(read, write, 1 << 20)
            write.flush()
            os.fsync(write.fileno())


def _fill_empty(folder: Path, parts: Sequence[Part]) -> None:
    """Gives every split at least one file."""
    for split in dict.fromkeys(part.split for part in parts):
        target = folder / _UNFINISHED / f"Split-{split}"
        if not target.is_dir():
            target.mkdir(parents=True)
            RecordWriter(target / _SHARD).close()


def _in_split(
    parts: Sequence[Part],
    rows: Mapping[int, int],
    leaving: Mapping[int, Rows],
    split: str,
) -> Rows:
    """Numbers within a split of its rows that leave."""
    before, found = 0, [np.zeros(0, np.int64)]
    for number, part in enumerate(parts):
        if part.split == split:
            found.append(leaving.get(number, found[0]) + before)
            before += rows.get(number, 0)
    return np.concatenate(found)


def _divide_places(
    source: Path, split: str, gone: Rows, accepted: Path, quarantined: Path
) -> None:
    known = read_provenance(source, split)
    if known is None:
        return
    leave = np.zeros(len(known), np.bool_)
    leave[gone] = True
    for folder, mask in ((accepted, ~leave), (quarantined, leave)):
        places = Provenance(known.files, known.file_index[mask], known.lines[mask])
        write_provenance(folder / _UNFINISHED, split, places)


def _demand_all(found: DividedExamples, rows: int, source: Path) -> None:
    if found.accepted + found.quarantined != rows:
        raise ComponentError(
            "examples were lost between reading and quarantine",
            where=str(source),
            expected=f"{rows:,} examples",
            got=f"{found.accepted:,} accepted and {found.quarantined:,} quarantined",
            fix="check that the examples did not change meanwhile, and run again",
        )


def _finish(folder: Path) -> None:
    """Gives everything its final name; examples last of all."""
    made = sorted((folder / _UNFINISHED).iterdir(), key=lambda path: path.is_dir())
    for path in made:
        target = folder / path.name
        if target.is_dir():
            shutil.rmtree(target)
        os.replace(path, target)
