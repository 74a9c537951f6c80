"""From features that are off to the columns that they come from."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.drift_tests.decision import Cause, Channel, Sign

# Signs that count for the ranking.
_MOST = 15


def causes_of(channels: Sequence[Channel]) -> tuple[Cause, ...]:
    """The columns that a span's scores come from, the worst first.

    Each of the farthest features gives its distance, in thresholds, to its column;
    a relation gives half of it to each of its two, so that a column that broke all
    its relations comes before those that it broke them with.

    Where a channel alarms, only channels that do count.
    """
    channels = [one for one in channels if one.alarm] or list(channels)
    weights: dict[str, float] = {}
    signs: dict[str, list[Sign]] = {}
    loudest: dict[str, tuple[float, Channel]] = {}
    for channel in channels:
        unit = channel.threshold if 0 < channel.threshold < float("inf") else 1.0
        for sign in channel.signs[:_MOST]:
            share = sign.distance / unit
            columns = [sign.column, sign.other] if sign.other else [sign.column]
            for column in columns:
                part = share / len(columns)
                weights[column] = weights.get(column, 0.0) + part
                signs.setdefault(column, []).append(sign)
                if part > loudest.get(column, (0.0, channel))[0]:
                    loudest[column] = (part, channel)
    total = sum(weights.values())
    ranked = sorted(weights, key=lambda column: (-weights[column], column))
    return tuple(
        Cause(
            column,
            weights[column] / total if total else 0.0,
            tuple(sorted(signs[column], key=lambda sign: -sign.distance)),
            loudest[column][1].name if column in loudest else "sudden",
        )
        for column in ranked
    )
