"""Which class was predicted for which: confusion of many classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tidegate.evaluator.metrics.pairs import columns
from tidegate.evaluator.metrics.predicted import Indices, Predicted
from tidegate.evaluator.metrics.refusals import refuse
from tidegate.evaluator.metrics.sums import Entries, Row

NO_CLASS = -1
_CLASSES = 1 << 16

Matrix = dict[tuple[int, int], float]


@dataclass(frozen=True)
class ClassConfusion:
    """Weight by threshold, class of the label, and class predicted.

    A row whose largest prediction is not above a threshold has no class there,
    nor at any threshold named after it.
    """

    example_weighted: bool
    thresholds: tuple[float, ...]
    numbers: int = 1

    @property
    def width(self) -> int:
        """A cell for every threshold and any two classes."""
        return len(self.thresholds) * _CLASSES * _CLASSES

    def entries(self, batch: Predicted) -> Entries:
        """The weight of each row, once a threshold."""
        labels, predictions = columns(batch.labels), columns(batch.predictions)
        if predictions.shape[1] < 2:
            refuse("predictions", "one a class", "one a row")
        single = labels.shape[1] == 1
        actual = labels[:, 0] if single else labels.argmax(axis=1)
        chosen = predictions.argmax(axis=1)
        top = np.take_along_axis(predictions, chosen[:, None], axis=1)
        reached = np.maximum.accumulate(np.asarray(self.thresholds))
        predicted = np.where(top <= reached[None, :], NO_CLASS, chosen[:, None])
        cells = self._cells(actual.astype(np.int64)[:, None], predicted)
        count = len(self.thresholds)
        weights = np.repeat(batch.weighted(self.example_weighted), count)
        return Entries(
            np.repeat(np.arange(batch.rows), count), cells.reshape(-1), (weights,)
        )

    def _cells(self, actual: Indices, predicted: Indices) -> Indices:
        outside = (actual < NO_CLASS) | (actual >= _CLASSES - 1)
        if outside.any():
            refuse("a label", f"a class below {_CLASSES - 1}", str(actual[outside][0]))
        at = np.arange(len(self.thresholds), dtype=np.int64)[None, :]
        return (at * _CLASSES + actual + 1) * _CLASSES + predicted + 1

    def value(self, row: Row) -> dict[float, Matrix]:
        """By threshold, the weight of every (actual, predicted) there was."""
        found: dict[float, Matrix] = {}
        for cell, weight in zip(
            row.cells.tolist(), row.values[0].tolist(), strict=True
        ):
            rest, predicted = divmod(cell, _CLASSES)
            at, actual = divmod(rest, _CLASSES)
            matrix = found.setdefault(self.thresholds[at], {})
            matrix[(actual - 1, predicted - 1)] = weight
        return found


@dataclass(frozen=True)
class ClassShares:
    """Weight of the labels of each class named, as a share of all of them."""

    example_weighted: bool
    class_ids: tuple[int, ...]
    numbers: int = 1

    @property
    def width(self) -> int:
        """A cell a class."""
        return len(self.class_ids)

    def entries(self, batch: Predicted) -> Entries:
        """The weight of each row at each class, as far as the label is of it."""
        labels = columns(batch.labels)
        ids = np.asarray(self.class_ids, dtype=np.int64)
        if labels.shape[1] == 1:
            shares = (labels == ids[None, :]).astype(np.float64)
        elif ids.max(initial=0) >= labels.shape[1]:
            refuse("labels", f"more than {ids.max()} a row", f"{labels.shape[1]}")
        else:
            shares = labels[:, ids].astype(np.float64)
        weights = batch.weighted(self.example_weighted)[:, None] * shares
        rows = np.repeat(np.arange(batch.rows), self.width)
        cells = np.tile(np.arange(self.width), batch.rows)
        return Entries(rows, cells, (weights.reshape(-1),))

    def value(self, row: Row) -> dict[int, float]:
        """The share of each class; 0 where nothing weighs anything."""
        weights = row.dense[0].tolist()
        total = sum(weights)
        return {
            class_id: weight / total if total else 0.0
            for class_id, weight in zip(self.class_ids, weights, strict=True)
        }
