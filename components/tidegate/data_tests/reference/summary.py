"""One accepted span: what its columns were, small, and without any row."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FORMAT_VERSION: Literal[1] = 1
# The shares of values at which quantiles are kept.
LEVELS = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)


class _Record(BaseModel):
    """A part of a summary: never changed, and without unknown keys."""

    # Infinities of the data survive JSON as text; as null they would not be read.
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


class Lengths(_Record):
    """Lengths of texts, in characters.

    Attributes:
        shortest: Of the shortest text.
        mean: Their mean.
        longest: Of the longest text.
    """

    shortest: int
    mean: float
    longest: int


class ColumnSummary(_Record):
    """What the values of one column were.

    Shares are 0 to 1: `missing` of the rows, the others of the values. Of a
    private column only what tells no value is kept.

    Attributes:
        kind: "int", "float", "text", "bytes", or "none" for a column without
            values.
        listed: Whether rows hold lists of values.
        private: Whether its values are private: then there are no quantiles,
            moments, bins or frequent values.
        missing: Share of the rows without a value.
        nan: Share of the values that are not a number.
        infinite: Share of the values that are infinite.
        zeros: Share of the values that are zero.
        distinct: Number of distinct values; an estimate where it is great.
        quantiles: Numbers at `LEVELS`; empty without numbers.
        mean: Mean of the finite numbers.
        deviation: Standard deviation of the finite numbers.
        edges: Edges of the bins of a histogram, ascending, one more than bins.
        heights: Share of the numbers in each bin; the first and the last one
            hold what is beyond them too.
        top: The most frequent values as text (`canonical`), with their shares,
            most frequent first.
        top_share: Share of the most frequent value.
        decimals: Shares of the numbers by how many decimals they are written with.
        lengths: Lengths of the texts; None without texts.
    """

    kind: str = "none"
    listed: bool = False
    private: bool = False
    missing: float = 0.0
    nan: float = 0.0
    infinite: float = 0.0
    zeros: float = 0.0
    distinct: int = 0
    quantiles: tuple[float, ...] = ()
    mean: float | None = None
    deviation: float | None = None
    edges: tuple[float, ...] = ()
    heights: tuple[float, ...] = ()
    top: tuple[tuple[str, float], ...] = ()
    top_share: float = 0.0
    decimals: dict[int, float] = Field(default_factory=dict)
    lengths: Lengths | None = None

    def quantile(self, level: float) -> float | None:
        """The quantile at one of `LEVELS`; None without numbers."""
        return self.quantiles[LEVELS.index(level)] if self.quantiles else None


class Relations(_Record):
    """How columns went together, in a random sample of the rows.

    A pair is two numbers of columns and a measure.

    Attributes:
        rows: Rows of the sample.
        names: Names of the columns.
        order: Rank correlations (Spearman) of numbers and times, -1 to 1.
        groups: How much better the second column is known where the first one
            is (Goodman and Kruskal's tau, without bias), about 0 to 1.
        missing: How missing values of both come together (phi), -1 to 1.
    """

    rows: int = 0
    names: tuple[str, ...] = ()
    order: tuple[tuple[int, int, float], ...] = ()
    groups: tuple[tuple[int, int, float], ...] = ()
    missing: tuple[tuple[int, int, float], ...] = ()


class EventTimes(_Record):
    """When the rows of a span happened.

    Attributes:
        earliest: The first time seen; in a great span that of a sample.
        latest: The last time seen.
    """

    earliest: datetime
    latest: datetime


class SpanSummary(_Record):
    """One accepted span.

    Attributes:
        name: The span's number or name; it names the file.
        rows: Number of rows.
        span: Number of the span, None where spans have none.
        created: When the summary was made, in UTC.
        splits: Rows per split.
        columns: What each column's values were, in the order of the columns.
        relations: How columns went together.
        label: Column that is predicted.
        labels: Share of each label, as text; empty if there are too many, or if
            the label is private.
        time: When the rows happened; None without a column of times.
        figures: What tests measured on it (`Evidence.figures`), by name.
    """

    format_version: Literal[1] = FORMAT_VERSION
    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    rows: int = Field(ge=0)
    span: int | None = None
    created: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))
    splits: dict[str, int] = Field(default_factory=dict)
    columns: dict[str, ColumnSummary] = Field(default_factory=dict)
    relations: Relations = Field(default_factory=Relations)
    label: str | None = None
    labels: dict[str, float] = Field(default_factory=dict)
    time: EventTimes | None = None
    figures: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> SpanSummary:
        """The summary, if its parts fit together."""
        columns = len(self.relations.names)
        for pairs in (
            self.relations.order,
            self.relations.groups,
            self.relations.missing,
        ):
            if any(not 0 <= n < columns for pair in pairs for n in pair[:2]):
                raise ValueError("a relation is of a column without a name")
        for name, column in self.columns.items():
            if len(column.quantiles) not in (0, len(LEVELS)):
                raise ValueError(f"{name} has {len(column.quantiles)} quantiles")
            if column.edges and len(column.edges) != len(column.heights) + 1:
                raise ValueError(f"{name} has {len(column.heights)} bins")
        return self
