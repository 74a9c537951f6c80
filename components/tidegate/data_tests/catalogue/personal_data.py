"""A test for e-mail addresses, phone, card and other numbers of persons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.blame import Blame, union
from tidegate.data_tests.catalogue.base import (
    DataTest,
    Evidence,
    Family,
    Seen,
    no_such_column,
)
from tidegate.data_tests.catalogue.cells import Cells
from tidegate.data_tests.personal import (
    PLURALS,
    USUAL,
    Detector,
    Kind,
    detectors,
    examine,
)
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

_LONGEST = 10_000
_MOST_NAMED = 5
_SHORTEST_CARD = 10**12


@dataclass(frozen=True)
class Tally:
    """What one detector saw in one column.

    Attributes:
        rows: Rows that hold its shape.
        checked: Values of them that were checked.
        right: Those of the checked that are real.
    """

    rows: Blame = field(default_factory=Blame)
    checked: int = 0
    right: int = 0

    def merge(self, other: Tally) -> Tally:
        """What it saw in both."""
        return Tally(
            self.rows.merge(other.rows),
            self.checked + other.checked,
            self.right + other.right,
        )

    @property
    def counts(self) -> bool:
        """Whether it is no chance: of random digits one in ten passes a check.

        If it is none, what fails the check is a slip in personal data, and blamed.
        """
        return self.right > 0 and 2 * self.right >= self.checked


@dataclass(frozen=True)
class PersonalSeen:
    """What all detectors saw in some batches, by column, kind and detector."""

    total: int = 0
    found: Mapping[tuple[str, str, str], Tally] = field(default_factory=dict)

    def merge(self, other: PersonalSeen) -> PersonalSeen:
        """What they saw in both."""
        found = dict(self.found)
        for key, tally in other.found.items():
            found[key] = found[key].merge(tally) if key in found else tally
        return PersonalSeen(self.total + other.total, found)


class NoPersonalData(DataTest):
    """No value that identifies a person.

    Its report tells kinds, columns and counts, never a value; and the columns in
    which it finds something are masked in the whole report, as `pii` columns are.
    """

    name: ClassVar[str] = "no_personal_data"
    why: ClassVar[str] = "personal data in free text, or in a column of another name"
    default: ClassVar[str] = (
        "all columns of text, and card numbers among integers, but for the suite's "
        "`pii` columns, of which it is known; all kinds but `ip`; `at_most: 0`"
    )
    example: ClassVar[str] = "no_personal_data: {}"
    family: ClassVar[Family] = "privacy"
    blames: ClassVar[bool] = True

    of: list[str] | None = Field(
        default=None,
        min_length=1,
        alias="columns",
        description="columns to look into; all of them if it is left out",
    )
    kinds: list[Kind] = Field(
        default=list(USUAL),
        min_length=1,
        description="email, phone, card, national_id, iban, ip",
    )
    at_most: Tolerance = Field(default=NONE, description="rows that may hold some")

    model_config = DataTest.model_config | {"populate_by_name": True}

    @property
    @override
    def subject(self) -> str:
        return ", ".join(self.of) if self.of else "rows"

    @property
    @override
    def expectation(self) -> str:
        listed = [PLURALS[kind] for kind in self.kinds]
        *most, last = listed
        named = f"{', '.join(most)} or {last}" if most else last
        few = "no" if self.at_most.rows == 0 else f"at most {self.at_most} with"
        return f"{few} {named}"

    @override
    def look(self, view: View) -> Seen:
        names = self.of or view.table.column_names
        looking = detectors(self.kinds)
        found: dict[tuple[str, str, str], Tally] = {}
        for name in names:
            for kind, label, tally in _tallies(view, name, looking):
                found[name, kind, label] = tally
        return PersonalSeen(view.rows, found)

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        for name in self.of or ():
            if name not in whole.columns:
                return no_such_column(name, whole.columns)
        held: PersonalSeen = seen or PersonalSeen()
        known = frozenset() if self.of else whole.pii
        real = {
            key: tally
            for key, tally in sorted(held.found.items())
            if tally.counts and key[0] not in known
        }
        rows = union(tally.rows for tally in real.values())
        columns = dict.fromkeys(column for column, _, _ in real)
        return Evidence(
            len(rows) <= self.at_most.of(held.total),
            "; ".join(_told(real)) or "none found",
            rows,
            fix=f"remove or mask {', '.join(columns)} in the export; if they belong "
            "there, name them under `pii` in the suite",
            total=held.total,
            hides=frozenset(columns),
        )


def _told(real: Mapping[tuple[str, str, str], Tally]) -> Iterator[str]:
    """`dest: e-mail addresses on 12 rows`: what was found where, no value of it."""
    kinds: dict[tuple[str, str], list[Blame]] = {}
    for (column, kind, _), tally in real.items():
        kinds.setdefault((column, kind), []).append(tally.rows)
    for (column, kind), blames in list(kinds.items())[:_MOST_NAMED]:
        yield f"{column}: {PLURALS[kind]} on {counted(len(union(blames)), 'rows')}"
    if len(kinds) > _MOST_NAMED:
        yield f"{len(kinds) - _MOST_NAMED} more"


def _tallies(
    view: View, name: str, looking: tuple[Detector, ...]
) -> Iterator[tuple[str, str, Tally]]:
    """What each detector sees in a column, with its kind and its name."""
    cells = view.cells(name)
    if pa.types.is_integer(cells.values.type):
        looking = tuple(one for one in looking if one.kind == "card")
        cells, words, codes = _long_integers(cells)
    else:
        words, codes = _distinct(cells)
    for seen in examine(words, looking):
        rows = Blame.of(view.positions[cells.blame(seen.shaped[codes])])
        checked, right = int(seen.checked[codes].sum()), int(seen.real[codes].sum())
        yield seen.detector.kind, seen.detector.label, Tally(rows, checked, right)


def _long_integers(cells: Cells) -> tuple[Cells, pa.Array, npt.NDArray[np.int64]]:
    """Integers of 13 digits and more, their distinct texts, and places among these."""
    numbers = np.asarray(cells.values).astype(np.int64)
    long = numbers >= _SHORTEST_CARD
    held, codes = np.unique(numbers[long], return_inverse=True)
    words = pa.array([str(number) for number in held], pa.large_string())
    return Cells(pa.array(numbers[long]), cells.rows[long]), words, codes


def _distinct(cells: Cells) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """The distinct texts, and for each value its place; none for numbers."""
    kind = cells.values.type
    none = pa.array([], pa.large_string()), np.zeros(0, np.int64)
    texts = (pa.types.is_large_string, pa.types.is_string)
    raw = (pa.types.is_large_binary, pa.types.is_binary)
    if not len(cells.values) or not any(is_it(kind) for is_it in texts + raw):
        return none
    coded = cells.values.dictionary_encode()
    return _as_text(coded.dictionary), np.asarray(coded.indices, np.int64)


def _as_text(words: pa.Array) -> pa.Array:
    """Texts of bounded length; what is no UTF-8 becomes an empty one."""
    if (pc.max(pc.binary_length(words)).as_py() or 0) <= _LONGEST:
        try:
            return words.cast(pa.large_string())
        except pa.ArrowInvalid:
            pass
    return pa.array([_decoded(word) for word in words.to_pylist()], pa.large_string())


def _decoded(word: str | bytes) -> str:
    try:
        text = word.decode() if isinstance(word, bytes) else word
    except UnicodeDecodeError:
        return ""
    return text[:_LONGEST]
