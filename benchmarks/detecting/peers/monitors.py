"""Evidently, gate-drift and popmon, in environments of their own."""

from __future__ import annotations

from pathlib import Path

from detecting.peers.environment import GATE, MONITORS
from detecting.peers.worker_peer import WorkerPeer

_WORKERS = "detecting.peers.workers"


class Evidently(WorkerPeer):
    """Evidently 0.7's `DataDriftPreset` with its defaults.

    The rows of the latest accepted spans, taken together, are the reference. The
    alarm is the preset's verdict on the data set: half the columns drifted. The
    score is the share of drifted columns; between equal shares decides the column
    that is furthest beyond its threshold, by which columns are also ranked.

    Args:
        spans: How many spans the reference is made of.
        by_column: True scores by the worst column instead of the share, which
            is how a user would set it up who looks for faults in one column.
        python: The Python of an environment; None makes one.
    """

    def __init__(
        self,
        spans: int = 28,
        *,
        by_column: bool = False,
        python: Path | None = None,
    ) -> None:
        super().__init__(
            "Evidently, worst column" if by_column else "Evidently DataDriftPreset",
            ("-m", f"{_WORKERS}.evidently_worker", "column" if by_column else "share"),
            MONITORS,
            window=spans,
            python=python,
        )


class Gate(WorkerPeer):
    """gate-drift 0.1.5, of Shankar et al. 2023 ("Automatic and Precise Data
    Validation for Machine Learning", CIKM).

    Distance of a span's z-scores to its three nearest spans; the alarm is the
    tool's own, at the 95th percentile of the spans' scores.

    Args:
        cluster: Whether z-scores are first averaged over clusters of columns,
            as the tool does by default from ten columns on. Then its embeddings
            of column names are replaced; see `workers/gate_worker.py`.
        python: The Python of an environment; None makes one.
    """

    def __init__(self, *, cluster: bool = False, python: Path | None = None) -> None:
        super().__init__(
            "gate-drift, clusters" if cluster else "gate-drift",
            ("-m", f"{_WORKERS}.gate_worker", "clusters" if cluster else "plain"),
            GATE,
            python=python,
        )


class Popmon(WorkerPeer):
    """popmon 1.4's profiles with its default rule on pulls.

    A red traffic light, more than 7 deviations off the mean of the accepted
    spans, is the alarm; the greatest number of deviations is the score. See
    `workers/popmon_worker.py` for what of popmon is left out, and why.

    Args:
        python: The Python of an environment; None makes one.
    """

    def __init__(self, *, python: Path | None = None) -> None:
        super().__init__(
            "popmon pulls",
            ("-m", f"{_WORKERS}.popmon_worker"),
            MONITORS,
            python=python,
        )
