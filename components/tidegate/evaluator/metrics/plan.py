"""Every metric that an EvalConfig asks for, computed of batches of columns.

plan = MetricPlan.of(eval_config)
state = plan.look(batch, rows, groups, count)      # one a batch, in any process
whole = state.merge(other)                         # in any order
values = plan.values(whole)                        # one dict a slice
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tidegate.evaluator.metrics.computations import (
    Computations,
    NotCoveredError,
    Source,
    computations_of,
)
from tidegate.evaluator.metrics.confidence import measurable, spreads
from tidegate.evaluator.metrics.intervals import (
    sampling_of,
    with_distributions,
    without_interval,
)
from tidegate.evaluator.metrics.predicted import Indices, Predicted
from tidegate.evaluator.metrics.refusals import refuse_derived
from tidegate.evaluator.metrics.sampling import Method, Sampling, samples_of
from tidegate.evaluator.metrics.sums import Entries, Members, Row, Sums

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
    """The leaves to sum up, and TFMA's own derivations on top of them.

    Attributes:
        computations: What is computed, all of it as TFMA has it.
        baseline: Name of the model that others are compared with.
        sampling: Samples for confidence intervals, where the config wants them.
        without_interval: Keys that have none.
    """

    computations: Computations
    baseline: str | None = None
    sampling: Sampling | None = None
    without_interval: frozenset[Any] = frozenset()

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
            sampling = sampling_of(eval_config)
        except NotCoveredError as reason:
            return Uncovered(str(reason))
        baselines = [each.name for each in eval_config.model_specs if each.is_baseline]
        skipped = without_interval(eval_config) if sampling else frozenset()
        return cls(computations, baselines[0] if baselines else None, sampling, skipped)

    def needed(self) -> tuple[tuple[str, str], ...]:
        """Which (model_name, output_name) every batch must have."""
        found = {each.reads for each in self._sources if not each.reads_any}
        return tuple(sorted(found or {each.reads for each in self._sources}))

    def start(self, count: int = 0) -> State:
        """The state of no rows."""
        parts = count * (self.sampling.parts if self.sampling else 1)
        leaves = [each.leaf for each in self._sources]
        kept = [Sums.empty(parts, each.numbers, each.width) for each in leaves]
        if self.sampling:
            kept.append(Sums.empty(parts, 1, 1))
        return State(tuple(kept))

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
            first: Position of the first row in the whole data; samples for
                confidence intervals are drawn by it.
        """
        members = Members(rows, groups, count)
        if self.sampling:
            members = self.sampling.spread(members, first)
        kept = [self._sums(each, batch, members) for each in self._sources]
        if self.sampling:
            ones = Entries(None, None, (np.ones(int(rows.max(initial=-1)) + 1),))
            kept.append(Sums.of(ones, members, 1))
        return State(tuple(kept))

    def values(self, state: State) -> list[Values]:
        """The metrics of each slice, by TFMA's keys.

        With confidence intervals they are TFMA's ValueWithTDistribution, and those
        that compare models with the baseline are among them.
        """
        kept = [each.rows() for each in state.sums]
        if self.sampling is None:
            return [self._of_slice(rows) for rows in zip(*kept, strict=True)]
        parts = self.sampling.parts
        count = len(kept[0]) // parts if kept else 0
        return [
            self._with_intervals([rows[at * parts : (at + 1) * parts] for rows in kept])
            for at in range(count)
        ]

    def diffs(self, values: Sequence[Values]) -> list[Values]:
        """The same, with how each model differs from the baseline added."""
        return [self._with_diffs(each) for each in values]

    @property
    def _sources(self) -> tuple[Source, ...]:
        return self.computations.sources

    def _sums(self, source: Source, batch: Batch, members: Members) -> Sums:
        entries = source.leaf.entries(source.read(batch))
        return Sums.of(entries, members, source.leaf.width)

    def _of_slice(self, rows: Iterable[Row]) -> Values:
        known: Values = {}
        for source, row in zip(self._sources, rows, strict=True):
            known.update(dict.fromkeys(source.keys, source.value(row)))
        with np.errstate(all="ignore"):
            for derive in self.computations.derived:
                try:
                    known.update(derive(known))
                except (ArithmeticError, ValueError) as error:
                    # TFMA's own functions fail here, as they do on Beam.
                    refuse_derived(error)
        return {key: value for key, value in known.items() if not _private(key)}

    def _with_intervals(self, parts: Sequence[Sequence[Row]]) -> Values:
        assert self.sampling is not None
        method = self.sampling.method
        *leaves, present = [samples_of(own, method) for own in parts]
        number = len(present[1])
        # The jackknife has no sample where all rows of a slice are in one bucket.
        held = [
            at
            for at in range(number)
            if method is not Method.JACKKNIFE or present[1][at].dense.any()
        ]
        whole = self._compared([full for full, _ in leaves])
        samples = [self._compared([own[at] for _, own in leaves]) for at in held]
        with np.errstate(all="ignore"):
            found, reason = spreads(whole, samples, method, self.without_interval)
        return with_distributions(found, reason)

    def _compared(self, rows: Sequence[Row]) -> Values:
        return self._with_diffs(self._of_slice(rows))

    def _with_diffs(self, values: Values) -> Values:
        if not self.baseline or any(key.is_diff for key in values):
            return values
        found = dict(values)
        for key, value in values.items():
            other = key.make_baseline_key(self.baseline)
            compared = key.model_name != self.baseline and other in values
            if compared and measurable(value):
                found[key.make_diff_key()] = value - values[other]
        return found


def _private(key: Any) -> bool:
    return key.name.startswith("_") and not key.name.startswith("__")
