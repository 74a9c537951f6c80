"""Tests of how the values of a column are written: form, length, case, letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from tidegate.data_tests.catalogue.base import BadRows, DataTest, Notes, Rows
from tidegate.data_tests.catalogue.columns import named
from tidegate.data_tests.catalogue.mojibake import CONTROL, SUSPECT, is_garbled
from tidegate.data_tests.catalogue.shapes import ColumnTest, RowTest
from tidegate.data_tests.catalogue.words import Words, as_flags
from tidegate.data_tests.tolerance import NONE, Tolerance
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.data_tests.catalogue.words import Flags
    from tidegate.data_tests.view import View

_PADDED = r"\A[\pZ\pC]|[\pZ\pC]\z"


class TextTest(ColumnTest, RowTest):
    """A test of the spelling of each value. Missing is allowed."""

    def wrong(self, words: Words) -> Flags:
        """Which of the distinct texts break it."""
        raise NotImplementedError

    @override
    def bad(self, view: View) -> tuple[Rows, Notes]:
        words = Words.of(view.cells(self.column))
        return words.blame(self.wrong(words))

    @override
    def observed(self, found: BadRows) -> str:
        if not len(found.blame):
            return "no row"
        rows = counted(len(found.blame), "rows")
        return f"{named(found.notes.words)} on {rows}"


class Matches(TextTest):
    """Every value has the form of a regular expression, from end to end."""

    name: ClassVar[str] = "matches"
    why: ClassVar[str] = "ids, codes and times of another form, or of another column"
    default: ClassVar[str] = (
        "`at_most: 0`; the whole value must match, in RE2's dialect, which takes "
        "linear time of any text"
    )
    example: ClassVar[str] = 'matches: {column: tailnum, regex: "[A-Z0-9]{5,6}"}'

    regex: str = Field(min_length=1, description="form of a whole value, as in RE2")
    at_most: Tolerance = Field(default=NONE, description="rows of another form")

    @field_validator("regex")
    @classmethod
    def _compiles(cls, regex: str) -> str:
        # Alone first, or "a)|(b" would be one with the anchors around it.
        for pattern in (regex, _anchored(regex)):
            try:
                pc.match_substring_regex(pa.array([""]), pattern=pattern)
            except pa.ArrowInvalid as error:
                reason = str(error).removeprefix("Invalid regular expression: ")
                raise ValueError(f"is no regular expression of RE2: {reason}") from None
        return regex

    @property
    @override
    def expectation(self) -> str:
        return f"matches {self.regex}"

    @override
    def wrong(self, words: Words) -> Flags:
        return ~words.matching(_anchored(self.regex)) | words.broken


class Length(TextTest):
    """Every value has so many characters. Bounds are allowed themselves."""

    name: ClassVar[str] = "length"
    why: ClassVar[str] = "texts cut off, run together, or codes without leading zeros"
    default: ClassVar[str] = "one bound is required, both are allowed; `at_most: 0`"
    example: ClassVar[str] = "length: {column: origin, low: 3, high: 3}"

    low: int | None = Field(default=None, ge=0, description="fewest characters")
    high: int | None = Field(default=None, ge=0, description="most characters")
    at_most: Tolerance = Field(default=NONE, description="rows of another length")

    @model_validator(mode="after")
    def _has_bounds(self) -> Length:
        if self.low is None and self.high is None:
            raise ValueError("needs low, high or both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self

    @property
    @override
    def expectation(self) -> str:
        if self.low == self.high:
            return counted(self.low or 0, "characters")
        if self.low is None:
            return f"at most {counted(self.high or 0, 'characters')}"
        if self.high is None:
            return f"at least {counted(self.low, 'characters')}"
        return f"{self.low} to {counted(self.high, 'characters')}"

    @override
    def wrong(self, words: Words) -> Flags:
        lengths = np.asarray(pc.utf8_length(words.texts), np.int64)
        long = lengths > self.high if self.high is not None else lengths < 0
        return long | (lengths < (self.low or 0))


class Case(TextTest):
    """Every letter is a capital, or every letter a small one."""

    name: ClassVar[str] = "case"
    why: ClassVar[str] = "one category in two spellings, such as EWR and ewr"
    default: ClassVar[str] = "`is` is required; `at_most: 0`"
    example: ClassVar[str] = "case: {column: origin, is: upper}"

    model_config = DataTest.model_config | {"populate_by_name": True}

    kind: Literal["upper", "lower"] = Field(alias="is", description="upper or lower")
    at_most: Tolerance = Field(default=NONE, description="rows in another case")

    @property
    @override
    def expectation(self) -> str:
        return f"{self.kind} case"

    @override
    def wrong(self, words: Words) -> Flags:
        turn = pc.utf8_upper if self.kind == "upper" else pc.utf8_lower
        turned = pc.not_equal(turn(words.texts), words.texts)
        return as_flags(turned)


class Unpadded(TextTest):
    """No value begins or ends with a space, a tab or an invisible character."""

    name: ClassVar[str] = "unpadded"
    why: ClassVar[str] = 'values that look alike and are not: "JFK" and "JFK "'
    default: ClassVar[str] = "`at_most: 0`: a padded category is another category"
    example: ClassVar[str] = "unpadded: {column: [carrier, origin, dest]}"

    at_most: Tolerance = Field(default=NONE, description="rows that may be padded")

    @property
    @override
    def expectation(self) -> str:
        return "nothing invisible around it"

    @override
    def wrong(self, words: Words) -> Flags:
        return words.matching(_PADDED)


class ReadableText(TextTest):
    """No value was decoded wrongly: no `�`, no `Ã¼` for `ü`, no control character."""

    name: ClassVar[str] = "readable_text"
    why: ClassVar[str] = (
        "an export that was written in one encoding and read in another"
    )
    default: ClassVar[str] = (
        "`at_most: 0`; a value counts as garbled if its odd characters are UTF-8 "
        "that was read as Latin-1 or Windows-1252"
    )
    example: ClassVar[str] = "readable_text: {column: dest}"

    at_most: Tolerance = Field(default=NONE, description="rows that may be garbled")

    @property
    @override
    def expectation(self) -> str:
        return "readable text"

    @override
    def wrong(self, words: Words) -> Flags:
        found = words.matching(CONTROL) | words.broken
        # Only what might be garbled is worth a closer look, in Python.
        places = np.flatnonzero(words.matching(SUSPECT) & ~found)
        texts = words.texts.take(pa.array(places)).to_pylist()
        found[places] = [is_garbled(text) for text in texts]
        return found


def _anchored(regex: str) -> str:
    return rf"\A(?:{regex})\z"
