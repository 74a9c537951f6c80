"""What the model tests know of a model: its scored rows, facts and importance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, cast

import numpy as np

from tidegate.evaluation.facts import Facts, ModelFacts
from tidegate.evaluation.scored_rows import ScoredRows
from tidegate.explain.importance import Importance
from tidegate.model_tests.measures.estimate import Estimate, Numbers
from tidegate.model_tests.measures.metrics import METRICS, Metric, Task
from tidegate.model_tests.uncomputable import NothingToCompare, Uncomputable

_USE_OURS = "evaluate with tidegate.Evaluator, which keeps the scored rows"
_USE_TFMA = "bound a metric of such a model in the EvalConfig instead"
# What TFMA calls the metrics that it names after Keras.
_TFMA = {
    "accuracy": "binary_accuracy",
    "log_loss": "binary_crossentropy",
    "mae": "mean_absolute_error",
    "mse": "mean_squared_error",
    "rmse": "root_mean_squared_error",
    "brier": "mean_squared_error",
    "calibration_ratio": "calibration",
}


@dataclass(frozen=True, eq=False)
class Case:
    """One model before the tests.

    Attributes:
        rows: The rows that count: with a weight, and finite numbers.
        facts: Sizes and times; None where nobody measured them.
        importance: Of the model's features; None without an explanation.
        overall: TFMA's metrics of all rows by name.
        size: Bytes of the model; None where it is not known.
        without_rows: Why there are no scored rows.
        compared: False where TFMA's results have no champion; None where there are
            no results of TFMA.
        private: Features whose values are not shown.
    """

    rows: ScoredRows | None = None
    facts: Facts | None = None
    importance: Importance | None = None
    overall: Mapping[str, float] = field(default_factory=dict)
    size: int | None = None
    without_rows: str | None = None
    compared: bool | None = None
    private: frozenset[str] = frozenset()
    _measured: dict[tuple[str, bool, float], Estimate | None] = field(
        default_factory=dict, repr=False
    )

    @cached_property
    def task(self) -> Literal["binary", "regression", "other"]:
        """What the model predicts, as the facts say or else the rows."""
        if self.facts is not None:
            return self.facts.task
        if self.rows is None or not len(self.rows):
            return "other"
        return "binary" if _is_binary(self.rows) else "regression"

    def demanded_rows(self) -> ScoredRows:
        """The rows.

        Raises:
            Uncomputable: There are none, or they are not of single numbers.
        """
        if self.rows is None:
            raise self.no_rows()
        if not len(self.rows):
            raise Uncomputable(
                "no row counts: none has a weight and finite numbers",
                "evaluate on examples with labels, and look at the weights",
            )
        if self.task == "other":
            raise Uncomputable(
                "the model predicts neither a probability nor a number", _USE_TFMA
            )
        return self.rows

    def no_rows(self) -> Uncomputable:
        """The error that there are no scored rows, and why."""
        if self.without_rows is not None:
            return Uncomputable(self.without_rows, _USE_TFMA)
        return Uncomputable("the evaluation has no scored rows", _USE_OURS)

    def champion(self) -> Numbers:
        """The champion's predictions on the rows.

        Raises:
            NothingToCompare: There is no champion.
            Uncomputable: There are no rows.
        """
        if self.rows is None and self._is_first:
            raise _no_champion()
        champion = self.demanded_rows().champion
        if champion is None:
            raise _no_champion()
        return champion

    def facts_of_champion(self) -> ModelFacts:
        """Size and times of the champion.

        Raises:
            NothingToCompare: There is no champion.
            Uncomputable: There are no facts.
        """
        if self._is_first:
            raise _no_champion()
        if self.facts is None:
            reason = "nobody knows the champion's size or times"
            raise Uncomputable(reason, "evaluate with tidegate.Evaluator")
        assert self.facts.champion is not None  # or it were the first
        return self.facts.champion

    @property
    def _is_first(self) -> bool:
        """Whether it is known that there is no champion."""
        if self.facts is not None:
            return self.facts.champion is None
        return self.compared is False

    def by_tfma(self, name: str) -> float | None:
        """TFMA's value of a metric on all rows; None if it has none."""
        return self.overall.get(_TFMA.get(name, name))

    def metric(self, name: str) -> Metric:
        """The metric called so, for what this model predicts.

        Raises:
            Uncomputable: It is none of such a model.
        """
        metric = METRICS[name]
        self.demanded_rows()
        if cast(Task, self.task) not in metric.tasks:
            known = [m.name for m in METRICS.values() if self.task in m.tasks]
            raise Uncomputable(
                f"{name} is no metric of a {self.task} model",
                f"take one of {', '.join(known)}",
            )
        return metric

    def measure(
        self,
        name: str,
        *,
        of_champion: bool = False,
        threshold: float = 0.5,
        places: np.ndarray | None = None,  # type: ignore[type-arg]
    ) -> Estimate | None:
        """A metric of the rows, or of those at some places; None if undefined.

        Raises:
            Uncomputable: It cannot be measured of any row.
        """
        metric, rows = self.metric(name), self.demanded_rows()
        prediction = self.champion() if of_champion else rows.prediction
        held = (rows.label, prediction, rows.weight)
        if places is not None:
            held = (held[0][places], held[1][places], held[2][places])
            return _told(metric.compute(*held, threshold))
        # Several tests and pictures ask for the same.
        key = (name, of_champion, threshold)
        if key not in self._measured:
            self._measured[key] = _told(metric.compute(*held, threshold))
        return self._measured[key]


def _told(found: Estimate | None) -> Estimate | None:
    """The estimate, if it is a number: squares of 1e200 are none."""
    if found is None or not math.isfinite(found.value + found.variance):
        return None
    return found


def _no_champion() -> NothingToCompare:
    return NothingToCompare(
        "there is no earlier good model to compare with",
        "nothing: it is compared from the second model on",
    )


def _is_binary(rows: ScoredRows) -> bool:
    labels = bool(np.isin(rows.label, (0.0, 1.0)).all())
    return labels and bool(((rows.prediction >= 0) & (rows.prediction <= 1)).all())
