"""What is kept of an evaluation beside TFMA's files: scored rows and facts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from tidegate.evaluation.facts import Facts, ModelFacts, write_facts
from tidegate.evaluator.request import ModelFile
from tidegate.evaluator.scoring import RowsFile, Scoring

_LOG = logging.getLogger("tidegate.evaluator")


class Aside:
    """Writes the rows as they come, and the facts at the end.

    Args:
        folder: Folder of the evaluation.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows = RowsFile(folder)

    def take(self, scored: pa.Table | None) -> None:
        """Keeps the rows of a batch, where they can be kept."""
        if scored is not None:
            self._rows(scored)

    def finish(
        self,
        files: Sequence[ModelFile],
        models: Any,
        scoring: Scoring,
        sample: Sequence[bytes],
        rows: int,
    ) -> None:
        """Lets the rows appear, times the models, and writes the facts.

        Args:
            files: The models.
            models: The same, loaded: a `tidegate.evaluator.models.Models`.
            scoring: What made the rows.
            sample: Records to time the models with.
            rows: Number of evaluated rows.
        """
        if scoring.fault is None:
            self._rows.close()
        else:
            self._rows.discard()
            _LOG.info("no scored rows are kept: %s", scoring.fault)
        times = _times(models, sample)
        facts = {one.name: _facts(one, times.get(one.name, ())) for one in files}
        champion = facts.pop(scoring.champion or "", None) if len(facts) > 1 else None
        write_facts(
            Facts(
                task=self._task(scoring),
                rows=rows,
                model=next(iter(facts.values())),
                champion=champion,
                slices=scoring.features,
                without_rows=scoring.fault,
            ),
            self._folder,
        )

    def discard(self) -> None:
        """Removes what was written."""
        self._rows.discard()

    def _task(self, scoring: Scoring) -> Literal["binary", "regression", "other"]:
        if scoring.fault is not None:
            return "other"
        return "binary" if self._rows.is_binary else "regression"


def _times(models: Any, sample: Sequence[bytes]) -> dict[str, tuple[float, ...]]:
    """Milliseconds of single requests by model; none where a model takes none."""
    try:
        return dict(models.request_ms(sample))
    except Exception as error:  # A model that takes batches only is no reason to stop.
        _LOG.info("single requests are not timed: %s", type(error).__name__)
        return {}


def _facts(model: ModelFile, times: Sequence[float]) -> ModelFacts:
    files = [one for one in Path(model.path).rglob("*") if one.is_file()]
    size = sum(one.stat().st_size for one in files)
    return ModelFacts(uri=model.path, size=size, request_ms=tuple(times))
