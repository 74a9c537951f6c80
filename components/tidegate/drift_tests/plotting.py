"""Pictures of a column now against then."""

from __future__ import annotations

import numpy as np

from tidegate.drift_tests import wording
from tidegate.drift_tests.decision import Channel, DriftDecision, Sign
from tidegate.drift_tests.judging.slow import WINDOW
from tidegate.drift_tests.judging.vector import SHARE
from tidegate.drift_tests.measuring import names
from tidegate.drift_tests.plotting_now_and_then import distribution, values_of
from tidegate.drift_tests.plotting_series import series_of
from tidegate.drift_tests.summary import SpanMeasures
from tidegate.report.model import Plot

_MOST_CAUSES = 8
# What a picture of the whole distribution shows best.
_OF_SHAPE = frozenset(
    (
        "trimmed_mean",
        "trimmed_deviation",
        "log_spread",
        *(names.band_name(band) for band in names.BANDS[2:6]),
        *(names.quantile_name(level) for level in names.LEVELS[2:9]),
    )
)
_OF_VALUES = frozenset((SHARE, "top_share", "log_distinct", "entropy"))


def of_channel(decision: DriftDecision, channel: Channel) -> Plot | None:
    """What a channel alarms by: for slow drift its mean over time, else its causes."""
    if channel.name == "slow" and channel.signs:
        return series_of(decision, channel.signs[0], WINDOW)
    return of_causes(decision)


def of_causes(decision: DriftDecision) -> Plot | None:
    """How much of what is unusual comes from which column; None of a single one."""
    causes = decision.ranking[:_MOST_CAUSES]
    if len(causes) < 2:
        return None
    return Plot(
        kind="values",
        title="where it comes from, share of what is unusual",
        labels=tuple(wording.short(cause.column) or "rows" for cause in causes),
        now=tuple(cause.weight for cause in causes),
    )


def of_column(decision: DriftDecision, column: str, sign: Sign) -> Plot | None:
    """What of a column changed, as the picture that shows it best.

    Of private columns only how measures went over time that tell no value.

    Args:
        decision: What the drift tests say.
        column: The column.
        sign: What changed most.
    """
    plot = None
    if not is_private(decision, column) and not is_slow(decision, sign):
        if sign.measure in _OF_VALUES:
            plot = values_of(decision, column, sign)
        elif sign.measure in _OF_SHAPE and not sign.other:
            plot = distribution(decision, column)
    return plot or series_of(decision, sign, WINDOW if is_slow(decision, sign) else 1)


def is_private(decision: DriftDecision, column: str) -> bool:
    """Whether a column's values are private now, or were in an accepted span."""
    spans = (decision.measures, *decision.history.spans)
    return any(column in span.private for span in spans)


def is_slow(decision: DriftDecision, sign: Sign) -> bool:
    """Whether it is of a mean of several spans."""
    slow = decision.slow
    return slow is not None and any(one is sign for one in slow.signs)


def holds_times(measures: SpanMeasures, column: str) -> bool:
    """Whether a column holds times as text, which are measured in hours."""
    place = measures.place(column)
    if place is None or measures.kinds[place] != "text":
        return False
    return bool(np.isfinite(measures.value(column, "mean")))
