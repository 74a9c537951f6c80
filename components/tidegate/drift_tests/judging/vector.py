"""A span's own numbers, put in the places of a history's features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tidegate.drift_tests.judging.errors import share_error
from tidegate.drift_tests.judging.features import TABLE, Features
from tidegate.drift_tests.summary import FloatArray, IntArray, SpanMeasures

SHARE = "share"


@dataclass(frozen=True, eq=False)
class NewValue:
    """A value of a column with few values that no accepted span had.

    Attributes:
        column: The column.
        text: The value.
        share: Its share of the values.
        score: How far that is from never, in errors of a share.
    """

    column: str
    text: str
    share: float
    score: float


class Places:
    """Where a span's numbers belong among the features of a history.

    Args:
        features: The features of the accepted spans.
    """

    def __init__(self, features: Features) -> None:
        self._features = features
        own = (features.other == TABLE) & (features.detail == "")
        own &= features.column != TABLE
        self._own = np.flatnonzero(own)
        self._pairs = np.flatnonzero(features.other != TABLE)
        shares = np.flatnonzero(features.measure == SHARE)
        self._shares: dict[str, dict[str, int]] = {}
        for place in shares.tolist():
            column = features.columns[features.column[place]]
            known = self._shares.setdefault(column, {})
            known[str(features.detail[place])] = place
        self._rows = np.flatnonzero(features.measure == "log_rows")
        self._relations = sorted(set(features.measure[self._pairs].tolist()))
        self._pair_keys = self._keys(
            features.column[self._pairs],
            features.other[self._pairs],
            features.measure[self._pairs].tolist(),
        )
        self._order = np.argsort(self._pair_keys)

    def vector(self, span: SpanMeasures) -> FloatArray:
        """The span's number for each feature; NaN where it does not tell."""
        found = np.full(len(self._features.errors), np.nan)
        found[self._rows] = np.log(max(span.rows, 1))
        self._put_own(found, span)
        self._put_pairs(found, span)
        for name, known in self._shares.items():
            place = span.place(name)
            if place is None or name in span.private:
                continue
            found[list(known.values())] = 0.0
            frequent = span.frequent[place]
            for text, share in zip(frequent.texts, frequent.shares, strict=True):
                if text in known:
                    found[known[text]] = share
        return found

    def new_values(self, span: SpanMeasures) -> list[NewValue]:
        """Values that no accepted span had, of columns that have few."""
        found = []
        for name, known in self._shares.items():
            place = span.place(name)
            if place is None or name in span.private:
                continue
            missing = span.value(name, "missing")
            count = np.array(max(span.rows * (1 - np.nan_to_num(missing)), 1.0))
            never = float(share_error(np.array(0.0), count))
            frequent = span.frequent[place]
            for text, share in zip(frequent.texts, frequent.shares, strict=True):
                if text not in known:
                    score = float(share) / never
                    found.append(NewValue(name, text, float(share), score))
        return found

    def _put_own(self, found: FloatArray, span: SpanMeasures) -> None:
        features = self._features
        rows = _places(features.columns, span.columns)[features.column[self._own]]
        names = sorted(set(features.measure[self._own].tolist()))
        where = {name: place for place, name in enumerate(span.measures)}
        number = {name: where.get(name, -1) for name in names}
        fields = np.array(
            [number[name] for name in features.measure[self._own]], np.int64
        )
        told = (rows >= 0) & (fields >= 0) if len(rows) else np.zeros(0, bool)
        found[self._own[told]] = span.matrix[rows[told], fields[told]]

    def _put_pairs(self, found: FloatArray, span: SpanMeasures) -> None:
        pairs = span.pairs
        if not len(pairs) or not len(self._pairs):
            return
        here = _places(span.columns, self._features.columns)
        measures = [pairs.measure[kind] for kind in pairs.kind]
        keys = self._keys(here[pairs.first], here[pairs.second], measures)
        ordered = self._pair_keys[self._order]
        at = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
        known = (ordered[at] == keys) & (keys >= 0)
        found[self._pairs[self._order[at[known]]]] = pairs.values[known]

    def _keys(self, first: IntArray, second: IntArray, measures: list[str]) -> IntArray:
        """One number for each relation; below 0 for what the history does not have."""
        number = {name: place for place, name in enumerate(self._relations)}
        kinds = np.array([number.get(name, -1) for name in measures], np.int64)
        width = max(len(self._features.columns), 1)
        keys = (first * width + second) * max(len(number), 1) + kinds
        outside = (first < 0) | (second < 0) | (kinds < 0)
        return np.asarray(np.where(outside, -1, keys), np.int64)


def _places(names: tuple[str, ...], among: tuple[str, ...]) -> IntArray:
    """Where each name is among others; -1 where it is not."""
    known = {name: place for place, name in enumerate(among)}
    return np.array([known.get(name, -1) for name in names], np.int64)
