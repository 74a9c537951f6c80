"""The accepted spans together, and what a quantity was over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from tidegate.data_tests.reference.summary import ColumnSummary, SpanSummary


@dataclass(frozen=True)
class Reference:
    """The accepted spans, oldest first.

    Attributes:
        spans: Their summaries; none where nothing has been accepted yet.
    """

    spans: tuple[SpanSummary, ...] = ()

    def __len__(self) -> int:
        return len(self.spans)

    def __str__(self) -> str:
        if not self.spans:
            return "no span"
        first, last = self.spans[0].name, self.spans[-1].name
        if len(self.spans) == 1:
            return f"1 span, {first}"
        return f"{len(self.spans)} spans, {first} to {last}"

    @property
    def newest(self) -> SpanSummary | None:
        """The last accepted span; None where there is none."""
        return self.spans[-1] if self.spans else None

    def column(self, name: str) -> Iterator[ColumnSummary]:
        """The column in each span that has it, oldest first."""
        for span in self.spans:
            if name in span.columns:
                yield span.columns[name]

    def of(
        self, name: str, quantity: Callable[[ColumnSummary], float | None]
    ) -> list[float]:
        """A quantity of a column in each span that knows it, oldest first.

        Args:
            name: The column.
            quantity: What is asked, such as `lambda column: column.missing`;
                None where a column has no answer.
        """
        told = (quantity(column) for column in self.column(name))
        return [float(value) for value in told if value is not None]

    def figures(self, name: str) -> list[float]:
        """A figure that a test measured in each span that has it, oldest first."""
        return self.over(lambda span: span.figures.get(name))

    def over(self, quantity: Callable[[SpanSummary], float | None]) -> list[float]:
        """A quantity of each span that knows it, oldest first."""
        told = map(quantity, self.spans)
        return [float(value) for value in told if value is not None]


@dataclass(frozen=True)
class Spread:
    """What a quantity was over the accepted spans.

    Attributes:
        count: In how many spans it is known.
        middle: Its median.
        low: The least.
        high: The greatest.
    """

    count: int
    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread | None:
        """The spread of some values; None of none."""
        if not values:
            return None
        return cls(len(values), median(values), min(values), max(values))

    @property
    def range(self) -> float:
        """How far the least and the greatest are apart."""
        return self.high - self.low
