"""Statistics of an Examples artifact, by split."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from tensorflow_metadata.proto.v0 import statistics_pb2

from tidegate.columnar.dataset import Batch, Dataset
from tidegate.columnar.open_data import open_artifact
from tidegate.columnar.scan import scan
from tidegate.columnar.statistics.dataset_statistics import (
    DatasetStatistics,
    SlicedStatistics,
    WeightBelowZero,
)
from tidegate.columnar.statistics.features import FeatureStatistics
from tidegate.columnar.statistics.slices import ALL_ROWS
from tidegate.columnar.statistics.tfdv import (
    images,
    integer_categories,
    statistics_list,
)
from tidegate.columnar.statistics.weighted import WeightedNumbers
from tidegate.errors import Problems
from tidegate.runners import progress
from tidegate.statistics_gen.by_split import Look, SplitStatistics
from tidegate.statistics_gen.not_covered import NotCovered
from tidegate.statistics_gen.options import Options
from tidegate.statistics_gen.second_look import Fold, exact

_LOG = logging.getLogger("tidegate.statistics")
_T = TypeVar("_T")
FILE_NAME = "FeatureStats.pb"


def fold_here(dataset: Dataset, look: Callable[[Batch], Any]) -> Any:
    """Merges what `look` makes of all batches, in this process."""
    total = None
    progress.stage("reading")
    for found in scan(dataset, look):
        total = found if total is None else total.merge(found)
        progress.advance(rows=found.rows)
    return total


def generate(
    folder: Path, splits: Sequence[str], options: Options, fold: Fold = fold_here
) -> dict[str, statistics_pb2.DatasetFeatureStatisticsList]:
    """The statistics of each split, as TFDV has them.

    Args:
        folder: Folder of the Examples artifact.
        splits: Names of the splits, one at least.
        options: What to make of them, all of it covered.
        fold: How to go through the batches.

    Raises:
        DataError: The examples cannot be read whole, or weights are missing.
        NotCovered: The data are such that TFDV has to do it.
    """
    dataset = open_artifact(folder, list(splits), with_lines=False)
    plan = options.plan
    look = Look(tuple(part.split for part in dataset.parts), plan)
    found = _first_look(dataset, look, fold)
    known = exact({} if found is None else found.splits, folder, options, fold)
    nothing = SlicedStatistics({ALL_ROWS: DatasetStatistics()})
    for split, statistics in known.items():
        _demand_categories(statistics, options)
        _tell_sketches(split, statistics, options)
    return {
        split: statistics_list(
            known.get(split, nothing),
            plan if split in known else replace(plan, slices=()),
            options.settings,
            options.schema,
        )
        for split in splits
    }


def _first_look(dataset: Dataset, look: Look, fold: Fold) -> SplitStatistics | None:
    try:
        found: SplitStatistics | None = fold(dataset, look)
    except (WeightBelowZero, Problems) as error:
        # On Beam each file that cannot be described has an error of its own.
        errors = error.errors if isinstance(error, Problems) else [error]
        if not all(isinstance(one, WeightBelowZero) for one in errors):
            raise
        raise NotCovered(f"weights below 0 in {errors[0].where}") from error
    return found


def write(statistics: statistics_pb2.DatasetFeatureStatisticsList, path: Path) -> None:
    """Writes a file of statistics, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.part")
    with hidden.open("wb") as stream:
        stream.write(statistics.SerializeToString())
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(hidden, path)


def _demand_categories(statistics: SlicedStatistics, options: Options) -> None:
    """Refuses categories of which too many differ: each one's length counts."""
    features = statistics.slices[ALL_ROWS].features
    for path in integer_categories(options.schema):
        numbers = features[path].numbers if path in features else None
        if numbers is not None and not numbers.is_exact:
            name = ".".join(path)
            raise NotCovered(f"too many different categories in {name}")


def _tell_sketches(split: str, statistics: SlicedStatistics, options: Options) -> None:
    """Logs which features have too many distinct values to count each."""
    features = statistics.slices[ALL_ROWS].features
    unlisted = set(images(options.schema))
    sketched = [
        ".".join(path)
        for path, one in features.items()
        if path not in unlisted and any(_sketches(one))
    ]
    if sketched:
        _LOG.info(
            "split %s: too many distinct values to count each in %s; the stated "
            "errors of docs/statistics-gen.md hold for their quantiles, unique "
            "and top values",
            split,
            ", ".join(sketched),
        )


def _sketches(feature: FeatureStatistics) -> Iterator[bool]:
    for part in (feature.numbers, feature.words):
        yield part is not None and not part.is_exact
    weighted = feature.weighted
    if isinstance(weighted, WeightedNumbers):
        yield not weighted.ranks.is_exact
    elif weighted is not None:
        yield weighted.error > 0
