"""From data to what is measured of their span: one pass over all rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.columnar.dataset import Dataset
from tidegate.data_tests.evaluate import sources_of
from tidegate.data_tests.plan import Glance
from tidegate.data_tests.private_columns import pii_columns
from tidegate.data_tests.whole import Whole
from tidegate.drift_tests.history import History
from tidegate.drift_tests.span_dates import COLUMN, day_of
from tidegate.drift_tests.summary import SpanMeasures
from tidegate.schema_life.seen_data import see


@dataclass(frozen=True, eq=False)
class Measured:
    """A span, and what it was measured on.

    Attributes:
        measures: What was measured.
        whole: What is known of the data.
        sources: Names of the source files, where known.
    """

    measures: SpanMeasures
    whole: Whole
    sources: tuple[str, ...] = ()


def measure(
    data: Sequence[str] | Dataset,
    name: str | None = None,
    *,
    span: int | None = None,
    start: date | None = None,
    dates: str | None = None,
    schema: schema_pb2.Schema | None = None,
    private: Collection[str] = (),
    partners: History | None = None,
    progress: Callable[[Glance], None] | None = None,
) -> Measured:
    """What is measured of some data.

    Values of private columns are not kept: those that the schema marks, those
    that are named, and those that look like personal data.

    Args:
        data: Files, folders, globs, or a data set.
        name: Name of the span; None names it by its day or number, and where it
            has neither by what was measured, so that the same data have one name.
        span: Its number.
        start: Its first day; None asks `dates`.
        dates: Rule by which the first day is found, see `day_of`.
        schema: Marks private columns.
        private: More private columns.
        partners: The history that the span will be compared with: the same pairs
            of columns are measured as in the spans before it.
        progress: Called with what was seen of each batch.

    Raises:
        DataError: The data cannot be read whole, or there is no row in them.
        UsageError: There are no such data, or no such rule.
    """
    from tidegate.drift_tests.measures import measure_span

    seen = see(data, progress=progress)
    whole = seen.whole
    whole.pii = whole.pii | pii_columns(schema) | frozenset(private)
    if start is None:
        start = day_of(dates, span, whole)
    given = name or _by_day_or_number(dates, span, start)
    # Measured again, an old span must look at the same pairs as the first time.
    before = partners and partners.before_day(given, span, start)
    measures = measure_span(
        whole, given or "data", span=span, start=start, partners=before
    )
    if given is None:
        measures = replace(measures, name=f"data-{_digest(measures)}")
    return Measured(measures, whole, sources_of(seen.dataset))


def _by_day_or_number(
    dates: str | None, span: int | None, start: date | None
) -> str | None:
    """Its day where the number means one, as in patterns with YYYY, MM and DD."""
    means_a_day = span is None or (dates is not None and not dates.startswith(COLUMN))
    if start is not None and means_a_day:
        return start.isoformat()
    return None if span is None else f"{span:02d}"


def _digest(measures: SpanMeasures) -> str:
    content = hashlib.sha256(repr((measures.rows, measures.columns)).encode())
    content.update(measures.matrix.tobytes())
    return content.hexdigest()[:12]
