"""A test that the last accepted model is still right about new labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field, model_validator
from typing_extensions import override

from tidegate.data_tests.blame import Blame, Rows
from tidegate.data_tests.catalogue.base import Evidence
from tidegate.data_tests.catalogue.label import LabelTest
from tidegate.data_tests.catalogue.shapes import SampleTest
from tidegate.data_tests.label.auc import auc, log_loss
from tidegate.data_tests.label.power import FEWEST
from tidegate.data_tests.label.prediction_file import scores_from, scores_in
from tidegate.data_tests.reference import Spread
from tidegate.errors import UsageError
from tidegate.report.wording import counted, percent

if TYPE_CHECKING:
    from tidegate.data_tests.whole import Whole

_FEWEST_SPANS = 3
_SURE = 0.95
# Two-sided one chance in a hundred, as for `labels_agree`.
_Z = 2.576
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class ModelAgrees(LabelTest, SampleTest):
    """What the last accepted model says of the rows still ranks their labels.

    The predictions come as data: a column, or a file with the key of each row.
    """

    name: ClassVar[str] = "model_agrees"
    why: ClassVar[str] = (
        "labels that changed their meaning or were flipped, while the features stayed"
    )
    default: ClassVar[str] = (
        "`predictions` is required; `at_least`: the lowest AUC of the accepted spans "
        "(at least 3) less a quarter of their range, for how good a model is they "
        "tell; `value: true`, which is also 1; `key`: the suite's"
    )
    example: ClassVar[str] = (
        'model_agrees: {is: "arr_delay > 15", predictions: dep_delay, at_least: 0.8}'
    )

    predictions: str = Field(
        min_length=1,
        description="column of the model's scores, higher for the label; a "
        "probability also tells single rows",
    )
    file: str | None = Field(
        default=None,
        min_length=1,
        description="CSV, Parquet or TFRecord that has the scores; its path starts "
        "from the suite",
    )
    key: list[str] = Field(
        default_factory=list, description="columns that name a row in that file"
    )
    value: bool | int | float | str = Field(
        default=True, description="the label that is predicted; true is also 1"
    )
    at_least: float | None = Field(
        default=None, gt=0, lt=1, description="lowest area under the ROC curve"
    )

    @classmethod
    @override
    def informed(
        cls, parameters: dict[str, Any], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        found = super().informed(parameters, settings)
        key = settings.get("key")
        if "file" in found and key and "key" not in found:
            return {**found, "key": key}
        return found

    @model_validator(mode="after")
    def _file_has_key(self) -> ModelAgrees:
        if self.file is not None and not self.key:
            raise ValueError("file needs key: the columns that name a row in it")
        return self

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        asked = self.key if self.file is not None else [self.predictions]
        return (*super().columns, *asked)

    @property
    @override
    def expectation(self) -> str:
        least = (
            "as on the accepted spans"
            if self.at_least is None
            else f"{self.at_least:g}"
        )
        return f"{self.predictions} tells it with an AUC of at least {least}"

    @override
    def located(self, folder: Path) -> ModelAgrees:
        if self.file is None:
            return self
        path = (folder / self.file).absolute()
        if not path.exists():
            raise UsageError(
                f"there is no {self.file} of predictions",
                got=str(path),
                fix="correct the path, which starts from the suite",
            )
        return self.model_copy(update={"file": str(path)})

    @override
    def on(self, sample: pa.Table, positions: Rows, whole: Whole) -> Evidence:
        if set(self.columns) - set(sample.column_names):
            return Evidence(None, "no row to look at")
        labels = self.labels(sample, whole)
        scores = self._scores(sample)
        rows = np.flatnonzero(labels.known & ~np.isnan(scores))
        total = int(labels.known.sum())
        if 2 * len(rows) < total:
            told = f"{counted(len(rows), 'rows')} of {total:,} sampled"
            return Evidence(
                False,
                f"{told} have a prediction",
                fix="predict the rows of this delivery, with the same key",
            )
        positive = labels.are(self.value)[rows]
        few = min(int(positive.sum()), int((~positive).sum()))
        if few < FEWEST:
            return Evidence(None, f"fewer than {FEWEST} sampled rows of a label")
        return self._verdict(scores[rows], positive, positions[rows], whole)

    def _scores(self, sample: pa.Table) -> Floats:
        if self.file is None:
            return scores_in(sample, self.predictions)
        key = tuple(self.key)
        return scores_from(Path(self.file), key, self.predictions, sample)

    def _verdict(
        self, scores: Floats, positive: Mask, positions: Rows, whole: Whole
    ) -> Evidence:
        area = auc(scores, positive)
        limit, figures = self._limit(whole), {self._figure: area}
        told = f"AUC {area:.3f} on {counted(len(scores), 'sampled rows')}"
        against = np.zeros(0, np.int64)
        if ((scores >= 0) & (scores <= 1)).all():
            loss = log_loss(scores, positive)
            against = np.flatnonzero(
                (positive & (scores <= 1 - _SURE)) | (~positive & (scores >= _SURE))
            )
            told += (
                f", log loss {loss:.3f}; sure and wrong about "
                f"{percent(len(against), len(scores))}"
            )
        if limit is None:
            return Evidence(
                None,
                f"{told}; fewer than {_FEWEST_SPANS} accepted spans to compare with",
                fix="accept more spans, or give `at_least`",
                figures=figures,
            )
        holds = area + _Z * _deviation(area, positive) >= limit
        return Evidence(
            holds,
            f"{told}; at least {limit:.3f}",
            None if holds else Blame.anywhere(positions[against]),
            self.telling(whole),
            fix="compare labels and predictions of the rows; train anew only if the "
            "labels are right",
            figures=figures,
        )

    @property
    def _figure(self) -> str:
        return f"model_agrees | {self.subject} = {self.value} | {self.predictions}"

    def _limit(self, whole: Whole) -> float | None:
        if self.at_least is not None:
            return self.at_least
        if whole.reference is None:
            return None
        known = Spread.of(whole.reference.figures(self._figure))
        if known is None or known.count < _FEWEST_SPANS:
            return None
        return known.low - known.range / 4


def _deviation(area: float, positive: Mask) -> float:
    """Standard error of an AUC (Hanley and McNeil, Radiology 1982)."""
    hits, others = int(positive.sum()), int((~positive).sum())
    one, two = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (hits - 1) * (one - area * area)
    spread += (others - 1) * (two - area * area)
    return math.sqrt(max(spread, 0.0) / (hits * others))
