"""Evaluations with scored rows, made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tidegate.evaluation.facts import Facts, ModelFacts, write_facts
from tidegate.evaluation.scored_rows import ROWS_FILE, schema_of
from tidegate.explain.importance import FeatureImportance, Importance

Numbers = npt.NDArray[np.float64]
TIMES = tuple(float(1 + n % 7) for n in range(70))


def sigmoid(odds: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-odds)), np.float64)


def draw(
    rows: int, *, seed: int = 0, noise: float = 0.5, shared: float = 0.9
) -> tuple[Numbers, Numbers, Numbers]:
    """Labels, and the calibrated-looking scores of two equally good models."""
    random = np.random.default_rng(seed)
    odds = 2 * random.normal(size=rows) - 0.5
    label = (random.random(rows) < sigmoid(odds)).astype(np.float64)
    common = random.normal(size=rows)
    scores = [
        sigmoid(
            odds
            + noise
            * (shared * common + (1 - shared**2) ** 0.5 * random.normal(size=rows))
        )
        for _ in range(2)
    ]
    return label, scores[0], scores[1]


def write(
    folder: Path,
    label: Numbers,
    prediction: Numbers,
    champion: Numbers | None = None,
    *,
    weight: Numbers | None = None,
    slices: Mapping[str, Sequence[str | None]] | None = None,
    task: str = "binary",
    size: int = 3_000_000,
    champion_size: int = 3_000_000,
    times: tuple[float, ...] = TIMES,
    champion_times: tuple[float, ...] = TIMES,
) -> Path:
    """An evaluation without TFMA's files."""
    folder.mkdir(parents=True, exist_ok=True)
    cut = slices or {}
    numbers = [label, np.ones_like(label) if weight is None else weight, prediction]
    if champion is not None:
        numbers.append(champion)
    texts = [pa.array(list(v), pa.string()).dictionary_encode() for v in cut.values()]
    table = pa.table(
        [*(pa.array(one) for one in numbers), *texts],
        schema=schema_of(tuple(cut), champion is not None),
    )
    pq.write_table(table, folder / ROWS_FILE)
    old = ModelFacts(uri="old", size=champion_size, request_ms=champion_times)
    facts = Facts(
        task=task,  # type: ignore[arg-type]
        rows=len(label),
        model=ModelFacts(uri="new", size=size, request_ms=times),
        champion=None if champion is None else old,
        slices=tuple(cut),
    )
    write_facts(facts, folder)
    return folder


def explained(**shares: float) -> Importance:
    """An explanation in which features have these shares of the gain."""
    features = tuple(
        FeatureImportance(
            feature=name,
            drop=0.4 * share,
            spread=0.001,
            share=share,
            alone=0.5 + share / 3,
        )
        for name, share in sorted(shares.items(), key=lambda one: -one[1])
    )
    return Importance(
        metric="auc",
        value=0.9,
        constant=0.5,
        rows=1000,
        repeats=3,
        seed=1,
        features=features,
    )
