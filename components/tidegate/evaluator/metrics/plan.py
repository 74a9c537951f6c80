"""Every metric that an EvalConfig asks for, computed of batches of columns.

plan = MetricPlan.of(eval_config)
state = plan.look(batch, rows, groups, count)      # one a batch, in any process
whole = state.merge(other)                         # in any order
values = plan.values(whole)                        # one dict a slice
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tidegate.evaluator.metrics.computations import (
    Computations,
    NotCoveredError,
    Source,
    computations_of,
)
from tidegate.evaluator.metrics.predicted import Indices, Predicted
from tidegate.evaluator.metrics.sums import Members, Row, Sums

__all__ = ["MetricPlan", "Predicted", "State", "Uncovered"]

Batch = Mapping[tuple[str, str], Predicted]
Values = dict[Any, Any]


@dataclass(frozen=True)
class Uncovered:
    """Why TFMA itself has to compute the metrics of a config."""

    reason: str


@dataclass(frozen=True, eq=False)
class State:
    """Sums of every leaf of a plan, by slice number.

    Attributes:
        sums: One for each leaf.
    """

    sums: tuple[Sums, ...]

    def merge(self, other: State) -> State:
        """Both together; slices are the same by number, and may be more."""
        both = zip(self.sums, other.sums, strict=True)
        return State(tuple(one.plus(two) for one, two in both))


@dataclass(frozen=True, eq=False)
class MetricPlan:
    """The leaves to sum up, and TFMA's own derivations on top of them."""

    computations: Computations
    baseline: str | None = None
    single_model: bool = field(default=True)

    @classmethod
    def of(cls, eval_config: Any, *, schema: Any = None) -> MetricPlan | Uncovered:
        """The plan for a config, or what of it is not covered.

        Args:
            eval_config: A tfma.EvalConfig with TFMA's defaults already in it
                (tfma.update_eval_config_with_defaults).
            schema: The schema that metrics may read, if there is one.
        """
        try:
            computations = computations_of(eval_config, schema)
        except NotCoveredError as reason:
            return Uncovered(str(reason))
        baselines = [each.name for each in eval_config.model_specs if each.is_baseline]
        several = len(eval_config.model_specs) > 1
        return cls(computations, baselines[0] if baselines else None, not several)

    def needed(self) -> tuple[tuple[str, str], ...]:
        """Which (model_name, output_name) every batch must have."""
        found = {(each.model_name, each.output_name) for each in self._sources}
        return tuple(sorted(found))

    def start(self, count: int = 0) -> State:
        """The state of no rows."""
        return State(
            tuple(
                Sums.empty(count, each.leaf.numbers, each.leaf.width)
                for each in self._sources
            )
        )

    def look(
        self,
        batch: Batch,
        rows: Indices,
        groups: Indices,
        count: int,
        *,
        first: int = 0,
    ) -> State:
        """The state of one batch.

        Args:
            batch: By (model_name, output_name); the model's name is empty where
                there is one model only, as TFMA has it.
            rows: Row number of each row's membership of a slice.
            groups: Slice number of each membership.
            count: Number of slices known so far.
            first: Position of the first row in the whole data.
        """
        members = Members(rows, groups, count)
        return State(tuple(self._sums(each, batch, members) for each in self._sources))

    def values(self, state: State) -> list[Values]:
        """The metrics of each slice, by TFMA's keys."""
        by_slice = zip(*(each.rows() for each in state.sums), strict=True)
        return [self._of_slice(rows) for rows in by_slice]

    def diffs(self, values: Sequence[Values]) -> list[Values]:
        """The same, with how each model differs from the baseline added."""
        return [self._with_diffs(each) for each in values]

    @property
    def _sources(self) -> tuple[Source, ...]:
        return self.computations.sources

    def _sums(self, source: Source, batch: Batch, members: Members) -> Sums:
        entries = source.leaf.entries(self._read(batch, source))
        return Sums.of(entries, members, source.leaf.width)

    def _read(self, batch: Batch, source: Source) -> Predicted:
        found = batch.get((source.model_name, source.output_name))
        if found is not None:
            return found
        return next(iter(batch.values()))

    def _of_slice(self, rows: Iterable[Row]) -> Values:
        known: Values = {}
        for source, row in zip(self._sources, rows, strict=True):
            value = source.value(row)
            known.update(dict.fromkeys(source.keys, value))
        with np.errstate(all="ignore"):
            for derive in self.computations.derived:
                known.update(derive(known))
        return {key: value for key, value in known.items() if not _private(key)}

    def _with_diffs(self, values: Values) -> Values:
        if not self.baseline:
            return values
        found = dict(values)
        for key, value in values.items():
            other = key.make_baseline_key(self.baseline)
            own = key.model_name != self.baseline and not key.is_diff
            if own and other in values and _diffable(value):
                found[key.make_diff_key()] = value - values[other]
        return found


def _private(key: Any) -> bool:
    return key.name.startswith("_") and not key.name.startswith("__")


def _diffable(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return bool(np.issubdtype(value.dtype, np.number))
    return isinstance(value, (int, float, np.number)) or hasattr(value, "to_proto")
