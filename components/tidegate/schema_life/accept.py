"""Accepting a delivery: the schema changes, and who wanted it is remembered.

Three files change: the schema, the record and the span's summary. Each is written
whole. So that a process killed in between leaves all of them or none, the whole
decision is first written to one file, and carried out from there: whatever is left
of it is finished by the next acceptance, before it does anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from filelock import FileLock, Timeout

from tidegate.columnar.open_data import open_dataset
from tidegate.data_tests.private_columns import pii_columns
from tidegate.data_tests.reference import SpanSummary, write_summary
from tidegate.data_tests.reference.summarising import summarise
from tidegate.data_tests.schema_verdict import read_schema
from tidegate.data_tests.suite import load_suite
from tidegate.errors import (
    DataError,
    InfrastructureError,
    TidegateError,
    UsageError,
    raise_all,
)
from tidegate.report.model import write_whole
from tidegate.report.wording import counted, printable
from tidegate.schema_life.acceptance import Acceptance, Accepted
from tidegate.schema_life.accepted_record import (
    FOLDER,
    AcceptanceRecord,
    Pending,
    SchemaDigests,
    accepted_file,
    digest,
    drop_pending,
    file_stamp,
    read_pending,
    write_pending,
    write_record,
)
from tidegate.schema_life.retyped import out_of_use
from tidegate.schema_life.schema_diff import schema_diff
from tidegate.schema_life.schema_edit import edited
from tidegate.schema_life.seen_data import SeenData, name_of, see
from tidegate.schema_life.widened import still_wrong, widened

_PATIENCE = 60.0
_LOCK = ".accept.lock"
_SHOWN = 20


def accept(wanted: Acceptance, *, dry_run: bool = False) -> Accepted:
    """Accepts a delivery: schema, record and summary; or tells what it would do.

    Args:
        wanted: What is to be accepted, by whom and why.
        dry_run: Write nothing.

    Raises:
        UsageError: Nobody answers for it, a file is wrong, or the span was
            accepted with other data.
        DataError: The data cannot be read whole, changed meanwhile, or fail tests.
        InfrastructureError: Somebody else is accepting, for over a minute.
    """
    _refuse_anonymous(wanted)
    suite = None if wanted.suite is None else load_suite(wanted.suite)
    read_schema(wanted.schema)
    # Without a pattern the number is no choice, but says which span the files are.
    chosen = wanted.span if any("{SPAN" in one for one in wanted.data) else None
    dataset = open_dataset(list(wanted.data), span=chosen)
    stamps = {p.path: file_stamp(p.path) for p in dataset.parts if p.path is not None}
    seen = see(dataset, span=wanted.span, suite=suite)
    _refuse_failing(wanted, seen.refusing)
    if dry_run:
        pending, accepted = _decided(wanted, seen, stamps)
        _refuse_other(pending)
        return accepted
    with _alone(wanted.schema.parent):
        finished = finish(wanted.schema)
        pending, accepted = _decided(wanted, seen, stamps)
        _refuse_other(pending)
        write_pending(pending, wanted.records)
        path = _carry_out(pending, wanted.schema)
    return replace(accepted, record_file=path, finished=finished)


def finish(schema: Path) -> str | None:
    """Finishes an acceptance that was interrupted; its name, None if there was none.

    The caller holds the lock.

    Raises:
        UsageError: The schema was changed by hand since then.
    """
    pending = read_pending(schema.parent / FOLDER)
    if pending is None:
        return None
    _carry_out(pending, schema)
    return pending.record.name


def _carry_out(pending: Pending, schema: Path) -> Path:
    """Writes all that a decision says; what is written already stays."""
    digests, records = pending.record.schema_, schema.parent / FOLDER
    there = digest(schema.read_bytes())
    if there not in (digests.before, digests.after):
        raise UsageError(
            "an acceptance was interrupted, and the schema was changed since",
            where=str(records),
            expected="the schema as it was when the acceptance was decided",
            got=f"another content of {schema}",
            fix="undo the change by hand and accept again, or remove .pending.json",
        )
    write_summary(pending.summary, Path(pending.reference_folder))
    if there != digests.after:
        write_whole(schema, pending.schema_text.encode())
    path = write_record(pending.record, records)
    drop_pending(records)
    return path


def _decided(
    wanted: Acceptance,
    seen: SeenData,
    stamps: dict[Path, tuple[int, int]],
) -> tuple[Pending, Accepted]:
    """Everything that is to be written, and what is told of it."""
    raw = wanted.schema.read_bytes()
    old = read_schema(wanted.schema)
    private = pii_columns(old) | seen.private
    new = widened(old, seen, wanted.columns, private)
    _refuse_gone(wanted, out_of_use(old, new))
    text = edited(raw.decode(), old, new)
    changes = schema_diff(old, new, private)
    summary = _summary(wanted, seen, private)
    record = AcceptanceRecord(
        by=wanted.by.strip(),
        reason=wanted.reason.strip(),
        at=datetime.now(timezone.utc),
        span=seen.span,
        data=tuple(
            accepted_file(path, rows, stamps[path])
            for path, rows in zip(seen.files, seen.rows_of_files.values(), strict=True)
        ),
        rows=seen.rows,
        columns=None if wanted.columns is None else tuple(wanted.columns),
        changes=tuple(change.as_dict() for change in changes),
        left=tuple(still_wrong(new, seen)),
        failed_tests=seen.failed,
        despite_failures=seen.refusing,
        schema=SchemaDigests(
            file=wanted.schema.name, before=digest(raw), after=digest(text.encode())
        ),
        suite=None if wanted.suite is None else wanted.suite.name,
        reference=f"span-{summary.name}.json",
    )
    folder = str(wanted.reference_folder.absolute())
    pending = Pending(
        record=record, schema_text=text, reference_folder=folder, summary=summary
    )
    hidden = tuple(name for name in record.left if name in private)
    told = Accepted(
        record,
        changes,
        reference_file=_summary_file(pending),
        private=hidden,
        suite_file=wanted.suite,
        suite_found=wanted.tests is None,
    )
    return pending, told


def _summary(
    wanted: Acceptance, seen: SeenData, private: frozenset[str]
) -> SpanSummary:
    span = seen.span
    name = name_of(wanted.data) if span is None else f"{span:02d}"
    clean = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._") or "data"
    whole = seen.whole
    # What the schema calls private is so in the summary too.
    whole.pii = whole.pii | private
    return summarise(whole, clean, span, seen.figures)


def _summary_file(pending: Pending) -> Path:
    return Path(pending.reference_folder) / pending.record.reference


def _refuse_other(pending: Pending) -> None:
    """Raises UsageError if the span was accepted already, with other data."""
    path = _summary_file(pending)
    if path.exists():
        write_summary(pending.summary, path.parent)


def _refuse_failing(wanted: Acceptance, failing: Sequence[str]) -> None:
    """Raises DataError if tests fail, and nobody said that they may."""
    if not failing or wanted.despite_failures:
        return
    more = len(failing) - _SHOWN
    named = ", ".join(map(printable, failing[:_SHOWN]))
    raise DataError(
        f"{counted(len(failing), 'tests')} of the suite fail on these data",
        where=str(wanted.suite),
        expected="data on which every test of level fail holds",
        got=named + (f", {more} more" if more > 0 else ""),
        fix="mend the data; or the tests, where they forbid what is right now; or "
        "accept the data as they are: --despite-failures",
    )


def _refuse_gone(wanted: Acceptance, gone: Sequence[str]) -> None:
    """Raises UsageError if columns would go out of use that nobody named."""
    if not gone or wanted.columns is not None:
        return
    named = ", ".join(map(printable, gone))
    raise UsageError(
        f"the data lack {counted(len(gone), 'columns')} that the schema demands",
        where=str(wanted.schema),
        expected=f"values of {named}",
        got="none",
        fix="mend the data; or name what may change in --columns: a missing column "
        "that is named there goes out of use, and is not checked any more",
    )


def _refuse_anonymous(wanted: Acceptance) -> None:
    errors: list[TidegateError] = [
        UsageError(
            f"an acceptance says {what}",
            expected=f"--{option} with a text",
            got="an empty one",
            fix=f'--{option} "{example}"',
        )
        for option, text, what, example in (
            ("by", wanted.by, "who answers for it", "Ada, flights team"),
            ("reason", wanted.reason, "why it is right", "new airport since July"),
        )
        if not text.strip()
    ]
    raise_all("nobody answers for this acceptance", errors)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One acceptance at a time in a folder."""
    lock = FileLock(str(folder / _LOCK))
    try:
        with lock.acquire(timeout=_PATIENCE):
            yield
    except Timeout:
        raise InfrastructureError(
            "somebody else is accepting a delivery",
            where=str(folder / _LOCK),
            expected="the lock within a minute",
            got="it is held",
            fix="try again when the other one is done",
        ) from None
