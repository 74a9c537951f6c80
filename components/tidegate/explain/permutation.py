"""Permutation importance: what a model loses when a feature says nothing. Pure.

A feature's values are shuffled among the rows, which breaks its tie to the label
and leaves its distribution (Breiman, Random Forests, Machine Learning 45, 2001,
section 10; for any model Fisher, Rudin and Dominici, All Models are Wrong, but
Many are Useful, Journal of Machine Learning Research 20, 2019).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from tidegate.explain.entries import Indices
from tidegate.explain.importance import FeatureImportance
from tidegate.explain.metrics import Metric

Measure: TypeAlias = "Callable[[Mapping[str, Indices]], float]"


def permutation_importance(
    measure: Measure,
    metric: Metric,
    constant: float,
    *,
    features: Sequence[str],
    read: Sequence[str],
    rows: int,
    repeats: int,
    seed: int,
) -> tuple[FeatureImportance, ...]:
    """The importance of each feature, the most important first.

    What is found for a feature does not depend on which others are asked for.

    Args:
        measure: The metric of the model where features have the values of other
            rows: for each feature, the row that each row's value comes from.
        metric: The metric.
        constant: Metric of the best constant prediction.
        features: Features to measure.
        read: Features that the model reads, to be shuffled for `alone`.
        rows: Number of rows.
        repeats: Times that each feature is shuffled.
        seed: Seed of the shuffling.
    """
    value = measure({})
    gain = metric.drop(value, constant)
    found = []
    for feature in features:
        orders = [_order(rows, seed, feature, turn) for turn in range(repeats)]
        drops = [metric.drop(value, measure({feature: one})) for one in orders]
        others = [name for name in read if name != feature]
        alone = [measure(dict.fromkeys(others, one)) for one in orders]
        drop = float(np.mean(drops))
        found.append(
            FeatureImportance(
                feature=feature,
                drop=drop,
                spread=float(np.std(drops, ddof=1)) if repeats > 1 else 0.0,
                share=float(np.clip(drop / gain, 0, 1)) if gain > 0 else None,
                alone=float(np.mean(alone)),
            )
        )
    return ranked(found)


def ranked(found: Sequence[FeatureImportance]) -> tuple[FeatureImportance, ...]:
    """The features, the most important first; of equal ones by their names."""
    return tuple(sorted(found, key=lambda one: (-one.drop, one.feature)))


def _order(rows: int, seed: int, feature: str, turn: int) -> Indices:
    """An order of the rows that feature and turn have to themselves."""
    random = np.random.default_rng([seed, turn, zlib.crc32(feature.encode())])
    return random.permutation(rows)
