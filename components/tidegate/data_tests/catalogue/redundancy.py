"""A test of redundancy: two features that are the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, field_validator
from typing_extensions import override

from tidegate.data_tests.catalogue.base import DataTest, Evidence, Family, Rows
from tidegate.data_tests.catalogue.history import EntireTest
from tidegate.data_tests.catalogue.shapes import SampleTest
from tidegate.data_tests.reference import association, sampled
from tidegate.data_tests.share import Share
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.data_tests.whole import Whole

_NAMED = 3
_FEWEST_ROWS = 100
# The same with a little noise; a day beside its hours is at 0.9994 and is not.
_SAME_ORDER = 0.9995
# Noise breaks ties, so that ranks alone miss copies of columns with many.
_LIKE_ORDER, _SAME_LINE = 0.99, 0.9999
# Rows that two columns must agree in to be looked at closely, and how often.
_PROBES, _DRAWS = 40, 3
_MOST_PAIRS = 5_000
_MOST_ORDERED = 2_000


class NoNearDuplicates(EntireTest, SampleTest):
    """No two features that are the same, in value or in order."""

    name: ClassVar[str] = "no_near_duplicates"
    why: ClassVar[str] = "a column delivered under two names, a copy that tells nothing"
    default: ClassVar[str] = (
        "all columns; `equal: 99.9%` of the rows with a value, or ranks that "
        "correlate by 0.9995, numbers by 0.9999; two columns that the last accepted "
        "span has are known"
    )
    example: ClassVar[str] = "no_near_duplicates: {except: [[day, time_hour]]}"
    family: ClassVar[Family] = "batch"

    ignore: list[str | list[str]] = Field(
        default_factory=list,
        alias="except",
        description="columns to leave out, or pairs of columns that may be the same",
    )
    equal: Share = Field(default=0.999, description="share of equal rows from which on")

    model_config = DataTest.model_config | {"populate_by_name": True}

    @field_validator("ignore")
    @classmethod
    def _columns_or_pairs(cls, ignore: list[str | list[str]]) -> list[str | list[str]]:
        for one in ignore:
            if isinstance(one, list) and len(one) != 2:
                raise ValueError("must hold columns, or pairs such as [hour, minute]")
        return ignore

    @property
    @override
    def subject(self) -> str:
        return "columns"

    @property
    @override
    def expectation(self) -> str:
        return "no two the same"

    @override
    def on(self, sample: pa.Table, positions: Rows, whole: Whole) -> Evidence:
        if sample.num_rows < _FEWEST_ROWS:
            told = f"{counted(sample.num_rows, 'rows')}, too few to compare columns"
            return Evidence(None, told)
        left_out = {one for one in self.ignore if isinstance(one, str)}
        names = [name for name in sample.column_names if name not in left_out]
        sample = sampled.bounded(sample.select(names))
        columns = association.SampledColumns(sample)
        known = _accepted(whole)
        allowed = [set(one) for one in self.ignore if isinstance(one, list)]
        found = {
            pair: why
            for pair, why in self._same(columns, sample)
            if set(pair) not in allowed and not known.issuperset(pair)
        }
        if not found:
            return Evidence(True, f"{counted(len(names), 'columns')}, all different")
        parts = [f"{' and '.join(pair)} {why}" for pair, why in found.items()]
        more = len(parts) - _NAMED
        one, other = next(iter(found))
        return Evidence(
            False,
            "; ".join(parts[:_NAMED])
            + (f"; and {counted(more, 'pairs')} more" if more > 0 else ""),
            fix=f"remove {one} or {other} from the export, or name the pair in "
            f"`except: [[{one}, {other}]]`",
        )

    def _same(
        self, columns: association.SampledColumns, sample: pa.Table
    ) -> Iterator[tuple[tuple[str, str], str]]:
        seen = set()
        for pair in _candidates(columns, sample):
            share = _equal(columns, sample, *pair)
            if share >= self.equal:
                seen.add(pair)
                yield pair, f"are equal in {100 * share:.4g} % of the rows"
        for pair, value in _ordered_alike(columns, sample):
            if pair not in seen:
                yield pair, f"correlate by {value:.4f}"


def _accepted(whole: Whole) -> frozenset[str]:
    """Columns that the last accepted span has: whoever accepted it has seen them."""
    newest = whole.reference.newest if whole.reference else None
    return frozenset(newest.columns if newest else ())


def _candidates(
    columns: association.SampledColumns, sample: pa.Table
) -> list[tuple[str, str]]:
    """Pairs of columns that agree in some rows, at most so many.

    Columns that are equal in nearly all rows agree in all rows of a small draw,
    of one of several at least; so no pair has to be looked at that does not.
    """
    names = [name for name in columns.names if columns[name].varies]
    found: dict[tuple[str, str], None] = {}
    generator = np.random.default_rng(0)
    for _ in range(_DRAWS):
        rows = pa.array(np.sort(generator.integers(0, columns.rows, _PROBES)))
        alike: dict[tuple[Any, ...], list[str]] = {}
        for name in names:
            seen = tuple(map(_spelled, sample[name].take(rows).to_pylist()))
            alike.setdefault(seen, []).append(name)
        for group in alike.values():
            for place, one in enumerate(group):
                for other in group[place + 1 :]:
                    if len(found) >= _MOST_PAIRS:
                        return list(found)
                    found[one, other] = None
    return list(found)


def _equal(
    columns: association.SampledColumns, sample: pa.Table, first: str, second: str
) -> float:
    """Share of the rows with a value in one of two columns in which they are equal."""
    one, other = columns[first], columns[second]
    either = one.present | other.present
    both = one.present & other.present
    if not both.any() or both.sum() < 0.5 * either.sum():
        return 0.0
    if sample[first].type == sample[second].type and not _is_list(sample[first].type):
        same = pc.sum(pc.equal(sample[first], sample[second])).as_py() or 0
        return float(same / either.sum())
    # Each value of the one must go with the value of the other that equals it.
    pairs = one.codes[both] * len(other.counts) + other.codes[both]
    _, where, counts = np.unique(pairs, return_index=True, return_counts=True)
    rows = np.flatnonzero(both)[where]
    left = sample[first].take(pa.array(rows)).to_pylist()
    right = sample[second].take(pa.array(rows)).to_pylist()
    alike = [_spelled(a) == _spelled(b) for a, b in zip(left, right, strict=True)]
    return float(counts[np.array(alike, np.bool_)].sum() / either.sum())


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _spelled(value: Any) -> Any:
    """A value that can be compared: 1 and 1.0 are the same, [1] and 1 too."""
    if isinstance(value, list):
        return _spelled(value[0]) if len(value) == 1 else tuple(value) or None
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def _ordered_alike(
    columns: association.SampledColumns, sample: pa.Table
) -> Iterator[tuple[tuple[str, str], float]]:
    names = [
        name
        for name in association.ordered_names(columns)
        # Of few values the order says little: two flags may be alike by chance.
        if len(columns[name].counts) >= _FEWEST_ROWS // 2
    ][:_MOST_ORDERED]
    matrix = columns.order_matrix(names)
    alike = np.argwhere(np.triu(np.abs(matrix) >= _LIKE_ORDER, 1))
    for place, other in alike[:_MOST_PAIRS]:
        pair = (names[place], names[other])
        value = abs(float(matrix[place, other]))
        if value < _SAME_ORDER:
            value = _line(sample, columns, *pair)
            if value < _SAME_LINE:
                continue
        yield pair, value


def _line(
    sample: pa.Table, columns: association.SampledColumns, first: str, second: str
) -> float:
    """How near two columns of numbers are to a straight line (Pearson), 0 to 1."""
    both = pa.array(columns[first].present & columns[second].present)
    held = []
    for name in (first, second):
        kind = sample[name].type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            return 0.0
        held.append(sample[name].filter(both).to_numpy().astype(np.float64))
    if not np.isfinite(held).all():
        return 0.0
    left, right = (values - values.mean() for values in held)
    scale = float(np.linalg.norm(left)) * float(np.linalg.norm(right))
    return abs(float(np.dot(left, right))) / scale if scale else 0.0
