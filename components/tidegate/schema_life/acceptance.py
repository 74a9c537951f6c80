"""What is to be accepted, and what an acceptance did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tidegate.report.wording import counted, printable
from tidegate.schema_life.accepted_record import FOLDER, AcceptanceRecord
from tidegate.schema_life.changes import Change

# The suite that belongs to a schema, in the same folder.
SUITE_NAME = "data_tests.yaml"


@dataclass(frozen=True)
class Acceptance:
    """What is to be accepted, by whom and why.

    Attributes:
        data: Files, folders, globs or patterns.
        schema: The schema in force.
        by: Who answers for it.
        reason: Why it is right.
        tests: The suite: its tests must hold, and it says key, label, time and
            private columns. None takes `data_tests.yaml` beside the schema.
        span: The span; None takes the newest of a pattern. For files that are
            named without a pattern it says which span they are.
        reference: Folder of summaries; None takes that beside suite or schema.
        columns: Columns to change; None changes all that have to.
        despite_failures: Whether data may be accepted on which tests fail.
    """

    data: Sequence[str]
    schema: Path
    by: str
    reason: str
    tests: Path | None = None
    span: int | None = None
    reference: Path | None = None
    columns: Sequence[str] | None = None
    despite_failures: bool = False

    @property
    def suite(self) -> Path | None:
        """The suite whose tests are run; None if there is none."""
        beside = self.schema.with_name(SUITE_NAME)
        return self.tests or (beside if beside.is_file() else None)

    @property
    def reference_folder(self) -> Path:
        """Where the summaries of accepted spans are."""
        return self.reference or (self.tests or self.schema).parent / "reference"

    @property
    def records(self) -> Path:
        """Where the records of acceptances are."""
        return self.schema.parent / FOLDER


@dataclass(frozen=True, eq=False)
class Accepted:
    """What an acceptance did, or would do.

    Attributes:
        record: The record.
        changes: What changes in the schema.
        record_file: Where the record is; None if nothing was written.
        reference_file: Where the summary is, or would be.
        finished: Name of an interrupted acceptance that was finished first.
        private: Private columns that the data break: their values go nowhere.
        suite_file: The suite whose tests were run; None if there was none.
        suite_found: Whether it was not named, but lay beside the schema.
    """

    record: AcceptanceRecord
    changes: list[Change] = field(default_factory=list)
    record_file: Path | None = None
    reference_file: Path | None = None
    finished: str | None = None
    private: Sequence[str] = ()
    suite_file: Path | None = None
    suite_found: bool = False

    def as_dict(self) -> dict[str, object]:
        """The acceptance for `--json`."""
        return {
            "written": self.record_file is not None,
            "record_file": None if self.record_file is None else str(self.record_file),
            "reference_file": str(self.reference_file),
            "finished": self.finished,
            "private": list(self.private),
            "tests": None if self.suite_file is None else str(self.suite_file),
            "record": self.record.model_dump(mode="json", by_alias=True),
        }

    def lines(self) -> Iterator[tuple[str, str]]:
        """What was done, in labelled lines."""
        record = self.record
        span = "the data" if record.span is None else f"span {record.span}"
        rows = counted(record.rows, "rows")
        if self.record_file is None:
            yield "dry run", f"{span} ({rows}) would be accepted; nothing was written"
        else:
            yield "accepted", f"{span} ({rows}), by {record.by}: {record.reason}"
            yield "record", str(self.record_file)
            yield "reference", f"{span} added: {self.reference_file}"
        if self.suite_file is None:
            yield "tests", "none were run: no --tests, and none beside the schema"
        elif self.suite_found:
            yield "tests", f"of {self.suite_file}, which lies beside the schema"
        if record.despite_failures:
            yield "despite", f"these fail: {_listed(record.despite_failures)}"
        if record.failed_tests:
            failed = ", ".join(map(printable, record.failed_tests[:5]))
            more = len(record.failed_tests) - 5
            yield (
                "tests",
                f"still failing: {failed}" + (f", {more} more" if more > 0 else ""),
            )
        if record.left:
            yield "left", f"still not as the schema says: {_listed(record.left)}"
        if self.private:
            yield (
                "private",
                f"left as the schema has it: {_listed(self.private)}; values of "
                "private columns are never written: change the schema by hand",
            )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(printable, names))
