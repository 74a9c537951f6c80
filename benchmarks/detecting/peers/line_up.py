"""Who takes part in the comparison."""

from __future__ import annotations

from detecting.peers.column_methods import ColumnNearestSpans, RangeExceedance
from detecting.peers.monitors import Evidently, Gate, Popmon
from detecting.peers.nearest_spans import NearestSpans
from detecting.peers.peer import Peer
from detecting.peers.span_statistics import Statistics
from detecting.peers.tfdv_comparators import SpanStatistics, TfdvComparators
from detecting.peers.three_sigma import ThreeSigma
from detecting.peers.worker_peer import WorkerPeer


def fast_peers() -> list[Peer]:
    """Those that run in this process, some milliseconds a span.

    They share what they compute of a table, so the first to judge it pays.
    """
    statistics, spans = Statistics(), SpanStatistics()
    return [
        ThreeSigma(statistics),
        NearestSpans(statistics),
        RangeExceedance(statistics),
        ColumnNearestSpans(statistics),
        TfdvComparators(0.01, spans),
        TfdvComparators(0.1, spans),
    ]


def worker_peers() -> list[WorkerPeer]:
    """Those in processes of their own, to be closed; under 0.1 s a span."""
    return [Gate(), Gate(cluster=True), Popmon()]


def slow_peers() -> list[WorkerPeer]:
    """Those in processes of their own that take seconds a span; to be closed."""
    return [Evidently(), Evidently(by_column=True)]
