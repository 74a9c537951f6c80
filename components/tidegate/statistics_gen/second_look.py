"""Exact figures for features of which too many values differ for one pass."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any, TypeAlias

from tidegate.columnar.dataset import Batch, Dataset
from tidegate.columnar.open_data import open_artifact
from tidegate.columnar.statistics.dataset_statistics import (
    DatasetStatistics,
    SlicedStatistics,
)
from tidegate.columnar.statistics.features import FeatureStatistics, Path
from tidegate.columnar.statistics.leaders import Front, Leaders
from tidegate.columnar.statistics.numbers import Numbers
from tidegate.columnar.statistics.recount import tallies, words_of
from tidegate.columnar.statistics.slices import ALL_ROWS
from tidegate.columnar.statistics.tables import NumberTable, WordTable
from tidegate.columnar.statistics.tally import Run, Tally
from tidegate.columnar.statistics.tfdv import images, integer_categories
from tidegate.columnar.statistics.weighted import (
    Entries,
    WeightedNumbers,
    WeightedRanks,
    WeightedWords,
)
from tidegate.columnar.statistics.words import WordRanking, Words
from tidegate.errors import DataError
from tidegate.statistics_gen.options import Options

_LOG = logging.getLogger("tidegate.statistics")
# Distinct values that are counted at once, of all features of all slices: some
# 20 bytes each, and several times as many while they are merged.
MOST_VALUES = 1 << 23
# Estimates of what there is to count are rarely this much too low.
_MARGIN = 1.1
# Up to here every integer is a float of its own.
_GREATEST = 2**53

Known: TypeAlias = Mapping[str, SlicedStatistics]
# A split, a slice of it, and a feature.
Key: TypeAlias = tuple[str, str, Path]
# Merges what a function makes of all batches; None where there are none.
Fold = Callable[[Dataset, Callable[[Batch], Any]], Any]


@dataclass(frozen=True, eq=False)
class Seen:
    """What a look has seen of each feature; all of it merges."""

    rows: int
    found: Mapping[Key, tuple[Any, ...]]

    def merge(self, other: Seen) -> Seen:
        """What was seen of the rows of both."""
        found = dict(self.found)
        for key, ones in other.found.items():
            mine = found.get(key)
            found[key] = (
                ones
                if mine is None
                else tuple(a.merge(b) for a, b in zip(mine, ones, strict=True))
            )
        return Seen(self.rows + other.rows, found)


@dataclass(frozen=True)
class Count:
    """Counts every value of some features; workers get it whole."""

    splits: tuple[str, ...]
    options: Options
    keys: frozenset[Key]

    def __call__(self, batch: Batch) -> Seen:
        """How often each value of a batch occurs."""
        split = self.splits[batch.part]
        wanted = {key[1:] for key in self.keys if key[0] == split}
        found = tallies(batch.table, self.options.plan, wanted)
        return Seen(batch.rows, {(split, *place): (tally,) for place, tally in found})


@dataclass(frozen=True)
class Lead:
    """Finds the first words of some features; workers get it whole."""

    splits: tuple[str, ...]
    options: Options
    fronts: Mapping[Key, tuple[Front, ...]]

    def __call__(self, batch: Batch) -> Seen:
        """The first words of a batch."""
        split = self.splits[batch.part]
        wanted = {key[1:] for key in self.fronts if key[0] == split}
        found = {}
        for place, values, hashes in words_of(batch.table, self.options.plan, wanted):
            key = (split, *place)
            found[key] = tuple(
                Leaders.of(values, hashes, front) for front in self.fronts[key]
            )
        return Seen(batch.rows, found)


def exact(known: Known, folder: FilePath, options: Options, fold: Fold) -> Known:
    """What is known, with exact figures in place of estimates where TFDV has them.

    Args:
        known: What a first look told.
        folder: Folder of the Examples artifact.
        options: What was asked for.
        fold: How to go through the batches.

    Raises:
        DataError: The examples are not those of the first look.
    """
    keys = _countable(known, options)
    if not keys:
        return known
    names = ", ".join(sorted({".".join(path) for _, _, path in keys}))
    _LOG.info("many distinct values in %s: the examples are read again", names)
    splits = list(dict.fromkeys(split for split, _, _ in keys))
    columns = _columns(known, options, keys)
    dataset = open_artifact(folder, splits, columns=columns, with_lines=False)
    named = tuple(part.split for part in dataset.parts)
    seen = fold(dataset, Count(named, options, frozenset(keys)))
    runs = {key: _whole(seen, key, _feature(known, key)) for key in keys}
    del seen
    fronts = {
        key: _fronts(runs[key], options)
        for key in keys
        if _feature(known, key).words is not None
    }
    leaders = fold(dataset, Lead(named, options, fronts)).found if fronts else {}
    return _replaced(known, runs, leaders)


def _countable(known: Known, options: Options) -> list[Key]:
    """The features to look at again, as many as can be counted at once."""
    sizes = sorted((size, key) for key, size in _inexact(known, options))
    room = float(MOST_VALUES)
    found = []
    for size, key in sizes:
        room -= _MARGIN * size
        if room < 0:
            break
        found.append(key)
    return found


def _inexact(known: Known, options: Options) -> Iterator[tuple[Key, int]]:
    """Features with estimates that TFDV tells exactly, and their distinct values."""
    if options.settings.sketched:
        return
    categories = set(integer_categories(options.schema))
    unlisted = set(images(options.schema))
    for split, slices in known.items():
        for name, part in slices.slices.items():
            for path, feature in part.features.items():
                values: Words | Numbers | None = feature.words
                if feature.kind == "int" and path in categories:
                    values = feature.numbers
                if values is None or path in unlisted:
                    continue
                if not (values.is_exact and _weighs_exactly(feature)):
                    yield (split, name, path), values.distinct


def _weighs_exactly(feature: FeatureStatistics) -> bool:
    weighted, numbers = feature.weighted, feature.numbers
    if isinstance(weighted, WeightedNumbers) and numbers is not None:
        # Weights are summed by the numbers as floats, which merges great ones.
        greatest = max(map(abs, numbers.extremes)) if numbers.count else 0
        return weighted.ranks.is_exact and greatest <= _GREATEST
    return not isinstance(weighted, WeightedWords) or not weighted.error


def _columns(known: Known, options: Options, keys: list[Key]) -> list[str] | None:
    """The columns to read; None for all."""
    plan = options.plan
    wanted = {path[0] for _, _, path in keys}
    wanted |= {*plan.weights, *(name for by in plan.slices for name, _ in by)}
    # A batch must have a column at least, whatever rows are in it.
    wholes = [slices.slices[ALL_ROWS] for slices in known.values()]
    paths = [path for path in wholes[0].features if len(path) == 1]
    paths.sort(key=lambda path: path[0] not in wanted)
    for path in paths:
        if all(_is_everywhere(whole, path) for whole in wholes):
            return sorted({*wanted, path[0]})
    return None


def _is_everywhere(whole: DatasetStatistics, path: Path) -> bool:
    feature = whole.features.get(path)
    return feature is not None and feature.levels[0].present == whole.rows


def _feature(known: Known, key: Key) -> FeatureStatistics:
    split, name, path = key
    return known[split].slices[name].features[path]


def _whole(seen: Seen, key: Key, feature: FeatureStatistics) -> Run:
    run: Run = seen.found.get(key, (Tally(),))[0].whole()
    values = feature.words or feature.numbers
    if values is None or int(run.counts.sum()) != values.count:
        raise DataError(
            "the examples changed while they were read",
            where=f"split {key[0]!r}, feature {'.'.join(key[2])!r}",
            expected="the same values each time",
            got=f"{int(run.counts.sum()):,} values the second time",
            fix="run again when nothing writes to the artifact any more",
        )
    return run


def _fronts(run: Run, options: Options) -> tuple[Front, ...]:
    settings = options.settings
    most = max(settings.top_values, settings.rank_buckets, 1)
    sums = [run.counts] if run.weights is None else [run.counts, run.weights]
    return tuple(Front.of(run.keys, one, most) for one in sums)


def _replaced(
    known: Known,
    runs: Mapping[Key, Run],
    leaders: Mapping[Key, tuple[Leaders, ...]],
) -> Known:
    result = {}
    for split, slices in known.items():
        parts = {}
        for name, part in slices.slices.items():
            features = dict(part.features)
            for path, feature in part.features.items():
                key = (split, name, path)
                if key in leaders:
                    features[path] = _words(feature, runs[key], leaders[key])
                elif key in runs:
                    features[path] = _numbers(feature, runs[key])
            parts[name] = replace(part, features=features)
        result[split] = SlicedStatistics(parts)
    return result


def _words(
    feature: FeatureStatistics, run: Run, leaders: tuple[Leaders, ...]
) -> FeatureStatistics:
    assert feature.words is not None
    first = WordTable(leaders[0].values, leaders[0].sums)
    words = replace(feature.words, ranking=WordRanking(len(run.keys), first))
    weighted = feature.weighted
    if len(leaders) > 1:
        weighted = WeightedWords(leaders[1].values, leaders[1].sums)
    return replace(feature, words=words, weighted=weighted)


def _numbers(feature: FeatureStatistics, run: Run) -> FeatureStatistics:
    weighted = feature.weighted
    if isinstance(weighted, WeightedNumbers) and run.weights is not None:
        ranks = WeightedRanks((Entries(run.keys, run.weights),))
        weighted = replace(weighted, ranks=ranks)
    numbers = Numbers(NumberTable(run.keys, run.counts))
    return replace(feature, numbers=numbers, weighted=weighted)
