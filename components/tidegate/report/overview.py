"""The results of a report put in order for a page: by family, by column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from tidegate.report.model import Outcome, TestReport, TestResult

# As a reader meets them: the worst first.
_ORDER = ("failed", "warned", "waived", "skipped", "passed")
_TITLES = {
    "schema": "schema",
    "columns": "columns",
    "rows": "rows",
    "batch": "the batch",
    "label": "the label",
    "privacy": "privacy",
    None: "others",
}


@dataclass(frozen=True)
class FamilyCount:
    """How one chapter of the catalogue did.

    Attributes:
        title: Its name for people.
        counts: Outcome and number of results, the worst first, none of zero.
        total: Number of its results.
    """

    title: str
    counts: tuple[tuple[str, int], ...]
    total: int


@dataclass(frozen=True)
class PassedGroup:
    """The passed tests of one chapter, those of one column side by side.

    Attributes:
        title: Name of the chapter; "tests" where the report has no chapters.
        subjects: Each column or other subject with its results.
        total: Number of passed tests, the hidden ones included.
        hidden: Number of results that are too many to show.
    """

    title: str
    subjects: tuple[tuple[str, tuple[TestResult, ...]], ...]
    total: int
    hidden: int


def families(report: TestReport) -> list[FamilyCount]:
    """The chapters of the report in order; none where it names no chapter."""
    if all(result.family is None for result in report.results):
        return []
    found = []
    for family, title in _TITLES.items():
        outcomes = Counter(
            r.outcome.value for r in report.results if r.family == family
        )
        if outcomes:
            counts = tuple((o, outcomes[o]) for o in _ORDER if outcomes[o])
            found.append(FamilyCount(title, counts, outcomes.total()))
    return found


def passed(report: TestReport, most: int) -> list[PassedGroup]:
    """The passed results by chapter and subject, no more than `most` of them."""
    held = [r for r in report.results if r.outcome is Outcome.PASSED]
    plain = all(result.family is None for result in held)
    groups, left = [], most
    for family, title in _TITLES.items():
        mine = [result for result in held if result.family == family]
        if mine:
            shown = tuple(islice(_by_subject(mine), left))
            left -= len(shown)
            groups.append(
                PassedGroup(
                    title="tests" if plain else title,
                    subjects=_grouped(shown),
                    total=len(mine),
                    hidden=len(mine) - len(shown),
                )
            )
    return groups


def _by_subject(results: Sequence[TestResult]) -> list[TestResult]:
    """The results with those of one subject together, in order of appearance."""
    first: dict[str, int] = {}
    for number, result in enumerate(results):
        first.setdefault(result.subject, number)
    return sorted(results, key=lambda result: first[result.subject])


def _grouped(
    results: Sequence[TestResult],
) -> tuple[tuple[str, tuple[TestResult, ...]], ...]:
    return tuple(
        (subject, tuple(members))
        for subject, members in groupby(results, key=lambda result: result.subject)
    )
