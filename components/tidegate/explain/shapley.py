"""SHAP values: how far each feature moves a prediction, on the average.

The Shapley value of a feature is what it adds to a prediction, averaged over the
orders in which features can become known; those that are not known yet have the
values of background rows (Lundberg and Lee, A Unified Approach to Interpreting
Model Predictions, NeurIPS 2017). Estimated by the shap package, by permutations
of the features (Mitchell, Cooper, Frank and Holmes, Sampling Permutations for
Shapley Value Estimation, Journal of Machine Learning Research 23, 2022).
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from tidegate.errors import UsageError
from tidegate.explain.entries import RowEntries
from tidegate.explain.importance import FeatureImportance
from tidegate.explain.metrics import Predictions
from tidegate.explain.permutation import ranked

Predict: TypeAlias = "Callable[[Sequence[bytes]], Predictions]"
EXPLAINED, BACKGROUND = 100, 20
_ORDERS = 5


def shap_importance(
    predict: Predict,
    entries: RowEntries,
    *,
    features: Sequence[str],
    repeats: int,
    seed: int,
) -> tuple[FeatureImportance, ...]:
    """Mean absolute SHAP value of each feature, the most important first.

    Of a sample of at most 100 rows against a background of at most 20, both drawn
    anew in each repeat. `drop` is in units of the prediction, `share` is the part
    of the sum over all features; `alone` is not measured.

    Args:
        predict: Predictions of serialized tf.Examples.
        entries: The rows, with the features that the model reads.
        features: Features to tell of.
        repeats: Times that rows and background are drawn.
        seed: Seed of the draws.

    Raises:
        UsageError: The shap package is not installed.
    """
    shap = _shap()
    names = entries.names
    if not names:
        means = np.zeros((repeats, 0))
    else:
        held = _Coded(entries)
        means = np.array(
            [_turn(shap, predict, held, seed + turn) for turn in range(repeats)]
        )
    total = float(means.mean(axis=0).sum())
    spread = means.std(axis=0, ddof=1) if repeats > 1 else np.zeros(len(names))
    of = {name: place for place, name in enumerate(names)}
    found = []
    for name in features:
        place = of.get(name)
        drop = 0.0 if place is None else float(means[:, place].mean())
        found.append(
            FeatureImportance(
                feature=name,
                drop=drop,
                spread=0.0 if place is None else float(spread[place]),
                share=drop / total if total > 0 else None,
            )
        )
    return ranked(found)


class _Coded:
    """The rows as a table of numbers, one for each different value of a feature.

    Attributes:
        table: Rows by features; equal values have equal numbers, so that shap does
            not ask what would not change.
    """

    def __init__(self, entries: RowEntries) -> None:
        self.entries = entries
        columns, self._firsts = [], []
        for name in entries.names:
            values = np.array(entries.column(name), dtype=object)
            _, firsts, codes = np.unique(values, return_index=True, return_inverse=True)
            columns.append(codes.reshape(-1))
            self._firsts.append(firsts)
        self.table = np.column_stack(columns).astype(np.float64)

    def records(self, table: Any) -> list[bytes]:
        """Serialized tf.Examples with these values."""
        codes = np.asarray(table, np.int64)
        taken = {
            name: firsts[codes[:, place]]
            for place, (name, firsts) in enumerate(
                zip(self.entries.names, self._firsts, strict=True)
            )
        }
        return self.entries.records(taken, rows=len(codes))


def _turn(shap: Any, predict: Predict, held: _Coded, seed: int) -> Any:
    """Mean absolute SHAP values of the features, for one draw of rows."""
    random = np.random.default_rng([seed, len(held.table)])
    drawn = random.permutation(len(held.table))
    background = held.table[np.sort(drawn[:BACKGROUND])]
    rows = held.table[np.sort(drawn[-EXPLAINED:])]
    with _undisturbed():
        explainer = shap.explainers.Permutation(
            lambda table: predict(held.records(table)),
            shap.maskers.Independent(background, max_samples=BACKGROUND),
            seed=seed,
        )
        orders = _ORDERS * (2 * rows.shape[1] + 1)
        values = explainer(rows, max_evals=orders, silent=True).values
    sizes = np.abs(np.asarray(values, np.float64))
    # Of several outputs, as of classes, the mean.
    return sizes.mean(axis=tuple(axis for axis in range(sizes.ndim) if axis != 1))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Leaves numpy's global random numbers as they are, which shap seeds."""
    state = np.random.get_state()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)


def demand_shap() -> None:
    """Refuses where the shap package is not installed.

    Raises:
        UsageError: It is not.
    """
    _shap()


def _shap() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module("shap")
    except ImportError as error:
        raise UsageError(
            "SHAP values need a package that is not installed",
            where='method="shap"',
            expected="the package shap",
            got=str(error),
            fix="pip install 'tidegate[shap]', or leave method out",
        ) from None
