"""Data as inference and acceptance look at them: every row, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.columnar.dataset import Dataset
from tidegate.columnar.formats import shown
from tidegate.columnar.open_data import open_dataset
from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.columnar.statistics.tfdv import dataset_statistics
from tidegate.data_tests.catalogue.base import Evidence
from tidegate.data_tests.catalogue.personal_data import NoPersonalData
from tidegate.data_tests.catalogue.personal_names import NoPersonalNames
from tidegate.data_tests.evaluate import Circumstances, look, whole_of
from tidegate.data_tests.judging import judge_suite
from tidegate.data_tests.leaving import within_the_maximum
from tidegate.data_tests.plan import Glance
from tidegate.data_tests.suite import Suite, without_tests
from tidegate.data_tests.verdicts import verdicts
from tidegate.data_tests.whole import Whole
from tidegate.errors import DataError
from tidegate.report.model import Outcome

# Tests that look for personal data, behind those of the suite.
_LOOKING = 2
_BY_NAME = "by its name"


@dataclass(frozen=True, eq=False)
class SeenData:
    """Everything that is known of some data after one pass.

    Attributes:
        whole: Profiles of all columns, and a random sample of the rows.
        dataset: The data set, to look at again.
        rows_of_files: Rows of each file, by its name.
        files: The files, where the rows are in files.
        span: The span that was read; None without one.
        personal: Columns that hold personal data, or whose name promises some,
            each with the reason.
        figures: What the suite's tests measured, by name, for a summary.
        failed: Tests of the suite that do not hold.
        refusing: Those of them that would shut the gate: not only warnings, not
            waived, and not by rows that go into quarantine.
    """

    whole: Whole
    dataset: Dataset
    rows_of_files: dict[str, int]
    files: tuple[Path, ...] = ()
    span: int | None = None
    personal: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    refusing: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.whole.rows

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in their order."""
        return self.whole.columns

    @property
    def private(self) -> frozenset[str]:
        """Columns that the suite or their own values say are private."""
        weak = {name for name, why in self.personal.items() if why == _BY_NAME}
        return frozenset(self.whole.pii) - weak

    @property
    def smallest_file(self) -> int:
        """Rows of the file with the fewest: a delivery may be one file."""
        return min((n for n in self.rows_of_files.values() if n), default=self.rows)

    def profile(self, column: str) -> ColumnProfile:
        """What the values of a column are."""
        return self.whole.profile(column)

    def sample(self) -> pa.Table:
        """A random sample of the rows."""
        return self.whole.sample()[0]

    def statistics(self, schema: schema_pb2.Schema | None = None) -> bytes:
        """The profiles as TFDV's native module reads them.

        Args:
            schema: Whole numbers count as the type that it says, as in a check.
        """
        made = dataset_statistics(
            self.whole.profiles[None],
            self.rows,
            schema=schema,
            as_examples=schema is not None,
        )
        return bytes(made.SerializeToString())


def see(
    data: Sequence[str] | Dataset,
    *,
    span: int | None = None,
    suite: Suite | None = None,
    progress: Callable[[Glance], None] | None = None,
) -> SeenData:
    """What is known of some data, all rows read once.

    Args:
        data: Files, folders, globs or patterns, or a data set.
        span: The span to read; None reads the newest of a pattern.
        suite: Names key, label, time and private columns; its tests are run.
        progress: Called with what was seen of each batch.

    Raises:
        DataError: The data cannot be read whole, or there is no row in them.
        UsageError: There are no such data.
    """
    dataset = data if isinstance(data, Dataset) else open_dataset(list(data), span=span)
    names, files = _parts(dataset)
    chosen = getattr(dataset, "span", None)
    looking = _for_privacy(suite)
    glance, dataset = look(looking, dataset, progress, sampled=True)
    whole = whole_of(looking, dataset, glance, Circumstances(span=chosen or span))
    if not whole.rows or not whole.columns:
        raise DataError(
            "there is no row in the data",
            where=", ".join(names[:3]),
            expected="rows to learn from",
            got="0 rows",
            fix="name data with rows",
        )
    rows = {names[number]: count for number, count in sorted(glance.rows.items())}
    told = verdicts(looking, dataset, glance, whole)
    personal = _personal(looking, told, whole)
    whole = replace(whole, pii=whole.pii.union(personal))
    span = span if chosen is None else chosen
    return SeenData(
        whole,
        dataset,
        rows,
        files,
        span,
        personal,
        figures={name: value for one in told for name, value in one.figures.items()},
        failed=tuple(
            f"{test.name} {test.subject}"
            for test, one in zip(looking.tests[:-_LOOKING], told, strict=False)
            if one.holds is False
        ),
        refusing=_refusing(looking, told, whole),
    )


def name_of(data: Sequence[str]) -> str:
    """A name for data: that of the first file, without its ending."""
    name = Path(data[0]).name if data else "data"
    return shown(name.split(".")[0] or name or "data")


def _for_privacy(suite: Suite | None) -> Suite:
    """The suite, and behind its tests those that find personal data."""
    given = suite or without_tests("data")
    tests = [*given.tests, NoPersonalData(), NoPersonalNames()]
    return given.model_copy(update={"tests": tests, "places": []})


def _refusing(suite: Suite, told: Sequence[Evidence], whole: Whole) -> tuple[str, ...]:
    """The suite's own tests that would shut the gate, as a check judges them."""
    judged = list(judge_suite(suite, told, whole, datetime.now(timezone.utc).date()))
    return tuple(
        f"{one.result.test} {one.result.subject}"
        for one in within_the_maximum(judged[:-_LOOKING], whole.rows)
        if one.result.outcome is Outcome.FAILED
    )


def _personal(suite: Suite, told: Sequence[Evidence], whole: Whole) -> dict[str, str]:
    by_values, by_name = told[-_LOOKING:]
    return {
        **{one: "by the suite" for one in suite.pii if one in whole.columns},
        **dict.fromkeys(sorted(by_values.hides), "by its values"),
        **dict.fromkeys(sorted(by_name.hides), _BY_NAME),
    }


def _parts(dataset: Dataset) -> tuple[list[str], tuple[Path, ...]]:
    names = [part.name for part in dataset.parts]
    return names, tuple(part.path for part in dataset.parts if part.path is not None)
