"""A test of which labels there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.blame import Blame, union
from tidegate.data_tests.catalogue.base import Evidence, of_rows
from tidegate.data_tests.catalogue.columns import named
from tidegate.data_tests.catalogue.label import LabelTest
from tidegate.data_tests.label.labels import spelled_any
from tidegate.data_tests.tolerance import NONE, Tolerance

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

# What has more different values is no class but a quantity or an id.
_MOST_WORDS = 1_000


@dataclass(frozen=True)
class RowsByLabel:
    """The rows with each label, in some batches.

    Attributes:
        rows: By label as text; None if there are too many different ones.
        total: Rows looked at.
    """

    rows: Mapping[str, Blame] | None = field(default_factory=dict)
    total: int = 0

    def merge(self, other: RowsByLabel) -> RowsByLabel:
        """The rows of both."""
        total = self.total + other.total
        if self.rows is None or other.rows is None:
            return RowsByLabel(None, total)
        both = dict(self.rows)
        for word, blame in other.rows.items():
            both[word] = both[word].merge(blame) if word in both else blame
        return RowsByLabel(both if len(both) <= _MOST_WORDS else None, total)


class LabelValues(LabelTest):
    """Labels out of a list, or those of the accepted spans. Missing is allowed."""

    name: ClassVar[str] = "label_values"
    blames: ClassVar[bool] = True
    why: ClassVar[str] = "a class that no model was trained on, or a misspelt one"
    default: ClassVar[str] = (
        "`values`: the labels of the accepted spans; `at_most: 0`: a class is known "
        "or it is not"
    )
    example: ClassVar[str] = 'label_values: {is: "arr_delay > 15", values: [0, 1]}'

    values: list[bool | int | float | str] | None = Field(
        default=None, min_length=1, description="allowed labels"
    )
    at_most: Tolerance = Field(default=NONE, description="rows that may have others")

    @property
    @override
    def expectation(self) -> str:
        if self.values is None:
            return "labels that accepted data have"
        shown = ", ".join(str(value) for value in self.values[:6])
        more = len(self.values) - 6
        return f"one of {shown}" + (f" and {more} more" if more > 0 else "")

    @override
    def look(self, view: View) -> RowsByLabel | None:
        if self.column is None and self.expression is None:
            return None
        labels = self.labels(view.table)
        allowed = spelled_any(self.values or ())
        strange = [n for n, word in enumerate(labels.words) if word not in allowed]
        if len(strange) > _MOST_WORDS:
            return RowsByLabel(None, view.rows)
        places = {n: np.flatnonzero(labels.codes == n) for n in strange}
        blames = {n: Blame.of(view.positions[rows]) for n, rows in places.items()}
        found = {labels.words[n]: blame for n, blame in blames.items() if len(blame)}
        return RowsByLabel(found, view.rows)

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        found: RowsByLabel = seen or RowsByLabel()
        known = self._known(whole)
        if known is None:
            return Evidence(None, "no accepted span tells which labels there are")
        columns = self.telling(whole)
        if found.rows is None:
            return Evidence(
                False,
                f"more than {_MOST_WORDS:,} different labels",
                columns=columns,
                fix="leave this test out for a label that is a quantity",
            )
        rows = {w: blame for w, blame in found.rows.items() if w not in known}
        blame = union(rows.values())
        words = {word: len(held) for word, held in rows.items()}
        told = f"{named(words)} on {of_rows(len(blame), found.total)}"
        return Evidence(
            len(blame) <= self.at_most.of(found.total),
            told if words else "no other label",
            blame,
            columns,
            total=found.total,
        )

    def _known(self, whole: Whole) -> frozenset[str] | None:
        """The allowed labels as text; None where nothing says which."""
        if self.values is not None:
            return spelled_any(self.values)
        spans = () if whole.reference is None else whole.reference.spans
        name = self._named(whole)
        words = [
            word
            for span in spans
            if name is not None and span.label == name
            for word in span.labels
        ]
        return spelled_any(words) if words else None
