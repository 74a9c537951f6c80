"""Labels beside predictions, one a line, as a metric of two classes wants them.

TFMA flattens each example by itself; here a batch is flattened at once, and each
line keeps the number of its row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tidegate.evaluator.metrics.predicted import Array, Indices, Numbers, Predicted
from tidegate.evaluator.metrics.refusals import refuse


@dataclass(frozen=True, eq=False)
class Pairs:
    """Lines of label, prediction and weight.

    Attributes:
        rows: Row number of each line, ascending; None where line i is row i.
        labels: In their own type.
        predictions: In their own type.
        weights: As float64.
    """

    rows: Indices | None
    labels: Array
    predictions: Array
    weights: Numbers


@dataclass(frozen=True)
class Choice:
    """Which classes of a row become lines: TFMA's sub-key and aggregation.

    Attributes:
        class_id: Only this class.
        k: Only the class with the k-th largest prediction.
        top_k: The classes with the k largest predictions.
        aggregated: True where classes are averaged, so that classes outside
            top_k are left out instead of predicted at minus infinity.
        class_weights: Weight of each class; those not named weigh nothing.
        example_weighted: True where rows have weights.
    """

    class_id: int | None = None
    k: int | None = None
    top_k: int | None = None
    aggregated: bool = False
    class_weights: tuple[tuple[int, float], ...] = ()
    example_weighted: bool = False

    def chosen(self, batch: Predicted) -> tuple[Array, Array]:
        """Labels and predictions of the classes chosen, (rows, classes) each.

        Labels stay (rows, 1) class numbers where nothing made them one a class.
        """
        labels, predictions = columns(batch.labels), columns(batch.predictions)
        if self.k is not None:
            at = _largest(predictions, self.k)[:, :1]
            labels = np.take_along_axis(one_hot(labels, predictions), at, axis=1)
            return labels, np.take_along_axis(predictions, at, axis=1)
        if self.top_k is not None:
            at = _largest(predictions, self.top_k)
            if self.aggregated:
                labels = np.take_along_axis(one_hot(labels, predictions), at, axis=1)
                predictions = np.take_along_axis(predictions, at, axis=1)
            else:
                kept = np.full(predictions.shape, -np.inf)
                values = np.take_along_axis(predictions, at, axis=1)
                np.put_along_axis(kept, at, values, axis=1)
                predictions = kept
        if self.class_id is not None:
            return self._of_class(labels, predictions, self.class_id)
        return labels, predictions

    @staticmethod
    def _of_class(
        labels: Array, predictions: Array, class_id: int
    ) -> tuple[Array, Array]:
        classes = predictions.shape[1]
        if not 0 <= class_id < classes:
            refuse(f"class_id {class_id}", f"one of 0 … {classes - 1}", "is not")
        if labels.shape[1] == classes:
            labels = labels[:, class_id : class_id + 1]
        elif labels.shape[1] == 1:
            labels = (labels == class_id).astype(np.int64)
        else:
            refuse("labels", f"1 or {classes} a row", f"{labels.shape[1]} a row")
        return labels, predictions[:, class_id : class_id + 1]

    def pairs(self, batch: Predicted) -> Pairs:
        """Every class chosen of every row as a line of its own."""
        labels, predictions = self.chosen(batch)
        weights = batch.weighted(self.example_weighted)
        classes = predictions.shape[1]
        if classes == 1 and labels.shape[1] == 1:
            weights = weights * self._weight_of(np.zeros(1, dtype=np.int64))[0]
            return Pairs(None, labels[:, 0], predictions[:, 0], weights)
        labels = one_hot(labels, predictions)
        by_class = self._weight_of(np.arange(classes))
        return Pairs(
            np.repeat(np.arange(batch.rows), classes),
            labels.reshape(-1),
            predictions.reshape(-1),
            (weights[:, None] * by_class[None, :]).reshape(-1),
        )

    def _weight_of(self, positions: Indices) -> Numbers:
        if not self.class_weights:
            return np.ones(len(positions))
        weights: Mapping[int, float] = dict(self.class_weights)
        return np.array([weights.get(int(i), 0.0) for i in positions])


def columns(values: Array) -> Array:
    """(rows, columns) of what may be (rows,)."""
    values = np.asarray(values)
    return values.reshape(len(values), -1) if values.ndim != 2 else values


def one_hot(labels: Array, predictions: Array) -> Array:
    """Labels, one a class of the predictions; no class for the label -1."""
    classes = predictions.shape[1]
    if labels.shape == predictions.shape:
        return labels
    if labels.shape[1] != 1:
        refuse("labels", f"1 or {classes} a row", f"{labels.shape[1]} a row")
    numbers = labels[:, 0].astype(np.int64)
    outside = (numbers < -1) | (numbers >= classes)
    if outside.any():
        refuse("a label", f"a class of 0 … {classes - 1}", str(numbers[outside][0]))
    hot = np.zeros((len(labels), classes + 1))
    hot[np.arange(len(labels)), numbers] = 1.0
    return hot[:, :-1]


def _largest(predictions: Array, k: int) -> Indices:
    """Class numbers of the k largest of each row, in TFMA's own order."""
    if predictions.shape[1] < k:
        refuse("predictions", f"at least {k} a row", f"{predictions.shape[1]} a row")
    return np.argpartition(predictions, -k, axis=-1)[:, -k:].astype(np.int64)
