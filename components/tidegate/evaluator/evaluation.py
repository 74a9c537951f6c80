"""Metrics of every slice: records read once, looked at in batches on threads."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from tidegate.columnar.tf_record import read_record_batches
from tidegate.errors import TidegateError
from tidegate.evaluator.aside import Aside
from tidegate.evaluator.coverage import demand_covered
from tidegate.evaluator.metrics.plan import MetricPlan, State, Uncovered
from tidegate.evaluator.models import Models
from tidegate.evaluator.not_covered import NotCovered
from tidegate.evaluator.outcomes import Outcomes
from tidegate.evaluator.request import Request
from tidegate.evaluator.scoring import Scoring
from tidegate.evaluator.slices import Indices, SliceKey, Slices, Slicing
from tidegate.evaluator.tensors import Decoder

Progress: TypeAlias = Callable[[int, "int | None"], None]
SlicedMetrics: TypeAlias = list[tuple[SliceKey, dict[Any, Any]]]
THREADS = 2
_AHEAD = 2
# Requests that models are timed with.
SAMPLE = 50
# More rows a batch make nothing faster, and hold more memory.
BATCH_ROWS = 16_384


@dataclass(frozen=True, eq=False)
class Seen:
    """What is known of the rows seen so far.

    Attributes:
        state: State of the metrics.
        counts: Rows of each slice.
        rows: Rows.
        scored: The rows themselves, of one batch only; None where they are not
            kept.
    """

    state: State
    counts: Indices
    rows: int
    scored: pa.Table | None = None

    def merge(self, other: Seen) -> Seen:
        """What is known of the rows of both."""
        counts = np.zeros(max(len(self.counts), len(other.counts)), np.int64)
        for one in (self.counts, other.counts):
            counts[: len(one)] += one
        state = self.state.merge(other.state)
        return Seen(state, counts, self.rows + other.rows)


def evaluate(
    request: Request, progress: Progress | None = None, aside: Aside | None = None
) -> SlicedMetrics:
    """The metrics of each slice, those of all rows first.

    Args:
        request: What to evaluate.
        progress: Told how many rows are done, and of how many where that is known.
        aside: Keeps the scored rows and the facts; None keeps nothing.

    Raises:
        NotCovered: The stock Evaluator has to do it.
        TidegateError: A file cannot be read whole.
    """
    plan = plan_of(request)
    models = Models(request.models, request.eval_config)
    look = _Look(request, plan, models)
    whole: Seen | None = None
    for seen in _in_order(look, request.files):
        whole = seen if whole is None else whole.merge(seen)
        if aside is not None:
            aside.take(seen.scored)
        if progress is not None:
            progress(whole.rows, None)
    if whole is None:
        raise NotCovered("there are no examples")
    found = look.metrics(whole)
    if aside is not None:
        aside.finish(request.models, models, look.scoring, look.sample, whole.rows)
    return found


def plan_of(request: Request) -> MetricPlan:
    """The plan for the metrics of a request.

    Raises:
        NotCovered: Its config has something for the stock Evaluator.
    """
    demand_covered(request.eval_config)
    # The stock executor hands TFMA no schema for its metrics.
    plan = MetricPlan.of(request.eval_config)
    if isinstance(plan, Uncovered):
        raise NotCovered(plan.reason)
    if not plan.needed():
        raise NotCovered("the config has no metrics")
    return plan


class _Look:
    """What is done with each batch."""

    def __init__(self, request: Request, plan: MetricPlan, models: Models) -> None:
        config = request.eval_config
        self._plan, self._models = plan, models
        self._needed = tuple(plan.needed())
        self._outcomes = Outcomes(config)
        self._slices = Slices([Slicing.of(one) for one in config.slicing_specs])
        read = [*models.inputs, *self._outcomes.features, *self._slices.features]
        self.scoring = Scoring(config, self._needed, self._slices.features)
        self.sample: list[bytes] = []
        self._decoder = Decoder(read, request.schema)
        self._smallest = int(config.options.min_slice_size.value)

    def __call__(self, records: list[bytes], first: int) -> Seen:
        """What is known of one batch.

        Args:
            records: Serialized tf.Examples.
            first: Number of the first one among all of them.
        """
        try:
            return self._seen(records, first)
        except (NotCovered, MemoryError):
            raise
        except Exception as error:
            # TFMA goes on row by row, or says what is wrong; its own errors show
            # whole rows, so that only their kind and place can be told.
            place = traceback.extract_tb(error.__traceback__)[-1]
            file = Path(place.filename).name
            said = f"{type(error).__name__} in {place.name} ({file}:{place.lineno})"
            if isinstance(error, TidegateError):
                said = error.message
            raise NotCovered(f"a batch cannot be evaluated whole: {said}") from error

    def _seen(self, records: list[bytes], first: int) -> Seen:
        rows = len(records)
        self.sample = self.sample or records[:SAMPLE]
        extracts = self._models.apply(records, self._decoder.decode(records))
        batch = self._outcomes.predicted(extracts, self._needed, rows)
        values = self._outcomes.slice_values(extracts, self._slices.features)
        members, groups, count = self._slices.assign(rows, values)
        state = self._plan.look(batch, members, groups, count, first=first)
        scored = self.scoring.table(batch, values, rows)
        return Seen(state, np.bincount(groups, minlength=count), rows, scored)

    def metrics(self, whole: Seen) -> SlicedMetrics:
        """The metrics of each slice, small ones without if there is a limit.

        Raises:
            NotCovered: One of them cannot be computed of what is in a slice.
        """
        try:
            found = self._plan.diffs(self._plan.values(whole.state))
        except TidegateError as error:
            # TFMA may fail on it as well, but then it is TFMA that says so. Or its
            # samples for intervals, drawn otherwise, are such that it does not.
            raise NotCovered(error.message) from error
        sliced = zip(self._slices.keys, found, whole.counts.tolist(), strict=True)
        return sorted(
            ((key, self._shown(key, metrics, n)) for key, metrics, n in sliced),
            key=lambda one: (len(one[0]), [str(pair) for pair in one[0]]),
        )

    def _shown(self, key: SliceKey, metrics: dict[Any, Any], rows: int) -> Any:
        if not key or rows >= self._smallest:
            return metrics
        from tensorflow_model_analysis.post_export_metrics import metric_keys

        return {metric_keys.ERROR_METRIC: _too_small(self._smallest)}


def _in_order(
    look: Callable[[list[bytes], int], Seen], files: Sequence[Path]
) -> Iterator[Seen]:
    """What `look` makes of each batch, a few of them held at once."""
    waiting: deque[Future[Seen]] = deque()
    pool = ThreadPoolExecutor(THREADS)
    first = 0
    try:
        for records in _batches(files):
            waiting.append(pool.submit(look, records, first))
            if not first:
                # A model may set itself up in its first call, for one thread only.
                waiting[0].exception()
            first += len(records)
            if len(waiting) >= THREADS + _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _batches(files: Iterable[Path]) -> Iterator[list[bytes]]:
    for file in files:
        for batch in read_record_batches(file):
            remaining = iter(batch)
            while some := list(islice(remaining, BATCH_ROWS)):
                yield some


def _too_small(smallest: int) -> str:
    """TFMA's own words, which its views look for."""
    return (
        "Example count for this slice key is lower than the minimum required "
        f"value: {smallest}. No data is aggregated for this slice."
    )
