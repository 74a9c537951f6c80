"""From a guess to a first suite: each test with its reason, none broken by the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tidegate.data_tests.catalogue import CATALOGUE
from tidegate.data_tests.evaluate import Circumstances, look, whole_of
from tidegate.data_tests.suite import Suite
from tidegate.data_tests.verdicts import verdicts
from tidegate.schema_life.guess import Guess
from tidegate.schema_life.suggestions import Suggestion, suggestions_of


@dataclass(frozen=True)
class SuggestedSuite:
    """A first suite.

    Attributes:
        dataset: Name of the data set.
        suggestions: The tests; all hold on the data.
        key: Columns that together name a row; empty if none do.
        label: Column that is predicted.
        time: Column that says when a row happened.
        pii: Private columns, each with the reason.
        dropped: What was guessed and did not hold in all rows.
    """

    dataset: str
    suggestions: tuple[Suggestion, ...]
    key: tuple[str, ...] = ()
    label: str | None = None
    time: str | None = None
    pii: dict[str, str] = field(default_factory=dict)
    dropped: tuple[Suggestion, ...] = ()

    @property
    def suite(self) -> Suite:
        """The suite itself."""
        return Suite(
            dataset=self.dataset,
            tests=[test for one in self.suggestions for test in one.tests],
            key=list(self.key),
            label=self.label,
            time=self.time,
            pii=list(self.pii),
        )


def suggest(guess: Guess, dataset: str) -> SuggestedSuite:
    """A first suite: what is guessed and holds in every row of the data."""
    guessed = _together([one for one in suggestions_of(guess) if one.name in CATALOGUE])
    kept, dropped = _holding(guess, guessed, dataset)
    key = next((tuple(s.parameters["columns"]) for s in kept if s.name == "unique"), ())
    # The first key that holds; the rows as a whole only where there is none.
    kept = [
        one
        for one in kept
        if not (one.name == "unique" and tuple(one.parameters["columns"]) != key)
        and not (one.name == "no_duplicates" and key)
    ]
    return SuggestedSuite(
        dataset,
        tuple(kept),
        key=key,
        label=guess.label,
        time=guess.time,
        pii={n: c.private for n, c in guess.columns.items() if c.private},
        dropped=tuple(dropped),
    )


def _together(suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    """The same tests of several columns as one, for the same reason."""
    found: dict[str, Suggestion] = {}
    for one in suggestions:
        others = {k: v for k, v in one.parameters.items() if k != "column"}
        column = one.parameters.get("column")
        alike = repr((one.name, others, one.reason, one.chapter, column is None))
        if alike in found and isinstance(column, str):
            before = found[alike].parameters["column"]
            known = before if isinstance(before, list) else [before]
            found[alike] = found[alike].only([*known, column])
        else:
            found[alike] = one
    return list(found.values())


def _holding(
    guess: Guess, guessed: Sequence[Suggestion], dataset: str
) -> tuple[list[Suggestion], list[Suggestion]]:
    """The suggestions that hold in all rows, and those that do not."""
    flat = [(n, test) for n, one in enumerate(guessed) for test in one.tests]
    suite = Suite(
        dataset=dataset,
        tests=[test for _, test in flat],
        label=guess.label,
        time=guess.time,
        pii=guess.private,
    )
    glance, read = look(suite, guess.seen.dataset)
    whole = whole_of(suite, read, glance, Circumstances())
    told = verdicts(suite, read, glance, whole)
    broken: dict[int, list[str]] = {}
    for (n, test), evidence in zip(flat, told, strict=True):
        if evidence.holds is False:
            broken.setdefault(n, []).append(getattr(test, "column", test.subject))
    kept, dropped = [], []
    for n, one in enumerate(guessed):
        columns = one.parameters.get("column")
        if n not in broken:
            kept.append(one)
        elif isinstance(columns, list):
            right = [name for name in columns if name not in broken[n]]
            kept += [one.only(right)] if right else []
            dropped.append(one.only(broken[n]))
        else:
            dropped.append(one)
    return kept, dropped
