"""What a serving log of so many rows can show at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tidegate.drift_tests.decide import Background
from tidegate.drift_tests.judging.features import TABLE
from tidegate.drift_tests.summary import FloatArray
from tidegate.report.model import Outcome, TestResult
from tidegate.report.wording import counted, percent, printable


@dataclass(frozen=True)
class Power:
    """What a log of so many rows would show.

    Attributes:
        rows: Number of rows.
        lost: Share of rows that have to lose their values in a typical column.
        most_lost: The same in the column where it takes most.
        hardest: That column.
        shift: By how much the mean of a typical column has to move, in standard
            deviations; None without numbers.
    """

    rows: int
    lost: float
    most_lost: float
    hardest: str
    shift: float | None

    def __str__(self) -> str:
        seen = (
            f"{counted(self.rows, 'rows')} show values lost from "
            f"{percent(self.lost, 1)} of the rows of a typical column, and from "
            f"{percent(min(self.most_lost, 1.0), 1)} of any column "
            f"({printable(self.hardest)} takes most)"
        )
        if self.shift is None:
            return seen
        return f"{seen}; a mean that moves by {self.shift:.2g} standard deviations"


def power_of(background: Background, rows: int) -> Power | None:
    """What a log would show by a single feature; None while nothing is promised.

    A feature alarms from its mean by the threshold times its greatest distance
    among the blocks, or its error. Faults show in several features at once, most
    of them earlier.

    Args:
        background: The blocks of the training data.
        rows: Rows of each block, and measured of the log.
    """
    features, replayed = background.features, background.sudden
    limit = background.limits[0]
    if features is None or replayed is None or not limit.compared:
        return None
    envelope = replayed.envelope
    widest = np.fmax(envelope.high - envelope.mean, envelope.errors)
    needed = limit.score * replayed.divisors[replayed.kinds] * widest
    needed = np.maximum(np.nan_to_num(needed), envelope.smallest)
    lost = np.flatnonzero(features.measure == "missing")
    if not len(lost):
        return None
    hardest = int(lost[np.argmax(needed[lost])])
    return Power(
        rows,
        float(np.median(needed[lost])),
        float(needed[hardest]),
        features.columns[features.column[hardest]],
        _shift(background, needed),
    )


def _shift(background: Background, needed: FloatArray) -> float | None:
    """Movement of a mean in deviations of its column, the median over columns."""
    features = background.features
    if features is None:
        return None
    deviation = np.full(len(features.columns), np.nan)
    places = np.flatnonzero(features.measure == "deviation")
    if len(places):
        usual = np.nanmedian(features.values[:, places], axis=0)
        deviation[features.column[places]] = usual
    means = np.flatnonzero((features.measure == "mean") & (features.other == TABLE))
    of_column = deviation[features.column[means]]
    varied = of_column > 0
    if not varied.any():
        return None
    return float(np.median(needed[means][varied] / of_column[varied]))


def power_result(power: Power) -> TestResult:
    """The power as a result: it holds whatever the data are."""
    return TestResult(
        test="skew_power",
        subject="rows",
        expectation="what this log can show",
        observed=str(power),
        outcome=Outcome.PASSED,
        why="no alarm on a small log says little",
        family="batch",
    )
