"""TFMA's own computations for an EvalConfig, each with the leaf that replaces it.

TFMA decides which metrics there are, under which keys, and derives them: only what
it would do row by row is replaced. A computation that has no replacement here, or
that looks otherwise than known, leaves the whole config uncovered.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.evaluator.metrics.classes import ClassConfusion, Matrix
from tidegate.evaluator.metrics.confusion import (
    Counts,
    counts_from_histogram,
    counts_of_all,
)
from tidegate.evaluator.metrics.counts import ExampleCounting
from tidegate.evaluator.metrics.keras_kinds import keras_leaves
from tidegate.evaluator.metrics.leaf import Leaf
from tidegate.evaluator.metrics.leaf_kinds import leaf_of
from tidegate.evaluator.metrics.predicted import Predicted
from tidegate.evaluator.metrics.sums import Row

Metrics = Mapping[Any, Any]
Derive = Callable[[Metrics], Mapping[Any, Any]]


_METRICS = "tensorflow_model_analysis.metrics"
_DERIVING = frozenset(
    {
        "aggregation",
        "binary_confusion_matrices",
        "calibration",
        "confusion_matrix_metrics",
        "multi_class_confusion_matrix_metrics",
        "tjur_discrimination",
    }
)
"""Modules of TFMA that derive metrics from what leaves give, and nothing else."""
_KNOWN_MODULES = (f"{_METRICS}.", "keras.", "tf_keras.", "tensorflow.keras.")


class NotCoveredError(Exception):
    """A config asks for what has no columnar form; the message says what."""


@dataclass(frozen=True, eq=False)
class Source:
    """A leaf, with the model and output it reads and the keys it fills."""

    leaf: Leaf
    model_name: str
    output_name: str
    keys: tuple[Any, ...]
    finish: Callable[[Any], Any] | None = None

    @property
    def reads(self) -> tuple[str, str]:
        """The (model_name, output_name) it reads."""
        return self.model_name, self.output_name

    @property
    def reads_any(self) -> bool:
        """Whether it only counts rows, which every output has alike."""
        leaf = self.leaf
        return isinstance(leaf, ExampleCounting) and not leaf.example_weighted

    def read(self, batch: Mapping[tuple[str, str], Predicted]) -> Predicted:
        """What the leaf looks at in a batch."""
        if self.reads_any and self.reads not in batch:
            return next(iter(batch.values()))
        return batch[self.reads]

    def value(self, row: Row) -> Any:
        """The leaf's value of one slice, as TFMA's own type where it has one."""
        found = self.leaf.value(row)
        return found if self.finish is None else self.finish(found)


@dataclass(frozen=True, eq=False)
class Computations:
    """All that is computed: leaves first, then derived in TFMA's order."""

    sources: tuple[Source, ...]
    derived: tuple[Derive, ...]


def computations_of(eval_config: Any, schema: Any) -> Computations:
    """TFMA's computations for a config.

    Raises:
        NotCoveredError: Something in it has no columnar form.
    """
    from tensorflow_model_analysis.metrics import metric_specs, metric_types

    _demand_own_metrics(eval_config)
    try:
        found = metric_specs.to_computations(
            list(eval_config.metrics_specs), eval_config=eval_config, schema=schema
        )
    except Exception as refused:
        # A config that TFMA refuses is TFMA's to refuse, in its own words.
        raise NotCoveredError(f"a config that TFMA refuses: {refused}") from refused
    sources: dict[Any, list[Source]] = {}
    derived: dict[Any, Derive] = {}
    for each in found:
        if isinstance(each, metric_types.MetricComputation):
            if each not in sources:
                sources[each] = _sources(each)
        elif isinstance(each, metric_types.CIDerivedMetricComputation):
            raise NotCoveredError(f"{each.keys} from confidence intervals")
        elif isinstance(each, metric_types.DerivedMetricComputation):
            if each not in derived:
                derived[each] = _derive(each)
        else:
            raise NotCoveredError(f"a computation of kind {type(each).__name__}")
    leaves = itertools.chain.from_iterable(sources.values())
    return Computations(tuple(leaves), tuple(derived.values()))


def _sources(computation: Any) -> list[Source]:
    combiner, keys = computation.combiner, tuple(computation.keys)
    _refuse_plots(keys)
    if type(combiner).__qualname__ == "_CompilableMetricsCombiner":
        found = keras_leaves(combiner)
        if isinstance(found, str):
            raise NotCoveredError(found)
        return [
            Source(leaf, key.model_name, key.output_name, (key,)) for key, leaf in found
        ]
    leaf = leaf_of(combiner, [type(p).__name__ for p in computation.preprocessors])
    if isinstance(leaf, str):
        raise NotCoveredError(leaf)
    finish = _class_matrices if isinstance(leaf, ClassConfusion) else None
    return [Source(leaf, keys[0].model_name, keys[0].output_name, keys, finish)]


def _class_matrices(found: Mapping[float, Matrix]) -> Any:
    from tensorflow_model_analysis.metrics import multi_class_confusion_matrix_metrics

    known = multi_class_confusion_matrix_metrics
    matrices = known.Matrices()
    for threshold, matrix in found.items():
        matrices[threshold] = {
            known.MatrixEntryKey(*classes): weight for classes, weight in matrix.items()
        }
    return matrices


def _derive(computation: Any) -> Derive:
    """The function that derives, a faster one for TFMA's confusion matrices."""
    result: Derive = computation.result
    module = result.__module__.rpartition(f"{_METRICS}.")[2]
    _refuse_plots(computation.keys)
    if module not in _DERIVING:
        raise NotCoveredError(f"{result.__qualname__} of {result.__module__}")
    if module == "binary_confusion_matrices":
        return _matrices(inspect.getclosurevars(result).nonlocals)
    return result


def _refuse_plots(keys: Iterable[Any]) -> None:
    from tensorflow_model_analysis.metrics import metric_types

    for key in keys:
        if isinstance(key, metric_types.PlotKey) and not key.name.startswith("_"):
            raise NotCoveredError(f"the plot {key.name}")


def _demand_own_metrics(eval_config: Any) -> None:
    """Refuse metrics that are neither TFMA's own nor those of Keras."""
    from tensorflow_model_analysis.metrics import metric_types

    registered = metric_types.registered_metrics()
    for spec in eval_config.metrics_specs:
        if spec.query_key:
            raise NotCoveredError(f"metrics by query_key {spec.query_key!r}")
        for metric in spec.metrics:
            kind = registered.get(metric.class_name)
            module = kind.__module__ if kind else metric.module or "keras."
            if not module.startswith(_KNOWN_MODULES):
                raise NotCoveredError(f"{metric.class_name} of {module}")


def _matrices(known: Mapping[str, Any]) -> Derive:
    from tensorflow_model_analysis.metrics import binary_confusion_matrices

    if known.get("example_id_key"):
        raise NotCoveredError("samples of examples by example_id_key")
    read, write = known["input_metric_key"], known["matrices_key"]
    thresholds = list(known["thresholds"])
    of_all = len(thresholds) == 1 and thresholds[0] < 0

    def derive(metrics: Metrics) -> Mapping[Any, Any]:
        kept = metrics[read]
        if isinstance(kept, Counts):
            counts = Counts(*(part.tolist() for part in kept))
        elif of_all:
            counts = Counts(*(part.tolist() for part in counts_of_all(kept)))
        else:
            counts = counts_from_histogram(kept, thresholds)
        matrices = binary_confusion_matrices.Matrices(thresholds, *counts)
        return {write: matrices}

    return derive
