"""From the rows of a span to what is measured of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timezone

import numpy as np
import pyarrow as pa

from tidegate.columnar.column_kinds import Unstorable
from tidegate.columnar.formats import shown
from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.data_tests.catalogue.cells import canonical
from tidegate.data_tests.whole import Whole
from tidegate.drift_tests.history.aligned import History
from tidegate.drift_tests.measuring.column import Column, column_of
from tidegate.drift_tests.measuring.names import MEASURES, RELATIONS
from tidegate.drift_tests.measuring.partners import (
    Place,
    numbers_beside,
    pairs_of,
    partners_of,
)
from tidegate.drift_tests.measuring.single import measures_of
from tidegate.drift_tests.measuring.together import (
    Relation,
    apart,
    ordered,
    separated,
    told,
    unexplained,
)
from tidegate.drift_tests.summary import FloatArray, Frequent, Pairs, SpanMeasures
from tidegate.errors import DataError, raise_all

# All values of a column are kept if they are so few, else its most frequent ones.
FEW = 50
_TOP = 20
_LONGEST = 100


def measure_span(
    whole: Whole,
    name: str,
    *,
    span: int | None = None,
    start: date | None = None,
    partners: History | None = None,
) -> SpanMeasures:
    """What is measured of a data set of which a random sample was drawn.

    Measures are those of the sample; what is missing, no number or infinite, and
    the extremes are of all rows.

    Args:
        whole: The data set, with a sample.
        name: Name of the span; letters, digits, `.`, `_` and `-`.
        span: Its number.
        start: First day of its data.
        partners: The history it will be compared with: in a table with many
            columns the same pairs are measured as there, and relations the same
            way round in any table.
    """
    sample, _ = whole.sample()
    found = measure_table(
        sample, name, span=span, start=start, private=whole.pii, partners=partners
    )
    if whole.rows > sample.num_rows:
        _put_exact(found, whole)
        object.__setattr__(found, "rows", whole.rows)
    return found


def measure_table(
    table: pa.Table,
    name: str,
    *,
    span: int | None = None,
    start: date | None = None,
    private: Collection[str] = (),
    partners: History | None = None,
) -> SpanMeasures:
    """What is measured of rows in memory; see `measure_span`.

    Raises:
        DataError: A column is of a type that cannot be measured; Problems if there
            are several.
    """
    names = tuple(table.column_names)
    columns = _columns_of(table)
    pairs = pairs_of(names, columns, partners)
    matrix = np.full((len(names), len(MEASURES)), np.nan)
    for row, found in zip(matrix, _by_column(columns, pairs), strict=True):
        _fill(row, found)
    return SpanMeasures(
        name=name,
        rows=table.num_rows,
        span=span,
        start=start,
        created=datetime.now(timezone.utc),
        columns=names,
        kinds=tuple(column.kind for column in columns),
        private=frozenset(private) & frozenset(names),
        measures=MEASURES,
        matrix=_veiled(matrix, names, private),
        frequent=[
            Frequent.none() if name in private else _frequent(column)
            for name, column in zip(names, columns, strict=True)
        ],
        pairs=_pairs(relations(columns, pairs)),
    )


def _columns_of(table: pa.Table) -> list[Column]:
    found: list[Column] = []
    wrong: list[DataError] = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            found.append(column_of(column))
        except (Unstorable, pa.ArrowException) as reason:
            wrong.append(_not_measured(name, column.type, str(reason)))
    raise_all("columns cannot be measured", wrong)
    return found


def _not_measured(name: str, kind: pa.DataType, reason: str) -> DataError:
    return DataError(
        f"the column {shown(name)!r} cannot be measured",
        where=f"a column of type {shown(str(kind))}",
        expected="numbers, text, bytes, dates or times, or lists of one of these",
        got=shown(reason.splitlines()[0] if reason else str(kind)),
        fix="cast it, give each inner field a column of its own, or drop it",
    )


def relations(columns: Sequence[Column], pairs: Sequence[Place]) -> Iterator[Relation]:
    """Every relation of some pairs of columns."""
    yield from apart(columns, pairs)
    yield from ordered(columns, pairs)
    yield from told(columns, pairs)


def _by_column(
    columns: Sequence[Column], pairs: Sequence[Place]
) -> Iterator[dict[str, float]]:
    beside = partners_of(columns, pairs)
    numbers = numbers_beside(columns, pairs)
    for place, column in enumerate(columns):
        found = measures_of(column)
        if column.numeric and not column.is_time:
            found |= unexplained(columns, place, beside[place])
        found |= separated(columns, place, numbers[place])
        yield found


def _fill(row: FloatArray, found: dict[str, float]) -> None:
    for name, value in found.items():
        row[_PLACES[name]] = value


_PLACES = {name: place for place, name in enumerate(MEASURES)}
# Of a private column the measures that tell no value.
_OPEN = frozenset(
    ("missing", "nan", "infinite", "log_distinct", "top_share", "entropy", "alone")
)


def _veiled(
    matrix: FloatArray, names: Sequence[str], private: Collection[str]
) -> FloatArray:
    closed = [place for name, place in _PLACES.items() if name not in _OPEN]
    for row, name in zip(matrix, names, strict=True):
        if name in private:
            row[closed] = np.nan
    return matrix


def _frequent(column: Column) -> Frequent:
    if not column.values or column.is_time:
        return Frequent.none()
    few = len(column.counts) <= FEW
    if column.kind == "float" and not few:
        return Frequent.none()
    order = np.argsort(-column.counts, kind="stable")[: FEW if few else _TOP]
    if column.numeric:
        known = np.asarray(column.distinct, np.float64)[order]
        texts = [canonical(_number(value), False) for value in known.tolist()]
    else:
        texts = [_text(value) for value in column.texts.take(pa.array(order))]
    # Texts that are cut may be equal; each is kept once, with the greater share.
    kept = {text: place for place, text in reversed(list(enumerate(texts)))}
    places = sorted(kept.values())
    shares = column.counts[order[places]] / column.values
    return Frequent(tuple(texts[place] for place in places), shares)


def _number(value: float) -> float | int:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _text(value: pa.Scalar) -> str:
    return canonical(value.as_py(), False)[:_LONGEST]


def _pairs(found: Iterable[Relation]) -> Pairs:
    first, second, kinds, values = [], [], [], []
    for one, other, kind, value in found:
        first.append(one)
        second.append(other)
        kinds.append(_KINDS[kind])
        values.append(value)
    return Pairs(
        np.array(first, np.int64),
        np.array(second, np.int64),
        RELATIONS,
        np.array(kinds, np.int64),
        np.array(values, np.float64),
    )


_KINDS = {name: place for place, name in enumerate(RELATIONS)}


def _put_exact(measures: SpanMeasures, whole: Whole) -> None:
    """Puts what is known of all rows in the place of what the sample shows."""
    for row, name in zip(measures.matrix, measures.columns, strict=True):
        profile = whole.profile(name)
        if not profile.rows:
            continue
        row[_PLACES["missing"]] = profile.missing / profile.rows
        if profile.values and profile.kind == "float":
            row[_PLACES["nan"]] = profile.nan / profile.values
            row[_PLACES["infinite"]] = profile.infinite / profile.values
        # A private column tells none of its values, so none of these either.
        if not np.isnan(row[_PLACES["quantile_0"]]):
            _put_extremes(row, profile)


def _put_extremes(row: FloatArray, profile: ColumnProfile) -> None:
    for measure, value in (("quantile_0", profile.low), ("quantile_1", profile.high)):
        if value is not None and np.isfinite(value):
            row[_PLACES[measure]] = value
