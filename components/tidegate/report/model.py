"""The one report that every test component writes and every gate reads.

Pure data: no TensorFlow, TFX or Beam, so that a terminal, a web page and a
gate in a slim container can all read it.
"""

from __future__ import annotations

import os
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, computed_field, model_validator

from tidegate.errors import ComponentError
from tidegate.report.evidence import Curves as Curves
from tidegate.report.evidence import Intervals as Intervals
from tidegate.report.evidence import Line as Line
from tidegate.report.evidence import Place as Place
from tidegate.report.evidence import Plot as Plot
from tidegate.report.evidence import Record
from tidegate.report.evidence import RowSample as RowSample
from tidegate.report.evidence import Waived as Waived

FORMAT_VERSION: Literal[1] = 1
REPORT_FILE = "report.json"
PAGE_FILE = "report.html"
FAILING_ROWS_FILE = "failing-rows.parquet"
_TOLD = ("verdict", "counts")  # what the JSON says although the results say it
READABLE = "readable"  # the test that data fail which cannot be read whole


class Level(str, Enum):
    """What a test that does not hold means for the run."""

    FAIL = "fail"
    WARN = "warn"


class Outcome(str, Enum):
    """What became of one test."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    SKIPPED = "skipped"
    WAIVED = "waived"  # it did not hold, and somebody answers for it until a day


Family = Literal["columns", "rows", "batch", "label", "privacy", "schema"]
Picture = Annotated[Plot | Curves | Intervals, Field(discriminator="kind")]


class TestResult(Record):
    """What one test expected, what it saw, and the evidence.

    Attributes:
        test: Name in the catalogue, such as "missing" or "schema".
        subject: The column, columns, metric or slice; "rows" for the batch.
        expectation: What must hold, in words: "at most 5 %".
        observed: What was seen, in words: "12.4 % (3,419 rows)".
        outcome: passed, warned, failed, skipped or waived.
        level: What the suite asked for when it does not hold.
        failing_rows: Number of rows that break it; None where the test is not
            about rows.
        sample: The first few of those rows.
        fix: What to do about it.
        why: What the test protects from, one line.
        plot: The evidence as a picture.
        slice: Condition of the rows that the test is about; None means all.
        waiver: Who answers for a failure; None where nobody does.
        source: Place of the test in its suite, "schemas/x.yaml:12".
        family: Chapter of the catalogue that the test belongs to.
    """

    __test__ = False

    test: str
    subject: str
    expectation: str
    observed: str
    outcome: Outcome
    level: Level = Level.FAIL
    failing_rows: int | None = None
    sample: tuple[RowSample, ...] = ()
    fix: str | None = None
    why: str | None = None
    plot: Picture | None = None
    slice: str | None = None
    waiver: Waived | None = None
    source: str | None = None
    family: Family | None = None


class TestReport(Record):
    """All results of one test component on one input.

    Attributes:
        kind: Which component wrote it.
        dataset: Name of the data set or model.
        span: Span of the examples, None where the input has none.
        rows: Rows (for models: evaluated examples) that the tests saw.
        splits: Rows per split.
        seconds: Time that the tests took.
        sources: Names of the source files, where known.
        failing_rows: Distinct rows that broke at least one test.
        quarantined: Rows that left into the quarantine data set.
        quarantine: Where that data set is.
        schema_file: The schema that the data was tested against.
        suite_file: The suite of tests.
        reference: What the data was compared with: "11 spans, newest 11".
        columns: Number of columns, None where it is not known.
        private: Names of the columns whose values no report shows.
        figures: Pictures of the whole, whatever became of the tests.
    """

    __test__ = False

    format_version: Literal[1] = FORMAT_VERSION
    kind: Literal["data", "drift", "model", "infra"]
    dataset: str
    results: tuple[TestResult, ...]
    rows: int
    splits: dict[str, int] = Field(default_factory=dict)
    span: int | None = None
    sources: tuple[str, ...] = ()
    failing_rows: int = 0
    quarantined: int = 0
    quarantine: str | None = None
    schema_file: str | None = None
    suite_file: str | None = None
    reference: str | None = None
    columns: int | None = None
    private: tuple[str, ...] = ()
    figures: tuple[Picture, ...] = ()
    seconds: float = 0.0
    created: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))

    @model_validator(mode="before")
    @classmethod
    def _without_told(cls, given: Any) -> Any:
        """What was given, without what follows from the results anyway."""
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if name not in _TOLD}

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> Literal["open", "shut"]:
        """The gate that this report leaves, for readers of the JSON."""
        return "open" if self.passed else "shut"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def counts(self) -> dict[str, int]:
        """Number of tests with each outcome, none left out."""
        return {one.value: len(self._with(one)) for one in Outcome}

    @property
    def failed(self) -> tuple[TestResult, ...]:
        """Results that shut a gate."""
        return self._with(Outcome.FAILED)

    @property
    def warned(self) -> tuple[TestResult, ...]:
        """Results that did not hold but may pass."""
        return self._with(Outcome.WARNED)

    @property
    def skipped(self) -> tuple[TestResult, ...]:
        """Tests that could not say anything, each with its reason."""
        return self._with(Outcome.SKIPPED)

    @property
    def waived(self) -> tuple[TestResult, ...]:
        """Results that did not hold and that somebody answers for."""
        return self._with(Outcome.WAIVED)

    @property
    def passed(self) -> bool:
        """True if at least one test ran and none failed; a waived one has run."""
        ran = [r for r in self.results if r.outcome is not Outcome.SKIPPED]
        return bool(ran) and not self.failed

    def _with(self, outcome: Outcome) -> tuple[TestResult, ...]:
        return tuple(r for r in self.results if r.outcome is outcome)


def write_report(report: TestReport, folder: Path) -> Path:
    """Writes the report as JSON into `folder`, whole or not at all."""
    return write_whole(folder / REPORT_FILE, report.model_dump_json(indent=2).encode())


def read_report(folder: Path) -> TestReport:
    """Reads the report that `write_report` wrote.

    Raises:
        ComponentError: It is missing, cut short, or of another format.
    """
    path = folder / REPORT_FILE
    try:
        return TestReport.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ComponentError(
            "the test report cannot be read",
            where=str(path),
            expected=f"a report of format {FORMAT_VERSION}",
            got=str(error).splitlines()[0],
            fix="run the test component again; its report was lost or cut short",
        ) from error


def write_whole(path: Path, content: bytes) -> Path:
    """Writes a file under a temporary name, syncs it, and renames it in place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path
