"""The history as files: one a span, written once, never changed, never removed.

`span-<name>.parquet` is an accepted span; `retired-<name>.json` beside it says
that it counts no longer.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from tidegate.drift_tests.history.acceptance import Acceptance, Verdict
from tidegate.drift_tests.history.age import in_order
from tidegate.drift_tests.history.aligned import History
from tidegate.drift_tests.history.frequent import FrequentColumns
from tidegate.drift_tests.history.names import (
    retired_there,
    span_name,
    spans_there,
    tombstone_name,
    unreadable,
    without_words,
)
from tidegate.drift_tests.history.root import Root, root_of
from tidegate.drift_tests.history.span_file import SpanFile, as_file, of_file
from tidegate.drift_tests.summary import Frequent, SpanMeasures
from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.report.model import write_whole

_READERS = 8
# Versions of a library may round the same figure differently.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Written:
    """What became of a span that was to enter the history.

    Attributes:
        path: Its file.
        new: False if the same span was there already.
    """

    path: str
    new: bool


def write_span(
    span: SpanMeasures, acceptance: Acceptance, root: str | Path | Root
) -> Written:
    """Writes an accepted span into the history, whole, and never over another.

    Writing the same again is no error, so that a step can be repeated: the first
    acceptance stands. See `same` for what may differ.

    Args:
        span: What was measured of it.
        acceptance: Who let it in, and why.
        root: The history's folder, or a URL that fsspec knows.

    Raises:
        UsageError: Another span of that name is there, or was retired.
        InfrastructureError: The place cannot be written to.
    """
    place = root_of(root)
    name = span_name(span.name)
    if span.name in retired_there(place):
        raise UsageError(
            f"the span {span.name} was retired, which is for ever",
            where=place.path(tombstone_name(span.name)),
            expected="a span that was never in the history",
            fix=f"give it another name, such as {span.name}.2",
        )
    if place.create(name, as_file(span, acceptance)):
        return Written(place.path(name), new=True)
    there = _read(place, name).measures
    if same(there, span):
        return Written(place.path(name), new=False)
    raise UsageError(
        f"the span {span.name} was accepted already, with other data",
        where=place.path(name),
        expected="each span accepted once",
        got=f"{there.rows:,} rows there, {span.rows:,} rows now",
        fix="give it another name, or retire the one that is there: "
        f"tidegate drift history retire {span.name}",
    )


def accept_span(
    root: str | Path | Root,
    span: SpanMeasures,
    by: str,
    reason: str,
    **details: str | None,
) -> Written:
    """Lets a span into the history on somebody's word.

    Args:
        root: The history's folder, or a URL that fsspec knows.
        span: What was measured of it.
        by: Who answers for it.
        reason: Why it is right.
        **details: `verdict`, `run` and `report`, as in `Acceptance`.

    Raises:
        UsageError: It is not said who or why, or another span has its name.
    """
    try:
        words = {"by": by.strip(), "reason": reason.strip()}
        acceptance = Acceptance.model_validate({**words, **details})
    except ValidationError:
        raise without_words("accepted", span.name) from None
    return write_span(span, acceptance, root)


def read_history(root: str | Path | Root, newest: int | None = None) -> History:
    """The accepted spans, oldest first; none if the place is not there.

    See `in_order` for what makes a span older than another.

    Args:
        root: The history's folder, or a URL that fsspec knows.
        newest: Keep only so many, the newest; None keeps all.

    Raises:
        UsageError: A file is no span; all such files, as `Problems`.
        InfrastructureError: The place cannot be reached.
    """
    place = root_of(root)
    retired = set(retired_there(place))
    names = [n for n in spans_there(place) if n not in retired]
    files = [span_name(name) for name in names]
    found: list[SpanFile] = []
    errors: list[TidegateError] = []
    with ThreadPoolExecutor(min(_READERS, max(len(files), 1))) as pool:
        for one in pool.map(partial(_tried, place), files):
            if isinstance(one, TidegateError):
                errors.append(one)
            else:
                found.append(one)
    raise_all(f"the history in {place.where} cannot be read", errors)
    found = in_order(found, lambda one: one.measures)
    first = 0 if newest is None else max(len(found) - newest, 0)
    kept = found[first:]
    return History(
        tuple(one.measures for one in kept), tuple(one.acceptance for one in kept)
    )


def write_summary(
    span: SpanMeasures, path: Path, verdict: Verdict | None = None
) -> Path:
    """Writes a span that nobody has accepted yet, as an artifact of a run.

    Args:
        span: What was measured of it.
        path: The file.
        verdict: What the drift tests say of it.
    """
    return write_whole(path, as_file(span, verdict=verdict))


def read_span(path: Path) -> SpanFile:
    """The span in a file, accepted or not.

    Raises:
        UsageError: It is none.
    """
    try:
        return of_file(path.read_bytes())
    except (OSError, ValueError) as error:
        raise unreadable(str(path), error) from error


def same(one: SpanMeasures, other: SpanMeasures) -> bool:
    """Whether two measurements are of the same data.

    When they were made does not matter, nor how columns went together, for the
    pairs follow from the history; nor measures that only one of them knows, as a
    later version may.
    """
    facts = ("name", "rows", "span", "start", "columns", "kinds", "private")
    if any(getattr(one, fact) != getattr(other, fact) for fact in facts):
        return False
    shared = [name for name in one.measures if name in other.measures]
    figures, others = (
        span.matrix[:, [span.measures.index(name) for name in shared]]
        for span in (one, other)
    )
    tops = [FrequentColumns.of(_told(span)) for span in (one, other)]
    return (
        bool(shared or not one.measures)
        and np.allclose(figures, others, rtol=_ROUNDING, atol=_ROUNDING, equal_nan=True)
        and np.array_equal(tops[0].offsets, tops[1].offsets)
        and tops[0].texts.to_pylist() == tops[1].texts.to_pylist()
        and np.allclose(tops[0].shares, tops[1].shares, rtol=_ROUNDING)
    )


def _told(span: SpanMeasures) -> list[Frequent]:
    """The frequent values that are written: those of private columns are not."""
    return [
        Frequent.none() if name in span.private else top
        for name, top in zip(span.columns, span.frequent, strict=True)
    ]


def _tried(place: Root, file: str) -> SpanFile | TidegateError:
    try:
        return _read(place, file)
    except TidegateError as error:
        return error


def _read(place: Root, file: str) -> SpanFile:
    try:
        span = of_file(place.read(file))
        if file != span_name(span.measures.name):
            raise ValueError(f"the span {span.measures.name}")
        if span.acceptance is None:
            raise ValueError("a span that nobody has accepted")
    except (OSError, ValueError) as error:
        raise unreadable(place.path(file), error) from error
    return span
