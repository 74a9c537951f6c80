"""The evidence of one test: places, rows, a picture, and who answers for it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Record(BaseModel):
    """A part of a report: never changed, and without unknown keys."""

    # Infinities of the data survive JSON as text; as null they would not be read.
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


class Place(Record):
    """Where one row stands: in its source file where known, else in its split.

    Attributes:
        row: Number of the row, counted from 1: in its file where there is a file
            but no line (Parquet, TFRecord), else in its split.
        split: Name of the split, such as "train".
        file: Source file's name, or None where the reader did not record it.
        line: Line in that file, counted from 1 with the header as line 1; None
            for files without lines.
    """

    row: int
    split: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        if self.line is not None and self.file is not None:
            return f"{self.file}:{self.line}"
        return f"{self.file or self.split} row {self.row}"


class RowSample(Record):
    """One failing row: its place, and the values that tell why, as text.

    Values are capped in length; those of private columns read "(private)".
    """

    place: Place
    values: dict[str, str] = Field(default_factory=dict)


class Plot(Record):
    """A small picture of what a test saw, beside what it was compared with.

    Values of private columns never get into a plot: whoever makes it leaves
    them out, labels and bin edges included.

    Attributes:
        kind: "numbers" is a histogram, "values" one bar a category, "series"
            a line over spans or time.
        title: What is shown, such as "dep_delay, share of rows".
        labels: One text a bin, category or point.
        now: Height of each in the data that was tested: a share of the rows
            (0 to 1) for "numbers"; a share, or a value where there is a unit,
            for "values"; a value for "series".
        reference: The same of what it is compared with; None where there is
            nothing.
        edges: Edges of the bins of "numbers", ascending, one more than bins.
        marked: Indices of the bins, categories or points that break the test.
        limits: What the test allows, lowest and highest: on the axis of values
            for "numbers", on the axis of heights for the others; an infinite
            one is no limit. Empty where the test has none.
        unit: Unit of the column for "numbers", of the heights for the others,
            such as "minutes"; "share" for a series of shares, shown in percent;
            None where there is none.
    """

    kind: Literal["numbers", "values", "series"]
    title: str
    labels: tuple[str, ...]
    now: tuple[float, ...]
    reference: tuple[float, ...] | None = None
    edges: tuple[float, ...] = ()
    marked: tuple[int, ...] = ()
    limits: tuple[float, ...] = ()
    unit: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Plot:
        """The plot, if its parts are of one length."""
        bins = len(self.now)
        edges = bins + 1 if self.kind == "numbers" else 0
        for name, length, right in (
            ("labels", len(self.labels), {bins}),
            ("reference", len(self.reference or self.now), {bins}),
            ("edges", len(self.edges), {edges}),
            ("limits", len(self.limits), {0, 2}),
            ("marked", max(self.marked, default=-1) + 1, set(range(bins + 1))),
        ):
            if length not in right:
                raise ValueError(f"{name} of a plot with {bins} bins: {length}")
        return self


class Line(Record):
    """One line of a picture with curves.

    Attributes:
        name: What it stands for: "candidate", "champion".
        x: Places along, ascending.
        y: Heights.
        role: "now" is what was tested, "reference" what it is compared with,
            "guide" what a reader holds both against, such as a diagonal.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    role: Literal["now", "reference", "guide"] = "now"

    @model_validator(mode="after")
    def _fits(self) -> Line:
        """The line, if it has a height at every place."""
        if len(self.x) != len(self.y):
            raise ValueError(f"{len(self.x)} places and {len(self.y)} heights")
        return self


class Curves(Record):
    """Lines over numbers, such as the ROC curves of two models.

    Attributes:
        title: What is shown.
        lines: The lines, at least one.
        x_title: What is along.
        y_title: What is up.
    """

    kind: Literal["curves"] = "curves"
    title: str
    lines: tuple[Line, ...] = Field(min_length=1)
    x_title: str | None = None
    y_title: str | None = None


class Intervals(Record):
    """A value with its interval for each of several things, such as slices.

    Attributes:
        title: What is shown: "auc by carrier, 95 % intervals".
        labels: Name of each thing.
        now: Value of each.
        low: Lower end of each interval.
        high: Upper end of each interval.
        reference: The value of what it is compared with; None without any.
        marked: Indices of the things that break the test.
        limits: What the test allows, lowest and highest, infinite where there is
            none; empty where the test has none.
    """

    kind: Literal["intervals"] = "intervals"
    title: str
    labels: tuple[str, ...]
    now: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    reference: tuple[float, ...] | None = None
    marked: tuple[int, ...] = ()
    limits: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Intervals:
        """The picture, if its parts are of one length."""
        things = len(self.labels)
        parts = (self.now, self.low, self.high, self.reference or self.now)
        wrong = [len(part) for part in parts if len(part) != things]
        if wrong or max(self.marked, default=-1) >= things:
            raise ValueError(f"parts of a picture with {things} things: {wrong}")
        if len(self.limits) not in (0, 2):
            raise ValueError(f"limits of a picture: {len(self.limits)}")
        return self


class Waived(Record):
    """Who answers for a test that need not hold for now, why, and until when.

    Attributes:
        owner: A person or team.
        reason: Why the failure is accepted.
        expires: The last day on which it is.
        state: "expired" from the day after: the test fails again.
    """

    owner: str
    reason: str
    expires: date
    state: Literal["active", "expired"] = "active"
