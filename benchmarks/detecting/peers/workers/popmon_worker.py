"""popmon's profiles of histograms and its default rule on their pulls, as a worker.

Run by `WorkerPeer`. Histograms, their bins and the profile of each span are
popmon's. A pull is by how many deviations a statistic is off its mean over the
accepted spans, as in popmon's pipeline with an external reference; a traffic light
is red beyond 7. That one formula is computed here, because the pipeline profiles
the whole history anew for every span, which takes seconds.

Its other default rule, on z-scores of tests between histograms, is left out: with
hundreds of rows against all of the history it shows red on any day.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import popmon  # type: ignore[import-not-found]
import pyarrow as pa
from popmon.analysis.profiling.hist_profiler import (  # type: ignore[import-not-found]
    HistProfiler,
)
from popmon.hist.hist_splitter import HistSplitter  # type: ignore[import-not-found]

from detecting.peers.workers.serving import serve

RED = 7.0  # popmon's default rule: yellow beyond 4, red beyond 7.
TIME = "popmon_time"
_FIRST = pd.Timestamp("2000-01-01")
_MOST = 1e6

Profile: TypeAlias = "dict[tuple[str, str], float]"


class Popmon:
    """Keeps the profile of each span by its key."""

    def __init__(self) -> None:
        self._profiles: dict[int, Profile] = {}
        self._bins: Mapping[str, Any] = {}
        self._mean = self._deviation = pd.Series(dtype=float)

    def fit(self, history: Sequence[tuple[int, pa.Table]]) -> None:
        """Takes the accepted spans; popmon chooses bins by the first history."""
        if not self._bins:
            rows = [frame(table, day) for day, (_, table) in enumerate(history)]
            self._bins = popmon.get_bin_specs(_histograms(pd.concat(rows), None))
        known = self._profiles
        self._profiles = {
            key: known.get(key) or self._profile(table) for key, table in history
        }
        frames = pd.DataFrame(list(self._profiles.values()))
        self._mean, self._deviation = frames.mean(), frames.std()

    def judge(self, table: pa.Table) -> tuple[float, bool, Sequence[str]]:
        """The greatest pull, whether a light is red, and the columns by pull."""
        values = pd.Series(self._profile(table)).reindex(self._mean.index)
        away = (values - self._mean).abs() / self._deviation.where(self._deviation > 0)
        suspicion: dict[str, float] = {}
        for (column, _), pull in away.clip(upper=_MOST).dropna().items():
            suspicion[column] = max(suspicion.get(column, 0.0), float(pull))
        ranking = sorted(suspicion, key=lambda name: (-suspicion[name], name))
        score = max(suspicion.values(), default=0.0)
        return score, score >= RED, ranking

    def _profile(self, table: pa.Table) -> Profile:
        histograms = _histograms(frame(table, 0), self._bins)
        split = {"hists": histograms}
        split = HistSplitter(
            "hists", "split", feature_begins_with=f"{TIME}:"
        ).transform(split)
        profiles = HistProfiler("split", "profiles").transform(split)["profiles"]
        return {
            (column, str(statistic)): float(value)
            for column, found in profiles.items()
            for statistic, value in found.iloc[0].items()
            if isinstance(value, (int, float, np.number)) and np.isfinite(value)
        }


def _histograms(rows: pd.DataFrame, bins: Mapping[str, Any] | None) -> Any:
    features = [f"{TIME}:{name}" for name in rows.columns if name != TIME]
    options: dict[str, Any] = (
        {"time_width": "1d", "time_offset": str(_FIRST.date())}
        if bins is None
        else {"bin_specs": bins}
    )
    with contextlib.redirect_stderr(io.StringIO()):  # Its bar of progress.
        return popmon.make_histograms(
            rows, features=features, time_axis=TIME, **options
        )


def frame(table: pa.Table, day: int) -> pd.DataFrame:
    """The rows with a day of their own, since spans need not be days."""
    rows = table.to_pandas()
    return rows.assign(**{TIME: _FIRST + pd.Timedelta(days=day)})


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    serve(Popmon())
