"""A model under explanation, and rows as it reads them: feature by feature."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from tidegate.errors import ComponentError
from tidegate.explain.entries import Indices, RowEntries
from tidegate.explain.metrics import Metric, Predictions
from tidegate.explain.predictions import Truth, prediction_of
from tidegate.explain.question import Question
from tidegate.explain.signatures import Signatures
from tidegate.runners import progress
from tidegate.serving.predictor import Predictor

_LOG = logging.getLogger("tidegate.explainer")
BATCH = 8192
# What may differ between two predictions of the same row, by rounding.
_RELATIVE, _ABSOLUTE = 1e-4, 1e-6


class Subject:
    """The model.

    Attributes:
        features: The raw features that it is seen to read; None where that cannot
            be seen.

    Args:
        signatures: Its signatures.
        question: Which of them predicts, and which output.
        allow_ops: Operations that somebody answers for.
    """

    def __init__(
        self,
        signatures: Signatures,
        question: Question,
        allow_ops: Collection[str] = (),
    ) -> None:
        self._question = question
        self._predictor = Predictor(
            str(signatures.folder), question.signature, allow_ops
        )
        self.features = self._predictor.features or signatures.features(
            question.signature
        )

    def predict(self, records: Sequence[bytes]) -> Predictions:
        """The prediction of each record."""
        return np.concatenate(
            [
                prediction_of(
                    self._predictor.predict(records[start : start + BATCH]),
                    self._question,
                )
                for start in range(0, len(records), BATCH)
            ]
        )


class Rows:
    """The rows that count, and what the model is worth where they are mixed.

    Attributes:
        entries: The rows, feature by feature.
        read: The features that the model reads.
        metric: What it is worth by.

    Args:
        subject: The model.
        records: The rows as serialized tf.Examples.
        truth: Their labels and weights.
        metric: The metric.
    """

    def __init__(
        self,
        subject: Subject,
        records: Sequence[bytes],
        truth: Truth,
        metric: Metric,
    ) -> None:
        self._subject, self._truth, self.metric = subject, truth, metric
        self.entries, self.read = _taken_apart(subject, records)

    @cached_property
    def constant(self) -> float:
        """The metric of the best constant prediction."""
        return self.metric.constant(self._truth.label, self._truth.weight)

    def measure(self, taken: Mapping[str, Indices]) -> float:
        """The metric where features have the values of other rows.

        Rows for which the model then predicts no number are left out.

        Args:
            taken: For a feature, the row that each row's value comes from.

        Raises:
            ComponentError: It predicts no number for any row.
        """
        progress.advance(rows=self.entries.rows)
        found = self._subject.predict(self.entries.records(taken))
        told = finite(found)
        if not told.any():
            raise predicts_nothing(len(found))
        truth = self._truth.of(told)
        return self.metric.of(truth.label, truth.weight, found[told])


def _taken_apart(
    subject: Subject, records: Sequence[bytes]
) -> tuple[RowEntries, tuple[str, ...]]:
    """The rows by feature, and the features that the model reads.

    What the model is seen to parse is believed if it needs nothing else.
    """
    # Of the same rows as a batch: the place in a batch may change the last digit.
    base = subject.predict(records)
    if subject.features is not None:
        entries = RowEntries(records, subject.features)
        if _same(subject.predict(entries.records()), base):
            return entries, subject.features
        _LOG.info("the model reads more than it is seen to parse: all are tried")
    entries = RowEntries(records)
    again = subject.predict(entries.records())
    if not _same(again, base):
        _LOG.warning("the model does not predict the same of the same rows twice")
        return entries, entries.names
    around = np.roll(np.arange(len(records)), 1)
    read = [
        name
        for name in entries.names
        if not _same(
            subject.predict(entries.records({name: around})), again, exact=True
        )
    ]
    return entries, tuple(read)


def _same(found: Predictions, base: Predictions, *, exact: bool = False) -> bool:
    relative, absolute = (0.0, 0.0) if exact else (_RELATIVE, _ABSOLUTE)
    return found.shape == base.shape and bool(
        np.allclose(found, base, relative, absolute, equal_nan=True)
    )


def finite(found: Predictions) -> Any:
    """True for each row with numbers only."""
    return np.isfinite(found).reshape(len(found), -1).all(axis=1)


def predicts_nothing(rows: int) -> ComponentError:
    """The error for a model without a prediction.

    Args:
        rows: Rows that it was asked about.
    """
    return ComponentError(
        "the model predicts no number",
        where=f"{rows:,} rows",
        expected="finite numbers",
        got="NaN or infinite ones",
        fix="look at how its training ended; its loss may be NaN, too",
    )
