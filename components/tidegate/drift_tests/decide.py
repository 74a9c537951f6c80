"""One decision a run: does this span look like those that were accepted?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tidegate.drift_tests.decision import Channel, ColdStart, DriftDecision, Sign
from tidegate.drift_tests.history import History
from tidegate.drift_tests.judging.causes import causes_of
from tidegate.drift_tests.judging.effects import smallest_effects
from tidegate.drift_tests.judging.features import TABLE, Features, features_of
from tidegate.drift_tests.judging.slow import SKIPPED, WINDOW, replay_means
from tidegate.drift_tests.judging.stamps import is_open, lost_columns, stepped_on
from tidegate.drift_tests.judging.sudden import FIRST_SCORED, Replay, replay
from tidegate.drift_tests.judging.threshold import (
    Limit,
    limit_of,
    needed_scores,
    p_value,
)
from tidegate.drift_tests.judging.vector import Places
from tidegate.drift_tests.measuring.names import RESIDUALS
from tidegate.drift_tests.settings import DriftSettings
from tidegate.drift_tests.summary import FloatArray, SpanMeasures

# With fewer spans nothing is judged; until the promise can be kept a span has to be
# so many times as far off as any accepted one.
_FIRST_JUDGED = 3
_FAR = 50.0
_MOST_SIGNS = 40
# The distance of a column that is gone.
_GONE = 1_000.0
_NOTHING = Limit(float("inf"), 0)
_SHARE = "share"


def decide(
    history: History, now: SpanMeasures, settings: DriftSettings | None = None
) -> DriftDecision:
    """What the drift tests say of a span.

    Args:
        history: The spans accepted before it.
        now: What was measured of it.
        settings: What is promised; None takes what is usual.
    """
    return Background.of(history, settings or DriftSettings()).judge(now)


@dataclass(frozen=True, eq=False)
class Background:
    """Everything about a history that does not depend on the span to judge.

    Attributes:
        history: The newest accepted spans.
        settings: What is promised.
        features: Their features; None with fewer than three spans.
        places: Where a span's numbers belong among them.
        sudden: Scores of the spans when they came.
        slow: The same of means over spans; None with too few.
        limits: Threshold of each channel, with how many scores it is made of.
    """

    history: History
    settings: DriftSettings
    features: Features | None
    places: Places | None = None
    sudden: Replay | None = None
    slow: Replay | None = None
    limits: tuple[Limit, Limit] = (_NOTHING, _NOTHING)

    @classmethod
    def of(cls, history: History, settings: DriftSettings) -> Background:
        """What a history says before a span comes."""
        history = history.part(max(len(history) - settings.window, 0), len(history))
        if len(history) < _FIRST_JUDGED:
            return cls(history, settings, None)
        features = features_of(history, settings.ignore)
        smallest = smallest_effects(
            features, settings.smallest_share, settings.smallest_shift
        )
        given = (features.values, features.errors, smallest, features.measure)
        sudden, slow = replay(*given), replay_means(*given)
        limits = (_sudden_limit(sudden, settings), _slow_limit(slow, settings))
        return cls(history, settings, features, Places(features), sudden, slow, limits)

    def judge(self, now: SpanMeasures) -> DriftDecision:
        """What the drift tests say of a span."""
        heard = None if self.places is None else self._heard(now, self.places)
        sudden = self._sudden(now, heard)
        # A sudden fault is in the mean of the last spans too: it is told once.
        told = sudden is not None and sudden.alarm
        slow = None if told else self._slow(heard)
        channels = [one for one in (sudden, slow) if one is not None]
        return DriftDecision(
            now,
            self.history,
            self.settings,
            sudden,
            slow,
            causes_of(channels),
            self._cold_start(),
        )

    def _heard(self, now: SpanMeasures, places: Places) -> FloatArray:
        """The span's features, NaN where what they say is no news."""
        assert self.features is not None
        features = self.features
        vector = places.vector(now)
        stepped = np.append(
            np.isin(features.columns, stepped_on(self.history, now)), False
        )
        closed = np.array([not is_open(name) for name in features.measure], bool)
        vector[closed & (stepped[features.column] | stepped[features.other])] = np.nan
        if lost_columns(self.history, now):
            # What others leave unexplained is another thing with fewer others.
            vector[np.isin(features.measure.astype(str), RESIDUALS)] = np.nan
        return vector

    def _sudden(self, now: SpanMeasures, heard: FloatArray | None) -> Channel | None:
        if heard is None or self.features is None or self.sudden is None:
            return None
        signs = _signs(self.features, self.sudden, heard)
        signs += self._new_values(now)
        signs += [
            Sign(name, "", "missing", "", 1.0, 0.0, 0.0, 0.0, _GONE)
            for name in lost_columns(self.history, now, retyped=False)
            if name not in self.settings.ignore
        ]
        return self._channel("sudden", self.sudden, signs, self.limits[0])

    def _slow(self, heard: FloatArray | None) -> Channel | None:
        if heard is None or self.features is None or self.slow is None:
            return None
        last = self.features.values[len(self.history) - WINDOW + 1 :]
        spans = np.vstack([last, heard[None]])
        known = np.isfinite(spans).sum(axis=0)
        means = np.nan_to_num(spans).sum(axis=0) / np.maximum(known, 1)
        means[(known <= WINDOW / 2) | ~np.isfinite(heard)] = np.nan
        signs = _signs(self.features, self.slow, means)
        return self._channel("slow", self.slow, signs, self.limits[1])

    def _channel(
        self,
        name: Literal["sudden", "slow"],
        replayed: Replay,
        signs: list[Sign],
        limit: Limit,
    ) -> Channel:
        signs.sort(key=_first)
        score = signs[0].distance if signs else 0.0
        scores = replayed.scores[len(replayed.scores) - limit.compared :]
        share = self.settings
        promise = share.sudden_share if name == "sudden" else share.slow_share
        return Channel(
            name,
            score,
            limit.score,
            p_value(scores, score),
            promise,
            limit.compared,
            tuple(signs[:_MOST_SIGNS]),
        )

    def _new_values(self, now: SpanMeasures) -> list[Sign]:
        """Values that were never there; few rows of them are below what counts."""
        if self.sudden is None or self.features is None or self.places is None:
            return []
        stepped = stepped_on(self.history, now)
        kinds = self.sudden.kinds[self.features.measure == _SHARE]
        divisor = float(self.sudden.divisors[kinds[0]]) if len(kinds) else 1.0
        return [
            Sign(
                one.column,
                "",
                _SHARE,
                one.text,
                one.share,
                0.0,
                0.0,
                0.0,
                one.score / divisor,
            )
            for one in self.places.new_values(now)
            if one.share >= self.settings.smallest_share and one.column not in stepped
        ]

    def _cold_start(self) -> ColdStart | None:
        spans = len(self.history)
        needed = FIRST_SCORED + needed_scores(self.settings.sudden_share)
        if spans >= needed:
            return None
        if spans < _FIRST_JUDGED:
            protection = f"nothing is judged before {_FIRST_JUDGED} accepted spans"
        else:
            protection = f"only what is {_FAR:g} times as far off as ever alarms"
        return ColdStart(spans, needed, protection)


def _sudden_limit(replayed: Replay, settings: DriftSettings) -> Limit:
    share = settings.sudden_share
    found = limit_of(
        replayed.scores, share, skipped=FIRST_SCORED, needed=needed_scores(share)
    )
    return Limit(_FAR, 0) if found is None else _beyond_all(found)


def _slow_limit(replayed: Replay | None, settings: DriftSettings) -> Limit:
    """Of slow drift one alarm an episode is enough: it is quiet for a window then."""
    if replayed is None:
        return _NOTHING
    share = settings.slow_share
    found = limit_of(
        replayed.scores,
        share,
        skipped=SKIPPED,
        needed=needed_scores(share),
        quiet=WINDOW,
    )
    return _NOTHING if found is None else _beyond_all(found)


def _beyond_all(limit: Limit) -> Limit:
    """A threshold of 1 at least: below it all has been seen in accepted spans."""
    return Limit(max(limit.score, 1.0), limit.compared)


def _signs(features: Features, replayed: Replay, vector: FloatArray) -> list[Sign]:
    """The features that are farthest off, as far as they are off at all."""
    distances = replayed.distances(vector)
    envelope = replayed.envelope
    mean = envelope.mean
    count = min(_MOST_SIGNS, len(distances))
    if not count:
        return []
    # Those that are as far as the last one belong to them, whatever their order.
    least = np.partition(distances, len(distances) - count)[len(distances) - count]
    return [
        Sign(
            column=_name(features, int(features.column[place])),
            other=_name(features, int(features.other[place])),
            measure=str(features.measure[place]),
            detail=str(features.detail[place]),
            now=float(vector[place]),
            usual=float(mean[place]),
            low=float(envelope.low[place]),
            high=float(envelope.high[place]),
            distance=float(distances[place]),
        )
        for place in np.flatnonzero((distances >= least) & (distances > 0)).tolist()
    ]


def _first(sign: Sign) -> tuple[float, str, str, str, str]:
    """By what signs are in order: the farthest first, ties by name."""
    return -sign.distance, sign.column, sign.measure, sign.other, sign.detail


def _name(features: Features, place: int) -> str:
    return "" if place == TABLE else features.columns[place]
