"""A test that labels are what rows like theirs have: flipped ones, poisoned ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.blame import Blame, Rows
from tidegate.data_tests.catalogue.base import Evidence
from tidegate.data_tests.catalogue.leak import FeaturesTest, thinned, too_few
from tidegate.data_tests.label.additive_model import probabilities
from tidegate.data_tests.label.counts import LabelCounts, Tally
from tidegate.data_tests.label.encoding import Codes, Feature, features, folds_of
from tidegate.data_tests.label.labels import Labels
from tidegate.data_tests.label.power import power, targets
from tidegate.data_tests.reference import Spread
from tidegate.data_tests.share import Share, told
from tidegate.report.model import Plot
from tidegate.report.wording import counted, percent, printable

if TYPE_CHECKING:
    from tidegate.data_tests.whole import Whole

FEWEST_SPANS = 3
_FEWEST_SURE = 50
# Of so few in a slice nearly all have to be wrong before it counts.
_FEWEST_IN_SLICE = 10
_MOST_FEATURES = 40
_MOST_CLASSES = 10
_MOST_CELLS = 4_000_000
_FEWEST_ROWS = 1_000
_BINS = 32
_MOST_NAMED = 3
# One clean delivery in two hundred may look like flips by the luck of its sample.
_CHANCE = 0.01


@dataclass(frozen=True, eq=False)
class Sure:
    """What a model is surest of, and whether the labels say the same.

    Attributes:
        rows: The rows that it is surest of, by their number in the sample.
        against: Which of them have another label than the model says.
        counts: The same, counted, in slices too.
    """

    rows: Rows
    against: npt.NDArray[np.bool_]
    counts: LabelCounts


class LabelsAgree(FeaturesTest):
    """Few labels contradict what the features make nearly certain.

    A model of the sample, out of fold, ranks rows by how sure it is. Among the
    surest the share of other labels is about that of flipped ones.
    """

    name: ClassVar[str] = "labels_agree"
    why: ClassVar[str] = (
        "flipped labels: a poisoned source, a wrong join, a changed meaning"
    )
    default: ClassVar[str] = (
        "all columns but the label, `at_most`: the highest of the accepted spans (at "
        "least 3) and a quarter of their range: only they tell how many labels "
        "contradict clean data; `surest: 10%`, where clean flights have a share of "
        "0.4 to 1.0 % and flips of 2 % stand out"
    )
    example: ClassVar[str] = (
        'labels_agree: {is: "arr_delay > 15", except: [arr_delay], at_most: 3%}'
    )

    at_most: Share | None = Field(
        default=None, description="most of the surest rows that may have another label"
    )
    surest: Share = Field(
        default=0.1, gt=0, description="share of the rows that the model is surest of"
    )
    by: list[str] = Field(
        default_factory=list, description="columns whose every value makes a slice"
    )

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return (*super().columns, *self.by)

    @property
    @override
    def expectation(self) -> str:
        most = "as the accepted spans" if self.at_most is None else told(self.at_most)
        each = f", for each {' and each '.join(self.by)}" if self.by else ""
        return f"at most {most} of the surest {told(self.surest)} otherwise{each}"

    @override
    def on(self, sample: pa.Table, positions: Rows, whole: Whole) -> Evidence:
        if not whole.measured and self._limit("", whole) is None:
            return too_few_spans()
        names = [name for name in self.used(whole) if name in sample.column_names]
        most = max(_FEWEST_ROWS, _MOST_CELLS // max(len(names), 1))
        sample, positions = thinned(sample, positions, most)
        labels = self.labels(sample, whole)
        if labels.kind == "quantity":
            return Evidence(
                None,
                "the label is a quantity, not a class",
                fix='make classes of it, such as `is: "arr_delay > 15"`',
            )
        known = np.isin(labels.codes, _classes(labels))
        labels, positions = labels.only(known), positions[known]
        rows, folds = sample.filter(pa.array(known)), folds_of(positions)
        wanted = targets(labels)
        if not wanted:
            return too_few(labels.words)
        told_by = _best(features(rows, names, _BINS), wanted, folds)
        sure = self._sure(told_by, labels, folds, rows)
        if sure.counts.total.rows < _FEWEST_SURE:
            return Evidence(
                None,
                f"too few rows: {counted(sure.counts.total.rows, 'rows')} to judge",
            )
        return self._verdict(sure, positions, whole)

    def _sure(
        self, known: list[Feature], labels: Labels, folds: Codes, rows: pa.Table
    ) -> Sure:
        classes, codes = np.unique(labels.codes, return_inverse=True)
        chances = probabilities(known, codes.astype(np.int64), len(classes), folds)
        number = int(self.surest * len(codes))
        # Sorted by the row where equally sure, so that it is the same every time.
        surest = np.sort(np.argsort(-chances.max(axis=1), kind="stable")[:number])
        against = chances[surest].argmax(axis=1) != codes[surest]
        chosen = rows.take(pa.array(surest))
        counts = LabelCounts.of(
            np.ones(len(surest), np.bool_), against, {n: chosen[n] for n in self.by}
        )
        return Sure(surest, against, counts)

    def _verdict(self, sure: Sure, positions: Rows, whole: Whole) -> Evidence:
        slices = list(sure.counts.large(_FEWEST_IN_SLICE))
        parts = [("", sure.counts.total), *((f"{c} {v}", t) for c, v, t in slices)]
        limits = [self._limit(name, whole) for name, _ in parts]
        figures = {
            self._figure(name): tally.share
            for name, tally in parts
            if not any(c in whole.pii for c, v, _ in slices if name == f"{c} {v}")
        }
        most = limits[0]
        total = parts[0][1]
        words = f"{_share(total)} of the surest {counted(total.rows, 'rows')}"
        if most is None:
            return Evidence(
                None,
                f"{words}; {too_few_spans().observed}",
                fix="accept more spans, or give `at_most`",
                figures=figures,
            )
        marked = [
            n
            for n, (_, tally) in enumerate(parts)
            # Slices have a limit of their own only where it is a higher one.
            if _lowest(tally, len(parts) - 1 if n else 0) > max(most, limits[n] or 0.0)
        ]
        blamed = positions[sure.rows[sure.against]]
        return Evidence(
            not marked,
            "; ".join(
                [f"{words}, at most {told(round(most, 4))}", *_named(parts, marked)]
            ),
            Blame.anywhere(blamed) if marked else None,
            (*self.telling(whole), *self.by),
            fix="look at the rows: the features make another label nearly certain",
            plot=self._plot(most, total.share, whole) if marked else None,
            total=total.rows,
            figures=figures,
        )

    def _figure(self, part: str) -> str:
        return f"labels_agree | {self.subject} | {self.surest:g} | {part}"

    def _limit(self, part: str, whole: Whole) -> float | None:
        """The most of a slice, or of all, that may contradict; None if unknown."""
        if self.at_most is not None:
            return self.at_most
        known = Spread.of(self._before(part, whole))
        if known is None or known.count < FEWEST_SPANS:
            return None
        # The next extreme is beyond the last one by a little.
        return known.high + known.range / 4

    def _before(self, part: str, whole: Whole) -> list[float]:
        reference = whole.reference
        return [] if reference is None else reference.figures(self._figure(part))

    def _plot(self, most: float, now: float, whole: Whole) -> Plot:
        before = self._before("", whole)[-11:]
        labels = [str(n) for n in range(-len(before), 0)]
        return Plot(
            kind="series",
            title="sure rows with another label, by span",
            labels=(*labels, "now"),
            now=(*before, now),
            marked=(len(before),),
            limits=(float("-inf"), most),
            unit="share",
        )


def _classes(labels: Labels) -> Codes:
    """The largest classes, of which a model can be made in time."""
    counts = np.bincount(labels.codes[labels.known], minlength=len(labels.words))
    held = np.flatnonzero(counts)
    return held[np.argsort(-counts[held], kind="stable")][:_MOST_CLASSES]


def _best(
    known: tuple[Feature, ...], wanted: list[npt.NDArray[np.float64]], folds: Codes
) -> list[Feature]:
    """The features that say most of the label, if there are very many."""
    if len(known) <= _MOST_FEATURES:
        return list(known)
    powers = [power(one, wanted, folds, "classes") for one in known]
    best = np.argsort(-np.array(powers), kind="stable")[:_MOST_FEATURES]
    return [known[n] for n in sorted(best.tolist())]


def _lowest(tally: Tally, slices: int) -> float:
    """The least that the share may be: of many slices some are unlucky."""
    return tally.interval(max(slices, 1), 0.001 if slices else _CHANCE)[0]


def _share(tally: Tally) -> str:
    return f"{percent(tally.hits, tally.rows)} ({counted(tally.hits, 'rows')})"


def _named(parts: list[tuple[str, Tally]], marked: list[int]) -> Iterator[str]:
    slices = [parts[n] for n in marked if n]
    slices.sort(key=lambda part: (-part[1].share, part[0]))
    for name, tally in slices[:_MOST_NAMED]:
        yield f"{_share(tally)} of {tally.rows:,} with {printable(name, 40)}"
    if len(slices) > _MOST_NAMED:
        yield f"and {counted(len(slices) - _MOST_NAMED, 'slices')} more"


def too_few_spans() -> Evidence:
    """The evidence that nothing can be said yet."""
    return Evidence(
        None,
        f"fewer than {FEWEST_SPANS} accepted spans to compare with",
        fix="accept more spans, or give `at_most`",
    )
