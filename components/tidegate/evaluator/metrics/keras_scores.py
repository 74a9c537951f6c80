"""What a row scores in the metrics of Keras, in float32 as Keras has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.evaluator.metrics.refusals import refuse

Floats = NDArray[np.float32]
Score = Callable[[Floats, Floats, Mapping[str, Any]], Floats]
EPSILON = np.float32(1e-7)
_LOG_2 = np.float32(np.log(2.0))


def _alike(y: Floats, p: Floats) -> None:
    if y.shape != p.shape:
        refuse("labels", f"{p.shape[1]} a row", f"{y.shape[1]} a row")


def _single(y: Floats, p: Floats) -> NDArray[np.int64]:
    if y.shape[1] != 1:
        refuse("labels", "one class number a row", f"{y.shape[1]} a row")
    numbers = y[:, 0].astype(np.int64)
    if ((numbers < 0) | (numbers >= p.shape[1])).any():
        refuse("a label", f"a class of 0 … {p.shape[1] - 1}", "one outside")
    return numbers


def _clipped(p: Floats) -> Floats:
    return np.clip(p, EPSILON, np.float32(1.0) - EPSILON)


def accuracy(y: Floats, p: Floats, config: Mapping[str, Any]) -> Floats:
    """1 where the prediction is the label."""
    _alike(y, p)
    return np.asarray(y == p, dtype=np.float32)


def categorical_accuracy(y: Floats, p: Floats, config: Mapping[str, Any]) -> Floats:
    """1 where the largest prediction is at the label's class."""
    _alike(y, p)
    return np.asarray(y.argmax(axis=1) == p.argmax(axis=1), dtype=np.float32)


def sparse_accuracy(y: Floats, p: Floats, config: Mapping[str, Any]) -> Floats:
    """1 where the largest prediction is at the class that the label numbers."""
    if y.shape[1] != 1:
        refuse("labels", "one class number a row", f"{y.shape[1]} a row")
    return np.asarray(y[:, 0] == p.argmax(axis=1), dtype=np.float32)


def _within(numbers: NDArray[np.int64], p: Floats, k: int) -> Floats:
    own = np.take_along_axis(p, numbers[:, None], axis=1)
    larger = (p > own).sum(axis=1)
    within = (larger < k) & np.isfinite(p).all(axis=1)
    return np.asarray(within, dtype=np.float32)


def top_k_accuracy(y: Floats, p: Floats, config: Mapping[str, Any]) -> Floats:
    """1 where the label's class is among the k largest predictions."""
    _alike(y, p)
    return _within(y.argmax(axis=1), p, int(config.get("k", 5)))


def sparse_top_k_accuracy(y: Floats, p: Floats, config: Mapping[str, Any]) -> Floats:
    """The same of labels that number the class."""
    return _within(_single(y, p), p, int(config.get("k", 5)))


def binary_crossentropy(y: Floats, p: Floats, config: Mapping[str, Any]) -> Floats:
    """Cross-entropy of each class by itself, the mean over them."""
    _alike(y, p)
    smoothing = np.float32(config.get("label_smoothing", 0.0))
    y = y * (np.float32(1) - smoothing) + np.float32(0.5) * smoothing
    if config.get("from_logits"):
        each = np.maximum(p, 0) - p * y + np.log1p(np.exp(-np.abs(p)))
    else:
        p = _clipped(p)
        each = y * np.log(p + EPSILON) + (1 - y) * np.log(1 - p + EPSILON)
        each = -each
    return np.asarray(each.mean(axis=1))


def _log_softmax(p: Floats) -> Floats:
    p = p - p.max(axis=1, keepdims=True)
    return np.asarray(p - np.log(np.exp(p).sum(axis=1, keepdims=True)))


def categorical_crossentropy(y: Floats, p: Floats, config: Mapping[str, Any]) -> Floats:
    """Cross-entropy over all classes."""
    _alike(y, p)
    smoothing = np.float32(config.get("label_smoothing", 0.0))
    y = y * (np.float32(1) - smoothing) + smoothing / np.float32(p.shape[1])
    if config.get("from_logits"):
        return np.asarray(-(y * _log_softmax(p)).sum(axis=1))
    p = _clipped(p / p.sum(axis=1, keepdims=True))
    return np.asarray(-(y * np.log(p)).sum(axis=1))


def sparse_crossentropy(y: Floats, p: Floats, config: Mapping[str, Any]) -> Floats:
    """The same of labels that number the class."""
    numbers = _single(y, p)
    logits = p if config.get("from_logits") else np.log(_clipped(p))
    own = np.take_along_axis(_log_softmax(logits), numbers[:, None], axis=1)
    return np.asarray(-own[:, 0])


def squared_difference(y: Floats, p: Floats, config: Mapping[str, Any]) -> Floats:
    """How far off, squared."""
    _alike(y, p)
    return (y - p) ** 2


def poisson(y: Floats, p: Floats, config: Mapping[str, Any]) -> Floats:
    """Poisson loss, the mean over the classes."""
    _alike(y, p)
    return np.asarray((p - y * np.log(p + EPSILON)).mean(axis=1))


def kl_divergence(y: Floats, p: Floats, config: Mapping[str, Any]) -> Floats:
    """Kullback-Leibler divergence over all classes."""
    _alike(y, p)
    y, p = np.clip(y, EPSILON, 1), np.clip(p, EPSILON, 1)
    return np.asarray((y * np.log(y / p)).sum(axis=1))


def log_cosh(y: Floats, p: Floats, config: Mapping[str, Any]) -> Floats:
    """Logarithm of the hyperbolic cosine of how far off, the mean over classes."""
    _alike(y, p)
    x = p - y
    return np.asarray((x + np.logaddexp(np.float32(0), -2 * x) - _LOG_2).mean(axis=1))


SCORES: dict[str, tuple[Score, frozenset[str]]] = {
    "Accuracy": (accuracy, frozenset()),
    "CategoricalAccuracy": (categorical_accuracy, frozenset()),
    "SparseCategoricalAccuracy": (sparse_accuracy, frozenset()),
    "TopKCategoricalAccuracy": (top_k_accuracy, frozenset({"k"})),
    "SparseTopKCategoricalAccuracy": (sparse_top_k_accuracy, frozenset({"k"})),
    "BinaryCrossentropy": (
        binary_crossentropy,
        frozenset({"from_logits", "label_smoothing"}),
    ),
    "CategoricalCrossentropy": (
        categorical_crossentropy,
        frozenset({"from_logits", "label_smoothing"}),
    ),
    "SparseCategoricalCrossentropy": (sparse_crossentropy, frozenset({"from_logits"})),
    "RootMeanSquaredError": (squared_difference, frozenset()),
    "Poisson": (poisson, frozenset()),
    "KLDivergence": (kl_divergence, frozenset()),
    "LogCoshError": (log_cosh, frozenset()),
}
"""By class name, with the settings that each has beside name and dtype."""
