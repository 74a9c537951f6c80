"""A test that no column tells the label by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator
from typing_extensions import override

from tidegate.data_tests.blame import Rows
from tidegate.data_tests.catalogue.base import Evidence
from tidegate.data_tests.catalogue.label import LabelTest
from tidegate.data_tests.catalogue.shapes import SampleTest
from tidegate.data_tests.label.encoding import feature, folds_of
from tidegate.data_tests.label.power import FEWEST, power, targets
from tidegate.report.model import Plot
from tidegate.report.wording import counted, printable

if TYPE_CHECKING:
    from tidegate.data_tests.whole import Whole

_MOST_CELLS = 2_000_000
_FEWEST_ROWS = 1_000
_MOST_NAMED = 4
_MOST_SHOWN = 12


class FeaturesTest(LabelTest, SampleTest):
    """A test of the label beside the features, on a random sample of the rows."""

    features: list[str] | None = Field(
        default=None, min_length=1, description="the features; by default all columns"
    )
    excepted: list[str] = Field(
        default_factory=list,
        alias="except",
        description="columns that are no features, or are known to tell the label",
    )

    @model_validator(mode="after")
    def _not_both(self) -> FeaturesTest:
        both = sorted(set(self.features or ()) & set(self.excepted))
        if both:
            raise ValueError(f"{both[0]} is in features and in except")
        return self

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return (*super().columns, *(self.features or ()))

    def used(self, whole: Whole) -> list[str]:
        """The features: what is asked for, without the label."""
        if self.features is not None:
            return list(self.features)
        left_out = {*self.excepted, self._named(whole)}
        return [name for name in whole.columns if name not in left_out]


class NoLeak(FeaturesTest):
    """No feature tells the label by itself nearly without fault."""

    name: ClassVar[str] = "no_leak"
    why: ClassVar[str] = (
        "a column that was written after the label was known, or from it: a model "
        "that is brilliant here and useless in use"
    )
    default: ClassVar[str] = (
        "all columns but the label; `at_most: 0.98`: single honest features stay below "
        "(the departure delay tells a late arrival with 0.92), columns made from the "
        "label reach 1 but for noise"
    )
    example: ClassVar[str] = (
        'no_leak: {is: "arr_delay > 15", except: [arr_delay], at_most: 0.98}'
    )

    at_most: float = Field(
        default=0.98,
        gt=0.5,
        lt=1,
        description="most that a feature may tell: AUC of classes, R² of a quantity",
    )

    @property
    @override
    def expectation(self) -> str:
        return f"no feature tells it with more than {self.at_most:g}"

    @override
    def on(self, sample: pa.Table, positions: Rows, whole: Whole) -> Evidence:
        names = [name for name in self.used(whole) if name in sample.column_names]
        most = max(_FEWEST_ROWS, _MOST_CELLS // max(len(names), 1))
        sample, positions = thinned(sample, positions, most)
        labels = self.labels(sample, whole)
        known = labels.known
        labels, folds = labels.only(known), folds_of(positions[known])
        wanted = targets(labels)
        if not wanted:
            return too_few(labels.words)
        rows = sample.filter(pa.array(known))
        told = {
            name: power(feature(name, rows[name]), wanted, folds, labels.kind)
            for name in names
        }
        return self._verdict(told, labels.kind)

    def _verdict(self, told: dict[str, float], kind: str) -> Evidence:
        ranked = sorted(told, key=lambda name: (-told[name], name))
        leaks = [name for name in ranked if told[name] > self.at_most]
        unit = "R²" if kind == "quantity" else "AUC"
        shown = [
            f"{printable(n, 60)} ({unit} {told[n]:.3f})"
            for n in (leaks or ranked)[: _MOST_NAMED if leaks else 1]
        ]
        more = len(leaks) - _MOST_NAMED
        words = ", ".join(shown) or "no feature"
        return Evidence(
            not leaks,
            f"{words} and {counted(more, 'columns')} more" if more > 0 else words,
            fix=f"leave {leaks[0]} out of the features, or, if it is known before the "
            "label is, list it under `except`"
            if leaks
            else None,
            plot=self._plot(ranked[:_MOST_SHOWN], told, unit) if leaks else None,
        )

    def _plot(self, names: list[str], told: dict[str, float], unit: str) -> Plot:
        return Plot(
            kind="values",
            title=f"what each feature alone tells of the label, {unit}",
            labels=tuple(printable(name, 24) for name in names),
            now=tuple(told[name] for name in names),
            marked=tuple(n for n, x in enumerate(names) if told[x] > self.at_most),
            limits=(float("-inf"), self.at_most),
            unit=unit,
        )


def too_few(words: tuple[str, ...]) -> Evidence:
    """The evidence that there are not enough labels to compare."""
    return Evidence(
        None,
        f"fewer than {FEWEST} sampled rows of two labels each"
        if len(words) > 1
        else "all sampled rows have the same label, or none",
    )


def thinned(sample: pa.Table, positions: Rows, most: int) -> tuple[pa.Table, Rows]:
    """At most `most` rows of a sample, spread evenly over it."""
    if len(positions) <= most:
        return sample, positions
    rows = np.linspace(0, len(positions) - 1, most).astype(np.int64)
    return sample.take(pa.array(rows)), positions[rows]
