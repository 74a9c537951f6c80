"""A span of the history as the content of one Parquet file.

A row is a column of the data; each measure is a field, so that DuckDB and every
other reader of Parquet can ask what the data were. What is about the whole span
stands as JSON in the file's metadata.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, ValidationError

from tidegate.columnar.parquet_file import as_parquet, of_parquet
from tidegate.drift_tests.history import seal
from tidegate.drift_tests.history.acceptance import Acceptance, Verdict
from tidegate.drift_tests.history.frequent import FrequentColumns, as_texts
from tidegate.drift_tests.summary import (
    FloatArray,
    Frequent,
    IntArray,
    Pairs,
    SpanMeasures,
)

FORMAT_VERSION: Literal[1] = 1
_KEY = b"tidegate.span"
_OWN = ("column", "kind", "private", "frequent", "pairs")
_REPEATED = [
    "column",
    "kind",
    "frequent.list.item.value",
    "pairs.list.item.other",
    "pairs.list.item.measure",
]


class _Facts(BaseModel):
    """What a file says of the span as a whole; later formats may say more."""

    model_config = ConfigDict(extra="ignore")

    format_version: Literal[1] = FORMAT_VERSION
    name: str
    rows: int
    span: int | None
    start: date | None
    created: datetime
    measures: tuple[str, ...]
    relations: tuple[str, ...]
    verdict: Verdict | None = None
    acceptance: Acceptance | None


@dataclass(frozen=True, eq=False)
class SpanFile:
    """What a file of the history holds.

    Attributes:
        measures: What was measured of the span.
        acceptance: Why it is in the history; None while it is not.
        verdict: What the drift tests of the run said that measured it.
    """

    measures: SpanMeasures
    acceptance: Acceptance | None = None
    verdict: Verdict | None = None


def as_file(
    span: SpanMeasures,
    acceptance: Acceptance | None = None,
    verdict: Verdict | None = None,
) -> bytes:
    """The span as the content of a file, with its checksum inside.

    Args:
        span: What was measured.
        acceptance: Why it is in the history; None where it is not yet.
        verdict: What the drift tests said, of a span that is not in it yet.

    Raises:
        ValueError: A measure has the name of one of the file's own fields.
    """
    taken = set(_OWN).intersection(span.measures)
    if taken:
        raise ValueError(f"no measure can be named {min(taken)}")
    facts = _Facts(
        name=span.name,
        rows=span.rows,
        span=span.span,
        start=span.start,
        created=span.created,
        measures=span.measures,
        relations=span.pairs.measure,
        verdict=acceptance.verdict if acceptance else verdict,
        acceptance=acceptance,
    )
    table = _as_table(span).replace_schema_metadata(
        {_KEY: facts.model_dump_json(), seal.KEY: seal.OPEN}
    )
    return seal.sealed(as_parquet(table, _REPEATED))


def of_file(content: bytes) -> SpanFile:
    """The span in the content of a file.

    Raises:
        ValueError: It is none, or not as it was written; says what is wrong.
    """
    seal.demand_whole(content)
    table = of_parquet(content)
    try:
        facts = _Facts.model_validate_json((table.schema.metadata or {})[_KEY])
    except KeyError:
        raise ValueError("a Parquet file without a span's facts") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{place}: {first['msg']}") from None
    try:
        return SpanFile(_of_table(table, facts), facts.acceptance, facts.verdict)
    except (KeyError, TypeError, AttributeError, pa.ArrowException) as error:
        raise ValueError(f"a table that is no span's: {error}") from error


def _as_table(span: SpanMeasures) -> pa.Table:
    columns: dict[str, pa.Array] = {
        "column": as_texts(span.columns),
        "kind": pa.array(span.kinds, pa.string()),
        "private": pa.array(
            [name in span.private for name in span.columns], pa.bool_()
        ),
    }
    for place, measure in enumerate(span.measures):
        # What does not apply is null: in SQL an average leaves it out.
        values = np.ascontiguousarray(span.matrix[:, place], dtype=np.float64)
        columns[measure] = pa.array(values, from_pandas=True)
    columns["frequent"] = _frequent(span)
    columns["pairs"] = _pairs(span)
    return pa.table(columns)


def _frequent(span: SpanMeasures) -> pa.Array:
    """The frequent values of each column; of a private one none, whatever is given."""
    told = FrequentColumns.of(
        [
            top if name not in span.private else Frequent.none()
            for name, top in zip(span.columns, span.frequent, strict=True)
        ]
    )
    shares = pa.array(told.shares.astype(np.float64))
    fields = pa.StructArray.from_arrays([told.texts, shares], ["value", "share"])
    return pa.ListArray.from_arrays(pa.array(told.offsets, pa.int32()), fields)


def _pairs(span: SpanMeasures) -> pa.Array:
    """The relations of each column as the first of its pairs."""
    pairs = span.pairs
    order = np.argsort(pairs.first, kind="stable")
    counts = np.bincount(pairs.first[order], minlength=len(span.columns))
    names = as_texts(span.columns)
    fields = pa.StructArray.from_arrays(
        [
            names.take(pa.array(pairs.second[order])),
            pa.array(pairs.measure, pa.string()).take(pa.array(pairs.kind[order])),
            pa.array(np.asarray(pairs.values[order], dtype=np.float64)),
        ],
        ["other", "measure", "value"],
    )
    return pa.ListArray.from_arrays(_offsets(counts.tolist()), fields)


def _of_table(table: pa.Table, facts: _Facts) -> SpanMeasures:
    columns = tuple(_listed(table, "column"))
    private = _listed(table, "private")
    matrix = np.empty((len(columns), len(facts.measures)))
    for place, measure in enumerate(facts.measures):
        matrix[:, place] = _numbers(_whole(table, measure))
    frequent = _whole(table, "frequent")
    values = frequent.flatten()
    return SpanMeasures(
        name=facts.name,
        rows=facts.rows,
        span=facts.span,
        start=facts.start,
        created=facts.created,
        columns=columns,
        kinds=tuple(_listed(table, "kind")),
        private=frozenset(
            name for name, hidden in zip(columns, private, strict=True) if hidden
        ),
        measures=facts.measures,
        matrix=matrix,
        frequent=FrequentColumns(
            frequent.offsets.to_numpy(), values.field(0), _numbers(values.field(1))
        ),
        pairs=_pairs_of(_whole(table, "pairs"), columns, facts.relations),
    )


def _pairs_of(
    lists: pa.ListArray, columns: Sequence[str], relations: tuple[str, ...]
) -> Pairs:
    fields = lists.flatten()
    counts = np.diff(lists.offsets.to_numpy())
    return Pairs(
        first=np.repeat(np.arange(len(columns), dtype=np.int64), counts),
        second=_places(fields.field(0), columns),
        measure=relations,
        kind=_places(fields.field(1), relations),
        values=_numbers(fields.field(2)),
    )


def _places(texts: pa.Array, names: Sequence[str]) -> IntArray:
    """Place of each text among the names."""
    encoded = texts.dictionary_encode()
    known = {name: place for place, name in enumerate(names)}
    found = [known[text] for text in encoded.dictionary.to_pylist()]
    places: IntArray = np.array(found, dtype=np.int64)[encoded.indices.to_numpy()]
    return places


def _whole(table: pa.Table, name: str) -> Any:
    """A column in one piece."""
    pieces = table.column(name).chunks
    if len(pieces) == 1:
        return pieces[0]
    return pa.concat_arrays(pieces) if pieces else pa.array([], table.field(name).type)


def _listed(table: pa.Table, name: str) -> list[Any]:
    """A column as Python values; by way of NumPy, which is ten times faster."""
    return list(_whole(table, name).to_numpy(zero_copy_only=False).tolist())


def _numbers(array: pa.Array) -> FloatArray:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)


def _offsets(counts: Iterable[int]) -> pa.Array:
    return pa.array(np.cumsum([0, *counts]), pa.int32())
