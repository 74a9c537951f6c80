"""From what is known of a data set to the summary of an accepted span."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.data_tests.catalogue.cells import canonical, cells
from tidegate.data_tests.reference.histogram import edges_of, shares
from tidegate.data_tests.reference.pairs import relations_of
from tidegate.data_tests.reference.summary import (
    LEVELS,
    ColumnSummary,
    EventTimes,
    Lengths,
    SpanSummary,
)
from tidegate.data_tests.times import moment_of, times_of
from tidegate.data_tests.whole import Whole

_TOP = 20
_MOST_LABELS = 100
_LONGEST = 200


def summarise(
    whole: Whole,
    name: str,
    span: int | None = None,
    figures: Mapping[str, float] | None = None,
) -> SpanSummary:
    """What a data set was like, to hold later ones against it.

    Args:
        whole: What is known of it; with a sample (see `look`) its relations too.
        name: Name of the span, such as "09"; letters, digits, `.`, `_` and `-`.
        span: Its number.
        figures: What the tests measured on it: the figures of their evidence.
    """
    sample, _ = whole.sample()
    columns = {
        column: summary_of(profile, private=column in whole.pii)
        for column, profile in whole.profiles.get(None, {}).items()
    }
    return SpanSummary(
        name=name,
        rows=whole.rows,
        span=span,
        splits=dict(whole.splits),
        columns=columns,
        relations=relations_of(sample),
        label=whole.label,
        labels=_labels(whole),
        time=_times(whole),
        figures=dict(figures or {}),
    )


def summary_of(profile: ColumnProfile, *, private: bool = False) -> ColumnSummary:
    """What the values of a column were; of a private one nothing that tells one."""
    values = profile.values
    known = {
        "kind": profile.kind,
        "listed": profile.is_list,
        "private": private,
        "missing": profile.missing / profile.rows if profile.rows else 0.0,
        "nan": profile.nan / values if values else 0.0,
        "infinite": profile.infinite / values if values else 0.0,
        "distinct": profile.distinct,
    }
    if private:
        return ColumnSummary.model_validate(known)
    numbers = profile.numbers
    edges = edges_of(numbers)
    quantiles = [profile.quantile(level) for level in LEVELS]
    return ColumnSummary.model_validate(
        known
        | {
            "zeros": profile.zeros / values if values else 0.0,
            "quantiles": () if None in quantiles else tuple(map(float, quantiles)),  # type: ignore[arg-type]
            "mean": profile.mean,
            "deviation": profile.deviation,
            "edges": edges,
            "heights": shares(numbers, edges),
            "top": _top(profile),
            "top_share": profile.top_share,
            "decimals": _shares(profile.decimals),
            "lengths": _lengths(profile),
        }
    )


def _top(profile: ColumnProfile) -> tuple[tuple[str, float], ...]:
    single = profile.kind == "float"
    return tuple(
        (canonical(value, single)[:_LONGEST], count / profile.values)
        for value, count in profile.frequent(_TOP)
    )


def _shares(counts: Mapping[int, int]) -> dict[int, float]:
    total = sum(counts.values())
    return {key: counts[key] / total for key in sorted(counts)} if total else {}


def _lengths(profile: ColumnProfile) -> Lengths | None:
    mean = profile.mean_length
    if mean is None:
        return None
    return Lengths(
        shortest=profile.shortest or 0, mean=mean, longest=profile.longest or 0
    )


def _labels(whole: Whole) -> dict[str, float]:
    if whole.label is None or whole.label in whole.pii:
        return {}
    profile = whole.profile(whole.label)
    if profile.distinct > _MOST_LABELS or not profile.values:
        return {}
    single = profile.kind == "float"
    return {
        canonical(value, single)[:_LONGEST]: count / profile.values
        for value, count in profile.frequent(_MOST_LABELS)
    }


def _times(whole: Whole) -> EventTimes | None:
    """When the rows happened, as far as the sample shows it."""
    sample, _ = whole.sample()
    if whole.time is None or whole.time in whole.pii:
        return None
    if whole.time not in sample.column_names:
        return None
    micros = times_of(cells(sample[whole.time])).micros
    if not len(micros):
        return None
    return EventTimes(
        earliest=moment_of(int(micros.min())), latest=moment_of(int(micros.max()))
    )
