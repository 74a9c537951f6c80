"""Replays rows to two versions, and writes what an evaluation has of them."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tidegate.canary import keys
from tidegate.canary.loading import folder_of
from tidegate.canary.replay import Model, Question, request_ms, scored
from tidegate.canary.sampling import Sample, files_of, sample
from tidegate.canary.standing import Standing
from tidegate.columnar.parquet_sink import ParquetSink
from tidegate.errors import ComponentError, UsageError
from tidegate.evaluation.facts import Facts, ModelFacts, write_facts
from tidegate.evaluation.scored_rows import ROWS_FILE, ScoredRows, read_rows
from tidegate.ledger.destination import Destination
from tidegate.ledger.state import State
from tidegate.runners import progress
from tidegate.saved_model.allowing import allowed_in
from tidegate.steps.context import Artifacts

_TRANSFORM = "transform_features"
_LOG = logging.getLogger("tidegate.canary")


def replay(
    inputs: Artifacts,
    properties: Mapping[str, Any],
    stands: Standing,
    destination: Destination,
    state: State,
    evaluation: Path,
) -> None:
    """Writes the scored rows and the facts of a version and its champion.

    Args:
        inputs: Artifacts by Canary's keys.
        properties: Canary's properties.
        stands: Which versions.
        destination: Where they were pushed to.
        state: What the ledger says.
        evaluation: Folder to write to.

    Raises:
        TidegateError: A version cannot be loaded, or the rows not be replayed.
    """
    progress.stage("drawing rows")
    files = files_of(inputs[keys.EXAMPLES], properties.get(keys.SPLITS))
    drawn = sample(files, int(properties[keys.ROWS]))
    if not drawn.records:
        raise UsageError(
            "there are no rows to replay",
            where=", ".join(str(one) for one in files[:3]),
            expected="rows",
            got="none",
            fix="name a split that has rows: Canary(splits=…)",
        )
    with tempfile.TemporaryDirectory(prefix="tidegate-canary-") as folder:
        progress.stage("loading")
        versions = (stands.version, stands.opponent or 0)
        folders = [folder_of(destination, one, state, Path(folder)) for one in versions]
        signature = str(properties[keys.SIGNATURE])
        models = _Models(folders, signature, allowed_in(properties))
        progress.stage("replaying")
        _score(drawn, properties, models, evaluation)
        times = request_ms(models.named, drawn.records)
    _write_facts(evaluation, properties, versions, folders, destination, times)


class _Models:
    """The two models, loaded.

    Attributes:
        named: "canary" and "champion".
        transform: The canary's signature for label and weight; None without one.
    """

    def __init__(
        self, folders: Sequence[Path], signature: str, allow_ops: Sequence[str]
    ) -> None:
        from tidegate.serving.predictor import Predictor

        names = ("canary", "champion")
        self.named: dict[str, Model] = {
            name: Predictor(str(folder), signature, allow_ops)
            for name, folder in zip(names, folders, strict=True)
        }
        self.transform: Model | None
        try:
            self.transform = Predictor(str(folders[0]), _TRANSFORM, allow_ops)
        except ComponentError:  # It loads, so that it has no such signature.
            self.transform = None


def _score(
    drawn: Sample, properties: Mapping[str, Any], models: _Models, evaluation: Path
) -> None:
    question = Question(
        label=str(properties[keys.LABEL]),
        weight=properties.get(keys.WEIGHT) or None,
        output=properties.get(keys.OUTPUT) or None,
        slices=tuple(json.loads(properties[keys.SLICES])),
    )
    tables = scored(
        drawn.records,
        question,
        models.named["canary"],
        models.named["champion"],
        models.transform,
    )
    done = 0
    with ParquetSink(evaluation / ROWS_FILE) as sink:
        for table in tables:
            sink(table)
            done += table.num_rows
            progress.report(rows=done, rows_total=len(drawn.records))
    _LOG.info("replayed %d of %d rows", done, drawn.of)


def _write_facts(
    evaluation: Path,
    properties: Mapping[str, Any],
    versions: Sequence[int],
    folders: Sequence[Path],
    destination: Destination,
    times: Mapping[str, tuple[float, ...]],
) -> None:
    rows = read_rows(evaluation)
    if rows is None:
        raise AssertionError("the rows were written")
    facts = [
        ModelFacts(
            uri=destination.uri_of(version), size=_size(folder), request_ms=times[name]
        )
        for version, folder, name in zip(versions, folders, times, strict=True)
    ]
    write_facts(
        Facts(
            task="binary" if _is_binary(rows) else "regression",
            rows=len(rows),
            model=facts[0],
            champion=facts[1],
            slices=tuple(json.loads(properties[keys.SLICES])),
        ),
        evaluation,
    )


def _is_binary(rows: ScoredRows) -> bool:
    scores = (rows.prediction, rows.champion)
    within = [((one >= 0) & (one <= 1)).all() for one in scores if one is not None]
    return bool(np.isin(rows.label, (0.0, 1.0)).all() and all(within))


def _size(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
