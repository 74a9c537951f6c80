"""What a channel promises and what it says, in plain words."""

from __future__ import annotations

from tidegate.drift_tests.decision import Channel
from tidegate.drift_tests.phrases import number_text
from tidegate.report.wording import percent

NAMES = {"sudden": "no sudden fault", "slow": "no slow drift"}


def promise_of(channel: Channel) -> str:
    """What must hold, and how many good spans do not."""
    name, threshold = NAMES[channel.name], number_text(channel.threshold)
    if not channel.compared:
        return f"{name}: a score under {threshold} (1 is as far off as ever)"
    good = f"1 good span in {1 / channel.promise:.3g}"
    return (
        f"{name}: a score under {threshold}, as far off as {good} "
        f"(by the last {channel.compared} accepted spans)"
    )


def score_of(channel: Channel) -> str:
    """How far the span is off, in thresholds and among the accepted spans."""
    text = f"score {number_text(channel.score)}"
    if channel.alarm:
        text += f", {_times(channel.excess)} times the threshold"
    else:
        text += f", {percent(channel.score, channel.threshold)} of the threshold"
    if not channel.compared:
        return text
    farther = round(channel.p_value * (channel.compared + 1)) - 1
    if not farther:
        return f"{text}; none of {channel.compared} accepted spans was as far off"
    were = "was" if farther == 1 else "were"
    return f"{text}; {farther} of {channel.compared} accepted spans {were} as far off"


def _times(excess: float) -> str:
    return f"{excess:,.0f}" if excess >= 100 else f"{excess:.3g}"
