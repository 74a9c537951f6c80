"""Tests that a guess suggests, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.data_tests.catalogue import CATALOGUE, DataTest
from tidegate.data_tests.column_lists import one_a_column
from tidegate.report.wording import counted, percent
from tidegate.schema_life.guess import ColumnGuess, Guess
from tidegate.schema_life.headroom import (
    fewest_rows,
    number,
    percent_text,
)
from tidegate.schema_life.ranges import middle_of
from tidegate.schema_life.texts import FREQUENT, longest_allowed

# By how many interquartile ranges a median may move from one delivery to another:
# that of lengths and amounts little; that of delays and differences, which are
# about zero, from a good month to a bad one.
_SPREADS = 0.5
_SPREADS_SIGNED = 1.0
_DOMINANT = 0.9
_MOST = 0.99
_TOP_SHARES = (0.25, 0.5, 0.75, _MOST)
_MANY = 1000
_MOST_COUNTED = 16_384
_MOST_CATEGORIES = 1000


@dataclass(frozen=True)
class Suggestion:
    """A test, as a suite says it.

    Attributes:
        name: The test's name in the catalogue.
        parameters: Its parameters; `column` may be a list.
        reason: Why it is suggested, and why its limits are these.
        chapter: Under which heading it stands.
    """

    name: str
    parameters: dict[str, Any]
    reason: str
    chapter: str

    @property
    def tests(self) -> list[DataTest]:
        """The test of each of its columns."""
        kind = CATALOGUE[self.name]
        single = one_a_column({self.name: self.parameters})
        return [kind.model_validate(one[self.name]) for one in single]

    def only(self, columns: Sequence[str]) -> Suggestion:
        """The same for some of its columns."""
        return Suggestion(
            self.name,
            {**self.parameters, "column": list(columns)},
            self.reason,
            self.chapter,
        )


def suggestions_of(guess: Guess) -> Iterator[Suggestion]:
    """All tests that seem right, chapter by chapter; some may not hold in all rows."""
    yield from _whole(guess)
    yield from _of_time(guess)
    yield from _of_types(guess)
    yield from _of_gaps(guess)
    for column in guess.columns.values():
        yield from _of_numbers(column)
    for column in guess.columns.values():
        yield from _of_texts(column)
    yield from _of_many(guess)
    chapter = "Is everybody's privacy kept?"
    reason = "but in the columns under `pii`"
    yield Suggestion("no_personal_data", {}, f"no personal data {reason}", chapter)
    yield Suggestion("no_personal_names", {}, f"no name of such {reason}", chapter)
    for condition in guess.conditions:
        yield Suggestion(
            "rows_where",
            {"sql": condition.sql},
            condition.reason,
            "Do the columns agree with each other?",
        )


def _whole(guess: Guess) -> Iterator[Suggestion]:
    chapter = "Is the delivery whole?"
    smallest = guess.seen.smallest_file
    several = " in the smallest file" if len(guess.seen.rows_of_files) > 1 else ""
    yield Suggestion(
        "rows",
        {"at_least": fewest_rows(smallest)},
        f"half of the {counted(smallest, 'rows')} seen{several}",
        chapter,
    )
    yield Suggestion(
        "columns", {"expect": list(guess.columns)}, "the columns seen", chapter
    )
    for key in guess.keys:
        reason = f"no two of {counted(guess.seen.rows, 'rows')} share these"
        yield Suggestion("unique", {"columns": key}, reason, chapter)
    yield Suggestion("no_duplicates", {}, "no row was seen twice", chapter)


def _of_time(guess: Guess) -> Iterator[Suggestion]:
    if guess.time is not None and guess.longest_gap is not None:
        yield Suggestion(
            "no_gaps",
            {"column": guess.time, "longest": guess.longest_gap},
            "three times the longest time without a row",
            "Is the delivery whole?",
        )


def _of_types(guess: Guess) -> Iterator[Suggestion]:
    chapter = "Is every column of its type?"
    kinds = {"int": "int", "float": "number", "text": "text"}
    for kind, told in kinds.items():
        names = [n for n, c in guess.columns.items() if c.profile.kind == kind]
        if names:
            yield Suggestion(
                "type", {"column": names, "is": told}, "the types seen", chapter
            )


def _of_gaps(guess: Guess) -> Iterator[Suggestion]:
    chapter = "Are the values there?"
    never = [n for n, c in guess.columns.items() if c.missing == 0]
    if never:
        reason = f"never missing in {counted(guess.seen.rows, 'rows')}"
        yield Suggestion("missing", {"column": never, "at_most": 0}, reason, chapter)
    for name, column in guess.columns.items():
        limit, seen = column.missing, column.profile
        if limit:
            share = percent(seen.missing, seen.rows)
            yield Suggestion(
                "missing",
                {"column": name, "at_most": percent_text(limit)},
                f"seen {share}, with room for worse days",
                chapter,
            )


def _of_numbers(column: ColumnGuess) -> Iterator[Suggestion]:
    chapter = "Are the numbers possible?"
    limits = column.range
    if limits is None or (limits.low is None and limits.high is None):
        return
    bounds = {"low": limits.low, "high": limits.high}
    given = {key: number(value) for key, value in bounds.items() if value is not None}
    yield Suggestion(
        "between", {"column": column.name, **given}, limits.reason, chapter
    )
    signed = (column.profile.low or 0) < 0
    spreads = _SPREADS_SIGNED if signed else _SPREADS
    if limits.is_measure and (middle := middle_of(column.profile, spreads)):
        low, high = middle
        yield Suggestion(
            "typical",
            {"column": column.name, "low": number(low), "high": number(high)},
            f"the median, seen {column.profile.quantile(0.5):,.6g}",
            chapter,
        )


def _of_texts(column: ColumnGuess) -> Iterator[Suggestion]:
    chapter = "Are the texts possible?"
    profile, name = column.profile, column.name
    if profile.kind != "text" or column.private:
        return
    if column.domain is not None:
        values: dict[str, Any] = {"column": name, "values": list(column.domain.values)}
        if column.domain.spare:
            values["at_most"] = percent_text(column.domain.spare)
        yield Suggestion("one_of", values, column.domain.reason, chapter)
    elif column.form is not None:
        form = {"column": name, "regex": column.form.regex}
        yield Suggestion("matches", form, column.form.reason, chapter)
    elif longest := longest_allowed(profile):
        reason = f"seen up to {profile.longest} characters"
        yield Suggestion("length", {"column": name, "high": longest}, reason, chapter)
    if not column.is_time:
        yield from _categories(column, chapter)


def _categories(column: ColumnGuess, chapter: str) -> Iterator[Suggestion]:
    """How many different values there are: they can be lost, merged or multiply."""
    profile, name = column.profile, column.name
    distinct = profile.distinct
    if not 2 <= distinct <= _MOST_CATEGORIES or profile.values < _MANY:
        return
    frequent = sum(
        n >= FREQUENT * profile.values for _, n in profile.frequent(distinct)
    )
    least = max(frequent, distinct // 2, 2) if column.domain else distinct // 2
    if column.domain is not None and least > 2 and frequent > least // 2:
        least = max(distinct // 2, frequent * 3 // 4 if frequent > 4 else frequent)
    given = {"column": name, "at_least": max(least, 2)}
    if column.domain is None:
        given["at_most"] = 2 * distinct
    seen = f"seen {counted(distinct, 'values')}"
    yield Suggestion("distinct", given, seen, chapter)


def _of_many(guess: Guess) -> Iterator[Suggestion]:
    """Tests of many columns at once, for what is never right."""
    chapter = "Is nothing written that means something else?"
    plain = {n: c for n, c in guess.columns.items() if c.profile.present}
    floats = [n for n, c in plain.items() if c.profile.kind == "float"]
    measures = [n for n, c in plain.items() if c.range and c.range.is_measure]
    texts = [n for n, c in plain.items() if c.profile.kind == "text"]
    public = [n for n in texts if not guess.columns[n].private]
    free = [n for n in public if not _spelled_out(guess.columns[n])]
    times = [n for n in public if guess.columns[n].is_time]
    listed = (
        ("finite", floats, "no NaN, nothing infinite"),
        ("no_sentinel", measures, "no number that stands for a missing value"),
        ("null_spellings", texts, "no word that stands for a missing value"),
        ("unpadded", free, "no space around a value"),
        ("readable_text", public, "no text decoded wrongly"),
        ("one_kind", times, "times of one form"),
    )
    for name, columns, reason in listed:
        if columns:
            yield Suggestion(name, {"column": columns}, reason, chapter)
    for limit in _TOP_SHARES:
        varied = [n for n, c in plain.items() if _varies(c) and _top(c) == limit]
        if varied:
            given = {"column": varied, "at_most": percent_text(limit)}
            reason = "no value in far more rows than the most frequent one seen"
            yield Suggestion("varies", given, reason, chapter)


def _spelled_out(column: ColumnGuess) -> bool:
    return column.domain is not None or column.form is not None


def _varies(column: ColumnGuess) -> bool:
    if column.is_constant or column.is_time or column.profile.values < _MANY:
        return False
    calendar = column.range is not None and column.range.is_calendar
    return not calendar and column.profile.top_share < _DOMINANT


def _top(column: ColumnGuess) -> float:
    """The share that the most frequent value may have: 20 points above it, or more."""
    seen = column.profile.top_share
    room = max(3 * seen, seen + 0.2)
    return next(share for share in _TOP_SHARES if room <= share or share == _MOST)
