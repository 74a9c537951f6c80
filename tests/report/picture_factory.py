"""Pictures of a model beside its champion, and a report that shows them."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Any

from tests.report.report_factory import result

from tidegate.report.model import (
    Curves,
    Intervals,
    Line,
    Outcome,
    Plot,
    TestReport,
)

CARRIERS = ("UA", "B6", "EV", "DL", "AA", "MQ", "US", "9E", "WN", "VX", "HA", "OO")
DIAGONAL = Line(name="by chance", x=(0.0, 1.0), y=(0.0, 1.0), role="guide")
BAD_CARRIERS = (1, 7)


def roc() -> Curves:
    """Curves that bend to the upper left, the candidate's more than the other's."""
    along = tuple(n / 100 for n in range(101))
    return Curves(
        title="ROC curve: AUC 0.742, champion 0.731",
        lines=(
            Line(name="candidate", x=along, y=tuple(x**0.35 for x in along)),
            Line(
                name="champion",
                x=along,
                y=tuple(x**0.39 for x in along),
                role="reference",
            ),
            DIAGONAL,
        ),
        x_title="false positive rate",
        y_title="true positive rate",
    )


def calibration() -> Curves:
    """Ten bins, in the upper of which the candidate promises too much."""
    bins = tuple((n + 0.5) / 10 for n in range(10))
    return Curves(
        title="Calibration: how often it is true when the model says so",
        lines=(
            Line(name="candidate", x=bins, y=tuple(x - 0.3 * x**3 for x in bins)),
            Line(
                name="champion",
                x=bins,
                y=tuple(x + 0.05 * math.sin(9 * x) for x in bins),
                role="reference",
            ),
            DIAGONAL.model_copy(update={"name": "as promised"}),
        ),
        x_title="predicted",
        y_title="observed",
    )


def scores() -> Plot:
    """Scores in twenty bins."""
    edges = tuple(n / 20 for n in range(21))
    heights = [math.exp(-6 * (n / 20 - 0.2) ** 2) for n in range(20)]
    now = tuple(height / sum(heights) for height in heights)
    return Plot(
        kind="numbers",
        title="Scores, share of rows",
        labels=tuple(f"{low:.2f}" for low in edges[:-1]),
        edges=edges,
        now=now,
        reference=tuple(reversed(now)),
    )


def by_carrier(**changes: Any) -> Intervals:
    """The AUC of twelve carriers, two of them worse than they were."""
    now = tuple(0.76 - 0.012 * n for n in range(len(CARRIERS)))
    about: dict[str, Any] = {
        "title": "AUC by carrier, 95 % intervals",
        "labels": tuple(f"carrier = {name}" for name in CARRIERS),
        "now": now,
        "low": tuple(value - 0.008 - 0.004 * n for n, value in enumerate(now)),
        "high": tuple(value + 0.008 + 0.003 * n for n, value in enumerate(now)),
        "reference": tuple(
            value + (0.05 if n in BAD_CARRIERS else 0.004)
            for n, value in enumerate(now)
        ),
        "marked": BAD_CARRIERS,
        "limits": (0.6, math.inf),
    }
    return Intervals(**{**about, **changes})


def model_report(**changes: Any) -> TestReport:
    """A candidate that two carriers stop."""
    about: dict[str, Any] = {
        "kind": "model",
        "dataset": "flights late",
        "rows": 112_400,
        "reference": "champion, version 1790000000",
        "suite_file": "schemas/flights/model_tests.yaml",
        "seconds": 2.2,
        "created": datetime(2030, 1, 31, 9, 30, tzinfo=timezone.utc),
        "figures": (roc(), calibration(), scores(), by_carrier()),
        "results": (
            result(
                "no_worse",
                "auc",
                Outcome.FAILED,
                family=None,
                expectation="no slice worse than the champion by more than 0.02",
                observed="2 of 12 carriers: B6 0.748 (champion 0.798)",
                plot=by_carrier(),
                fix="look at what changed for B6, or accept it in the suite",
                source="schemas/flights/model_tests.yaml:9",
            ),
            result(
                "at_least",
                "auc",
                Outcome.PASSED,
                family=None,
                expectation="at least 0.7",
                observed="0.742 (0.738 to 0.746)",
            ),
            result("calibration", "late", Outcome.PASSED, family=None, plot=roc()),
        ),
    }
    return TestReport(**{**about, **changes})
