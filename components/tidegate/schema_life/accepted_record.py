"""The record of an acceptance: who, when, why, which data. Written once."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tidegate.data_tests.reference import SpanSummary
from tidegate.errors import DataError, UsageError
from tidegate.report.model import write_whole

FOLDER = "accepted"
PENDING = ".pending.json"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AcceptedFile(_Record):
    """One file that was accepted.

    Attributes:
        file: Its path, as it was found.
        bytes: Its size.
        sha256: Digest of its content.
        rows: Number of its rows.
    """

    file: str
    bytes: int
    sha256: str
    rows: int


class SchemaDigests(_Record):
    """Which schema became which.

    Attributes:
        file: Its file.
        before: SHA-256 of the file before.
        after: SHA-256 of the file afterwards; the same if nothing changed.
    """

    file: str
    before: str
    after: str


class AcceptanceRecord(_Record):
    """Who accepted which data, when and why, and what it changed.

    Attributes:
        by: Who answers for it.
        reason: Why it is right.
        at: When, in UTC.
        span: The span; None without one.
        data: The files.
        rows: Rows of all files.
        columns: Columns that might be changed; None for all.
        changes: What changed in the schema.
        left: What is still not as the schema says, for it was not accepted.
        failed_tests: Tests of the suite that do not hold on these data.
        despite_failures: Those of them that would shut the gate, and that whoever
            answers for the acceptance let pass.
        schema_: The schema before and after.
        suite: The suite that named key, label and time; None without one.
        reference: The span's summary, from the schema's folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    format_version: Literal[1] = 1
    by: str
    reason: str
    at: datetime
    span: int | None = None
    data: tuple[AcceptedFile, ...] = ()
    rows: int
    columns: tuple[str, ...] | None = None
    changes: tuple[dict[str, Any], ...] = ()
    left: tuple[str, ...] = ()
    failed_tests: tuple[str, ...] = ()
    despite_failures: tuple[str, ...] = ()
    schema_: SchemaDigests = Field(alias="schema")
    suite: str | None = None
    reference: str

    @property
    def name(self) -> str:
        """Name of its file, by which records sort in time."""
        span = "" if self.span is None else f"-span-{self.span}"
        return f"{self.at:%Y%m%dT%H%M%S}{self.at.microsecond:06d}Z{span}.json"


class Pending(_Record):
    """A decision that was made, with everything that is still to be written.

    Attributes:
        record: The record.
        schema_text: The schema's file afterwards.
        reference_folder: Where the summary goes.
        summary: The span's summary.
    """

    record: AcceptanceRecord
    schema_text: str
    reference_folder: str
    summary: SpanSummary


def digest(content: bytes) -> str:
    """SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def file_stamp(path: Path) -> tuple[int, int]:
    """Size and time of a file, to notice that it changed meanwhile."""
    there = path.stat()
    return there.st_size, there.st_mtime_ns


def accepted_file(path: Path, rows: int, stamp: tuple[int, int]) -> AcceptedFile:
    """The file as it goes into the record.

    Args:
        path: The file.
        rows: Its rows, as they were read.
        stamp: Its `file_stamp` before it was read.

    Raises:
        DataError: It changed while it was read.
    """
    sha256, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            sha256.update(piece)
            size += len(piece)
    if file_stamp(path) != stamp or size != stamp[0]:
        raise DataError(
            "the file changed while it was read",
            where=str(path),
            expected="one content from beginning to end",
            got="another size or time than before",
            fix="wait until it is written, then accept it",
        )
    return AcceptedFile(
        file=str(path), bytes=size, sha256=sha256.hexdigest(), rows=rows
    )


def write_record(record: AcceptanceRecord, folder: Path) -> Path:
    """Writes a record, whole, and never over another.

    Raises:
        UsageError: Another record of that name is there.
    """
    path = folder / record.name
    text = record.model_dump_json(indent=2, by_alias=True).encode() + b"\n"
    if path.exists():
        if path.read_bytes() == text:
            return path
        raise UsageError(
            "an acceptance is never changed",
            where=str(path),
            expected="no record of that time",
            got="another record",
            fix="accept the span again",
        )
    return write_whole(path, text)


def read_record(path: Path) -> AcceptanceRecord:
    """The record in a file.

    Raises:
        UsageError: It is none.
    """
    try:
        return AcceptanceRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise _unreadable(path, error) from None


def read_pending(folder: Path) -> Pending | None:
    """The decision that was not carried out to its end; None if there is none.

    Raises:
        UsageError: The file is there, but damaged.
    """
    path = folder / PENDING
    try:
        return Pending.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise _unreadable(path, error) from None


def write_pending(pending: Pending, folder: Path) -> None:
    """Makes the decision: from here on it will be carried out."""
    write_whole(folder / PENDING, pending.model_dump_json(by_alias=True).encode())


def drop_pending(folder: Path) -> None:
    """The decision has been carried out."""
    os.unlink(folder / PENDING)


def _unreadable(path: Path, error: Exception) -> UsageError:
    return UsageError(
        "this is no record of an acceptance",
        where=str(path),
        expected="a file as `tidegate schema accept` writes it",
        got=str(error).splitlines()[0],
        fix="restore it from version control, or remove it",
    )
