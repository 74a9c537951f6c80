"""Evidently's `DataDriftPreset` with its defaults, as a worker.

Run by `WorkerPeer`. The first argument is "share" or "column": what
the score is made from.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from evidently import Dataset, Report  # type: ignore[import-not-found]
from evidently.presets import DataDriftPreset  # type: ignore[import-not-found]

from detecting.peers.workers.serving import serve

DRIFT_SHARE = 0.5  # The preset's default, of the columns.
_PARTS = re.compile(r"method=(.*),threshold=([^,)]+)")
_MOST = 1e6


class Evidently:
    """Compares the rows of the history, taken together, with a span's.

    Evidently raises where a column has no values. A user would take a column out
    that never has any; one that has none in the span alone is an alarm.
    """

    def __init__(self, by_column: bool) -> None:
        self._by_column = by_column
        self._columns: list[str] = []
        self._reference: Dataset | None = None

    def fit(self, history: Sequence[tuple[int, pa.Table]]) -> None:
        """Takes the spans whose rows are the reference."""
        rows = pa.concat_tables([table for _, table in history]).to_pandas()
        rows = rows.dropna(axis="columns", how="all")
        self._columns = list(rows.columns)
        self._reference = Dataset.from_pandas(rows)

    def judge(self, table: pa.Table) -> tuple[float, bool, Sequence[str]]:
        """Score, the preset's verdict on the data set, and the columns."""
        rows = table.to_pandas()
        held = [name for name in self._columns if name in rows]
        empty = [name for name in held if rows[name].isna().all()]
        if empty:
            return _MOST, True, empty
        current = Dataset.from_pandas(rows[held])
        report = Report([DataDriftPreset()])
        found = report.run(reference_data=self._reference, current_data=current)
        metrics = found.dict()["metrics"]
        share = next(m["value"]["share"] for m in metrics if "share" in _values(m))
        suspicion = {
            metric["config"]["column"]: exceedance(metric)
            for metric in metrics
            if "column" in metric["config"]
        }
        ranking = sorted(suspicion, key=lambda name: (-suspicion[name], name))
        worst = max(suspicion.values(), default=0.0)
        # Less than a column's share: it only parts equal shares.
        part = worst / (1 + worst) / max(len(suspicion), 1)
        score = worst if self._by_column else share + part
        return score, share >= DRIFT_SHARE, ranking


def _values(metric: Mapping[str, Any]) -> Mapping[str, Any]:
    value = metric["value"]
    return value if isinstance(value, Mapping) else {}


def exceedance(metric: Mapping[str, Any]) -> float:
    """A column's drift in units of its threshold; more than 1 has drifted."""
    value = float(metric["value"])
    parts = _PARTS.search(metric["metric_name"])
    method, threshold = (parts[1], float(parts[2])) if parts else ("", 0.1)
    if "p_value" in method:
        return min(threshold / max(value, 1e-300), _MOST)
    return value / threshold


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve(Evidently(by_column=sys.argv[1:] == ["column"]))
