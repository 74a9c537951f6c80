"""A test of values that have to be in another file, such as codes in a register."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from tidegate.data_tests.catalogue.base import (
    BadRows,
    ConditionError,
    Evidence,
    Family,
    Notes,
    Rows,
)
from tidegate.data_tests.catalogue.cells import in_one_piece
from tidegate.data_tests.catalogue.columns import named
from tidegate.data_tests.catalogue.shapes import RowTest
from tidegate.data_tests.key_file import (
    KeyFileError,
    as_words,
    key_hashes,
    keys_in,
)
from tidegate.data_tests.sql import Hashes
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.errors import UsageError
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.data_tests.view import View
    from tidegate.data_tests.whole import Whole

_MOST_HELD = 10_000


class RefersTo(RowTest):
    """Values that another file has too. A row that lacks one of them refers to nothing.

    Values meet as in `one_of`: 7, 7.0 and "7" are the same. A file of up to 10,000
    keys is read with the suite and travels in it; a larger one is read when the data
    are tested, in the process that tests them, so it has to be there.
    """

    name: ClassVar[str] = "refers_to"
    why: ClassVar[str] = "codes that no register knows, a register of another day"
    default: ClassVar[str] = (
        "`to` is what the columns are called here; `at_most: 0`; missing is allowed, "
        "`missing` is there for that"
    )
    example: ClassVar[str] = "refers_to: {column: dest, file: airports.csv, to: faa}"
    family: ClassVar[Family] = "rows"

    key: list[str] = Field(
        min_length=1, alias="column", description="column that refers, or several"
    )
    file: str = Field(
        min_length=1,
        description="CSV, Parquet or TFRecord; its path starts from the suite",
    )
    to: list[str] = Field(
        default_factory=list, description="column of the file, or as many as refer"
    )
    at_most: Tolerance = Field(
        default=NONE, description="rows that may refer to nothing"
    )
    held: str | None = Field(
        default=None,
        description="hashes of the file's keys; filled in when a suite is read",
    )

    model_config = RowTest.model_config | {"populate_by_name": True}

    @field_validator("key", "to", mode="before")
    @classmethod
    def _is_listed(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _is_of_one_length(self) -> RefersTo:
        if self.to and len(self.to) != len(self.key):
            raise ValueError(
                f"{counted(len(self.key), 'columns')} cannot refer to {len(self.to)}"
            )
        return self

    @property
    @override
    def subject(self) -> str:
        return ", ".join(self.key)

    @property
    @override
    def expectation(self) -> str:
        return f"in {Path(self.file).name}, {', '.join(self.to or self.key)}"

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return tuple(self.key)

    @override
    def located(self, folder: Path) -> RefersTo:
        path = (folder / self.file).absolute()
        if not path.exists():
            raise UsageError(
                f"there is no {self.file} to look {self.subject} up in",
                got=str(path),
                fix="correct the path, which starts from the suite",
            )
        try:
            keys = keys_in(path, tuple(self.to or self.key))
        except KeyFileError as error:
            raise UsageError(
                str(error), where=str(path), fix="correct the file, or name another"
            ) from None
        small = len(keys) <= _MOST_HELD
        held = b64encode(keys.astype("<u8").tobytes()).decode() if small else None
        return self.model_copy(update={"file": str(path), "held": held})

    @override
    def bad(self, view: View) -> tuple[Rows, Notes]:
        known = self._keys()
        rows, words = self._words(view)
        hashes = key_hashes(words)
        places = np.minimum(np.searchsorted(known, hashes), max(len(known) - 1, 0))
        dangling = known[places] != hashes if len(known) else np.ones(len(rows), bool)
        return np.unique(rows[dangling]), Notes.of_words(_counted(words, dangling))

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        file = Path(self.file).name
        fix = f"bring {file} up to date, or fix {self.subject} in the export"
        return replace(super().judge(seen, whole), fix=fix)

    @override
    def observed(self, found: BadRows) -> str:
        count = len(found.blame)
        if not count:
            return "every value is there"
        return f"{named(found.notes.words)} on {counted(count, 'rows')}"

    def _keys(self) -> Hashes:
        if self.held is None:
            return keys_in(Path(self.file), tuple(self.to or self.key))
        return np.frombuffer(b64decode(self.held), "<u8").astype(np.uint64)

    def _words(self, view: View) -> tuple[Rows, list[pa.Array]]:
        """Rows with a whole key, and its values as text."""
        if len(self.key) == 1:
            cells = view.cells(self.key[0])
            return cells.rows, [as_words(cells.values)]
        columns = [in_one_piece(view.column(name)) for name in self.key]
        if any(pa.types.is_nested(column.type) for column in columns):
            raise ConditionError("lists cannot be part of a key of several columns")
        whole = np.ones(view.rows, np.bool_)
        for column in columns:
            whole &= np.asarray(column.is_valid())
        mask = pa.array(whole)
        return np.flatnonzero(whole), [as_words(c.filter(mask)) for c in columns]


def _counted(words: list[pa.Array], dangling: Rows) -> dict[str, int]:
    """How often each dangling key occurs, as text."""
    mask = pa.array(dangling)
    parts = [word.filter(mask).to_pylist() for word in words]
    counts: dict[str, int] = {}
    for key in zip(*parts, strict=True):
        text = " / ".join(_text(part) for part in key)
        counts[text] = counts.get(text, 0) + 1
    return counts


def _text(word: object) -> str:
    if isinstance(word, bytes):
        return word.decode("utf-8", "backslashreplace")
    return str(word)
