"""The Evaluator's executor: on columns, or by the stock one with a reason."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_beam_executor, base_executor
from tfx.types import artifact_utils

from tidegate.champion.absence import without_absent
from tidegate.evaluator import spec
from tidegate.evaluator.loadable import demand_loadable
from tidegate.evaluator.not_covered import NotCovered
from tidegate.saved_model.allowing import ALLOW_OPS, allowed_in

Artifacts = dict[str, list[Any]]
_LOG = logging.getLogger("tidegate.evaluator")
_EVERY_SECONDS = 5.0


class Executor(base_beam_executor.BaseBeamExecutor):  # type: ignore[misc]
    """Writes TFMA's result files and the blessing."""

    def __init__(self, context: Any = None) -> None:
        # Not the Beam executor's own: it packs all of TFX for remote workers,
        # which takes seconds. The stock executor does so when it has to run.
        base_executor.BaseExecutor.__init__(self, context)

    def Do(
        self,
        input_dict: Artifacts,
        output_dict: Artifacts,
        exec_properties: dict[str, Any],
    ) -> None:
        """Evaluates on columns what can be, and leaves the rest to the stock one.

        Raises:
            SecurityError: A model could do more than compute; it is not loaded.
        """
        properties = dict(exec_properties)
        # A Champion gives an artifact even where no model was pushed yet.
        input_dict = without_absent(input_dict, spec.BASELINE_MODEL)
        demand_loadable(input_dict, allowed_in(properties))
        properties.pop(ALLOW_OPS, None)
        engine = properties.pop(spec.ENGINE, None) or spec.COLUMNAR
        if engine == spec.COLUMNAR:
            try:
                _evaluate(input_dict, output_dict, properties)
                return
            except NotCovered as found:
                _LOG.warning(
                    "evaluating with the stock Evaluator on Beam: %s", found.reason
                )
        self._stock().Do(input_dict, output_dict, properties)

    def _stock(self) -> base_beam_executor.BaseBeamExecutor:
        from tfx.components.evaluator import executor

        return executor.Executor(self._context)


def _evaluate(inputs: Artifacts, outputs: Artifacts, properties: Any) -> None:
    # All of TFMA and TensorFlow, which a component's definition does not need.
    from tidegate.evaluator.aside import Aside
    from tidegate.evaluator.blessing import bless
    from tidegate.evaluator.evaluation import evaluate
    from tidegate.evaluator.request import read_request
    from tidegate.evaluator.results import write_results

    folder = artifact_utils.get_single_uri(outputs[spec.EVALUATION])
    request = read_request(inputs, properties)
    progress = Progress()
    aside = Aside(Path(folder))
    try:
        sliced = evaluate(request, progress, aside)
    except BaseException:
        aside.discard()
        raise
    ok = write_results(request, sliced, folder)
    _LOG.info("evaluated %s on %d slices", progress.said(), len(sliced))
    if not request.validates:
        _LOG.info("the config has no thresholds, so the model is not validated")
        return
    blessing = artifact_utils.get_single_instance(outputs[spec.BLESSING])
    bless(blessing, ok, inputs, properties)


class Progress:
    """Logs every few seconds how far the work is."""

    def __init__(self) -> None:
        self._started = self._last = time.monotonic()
        self._rows = 0

    def __call__(self, rows: int, total: int | None) -> None:
        """Takes note of the rows that are done, of `total` where that is known."""
        self._rows = rows
        if time.monotonic() - self._last >= _EVERY_SECONDS:
            self._last = time.monotonic()
            of = "" if total is None else f" of {total:,}"
            _LOG.info("%s%s", self.said(), of)

    def said(self) -> str:
        """Rows done and their rate, in words."""
        seconds = max(time.monotonic() - self._started, 1e-9)
        return f"{self._rows:,} rows in {seconds:.1f} s ({self._rows / seconds:,.0f}/s)"
