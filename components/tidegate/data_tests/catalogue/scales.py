"""A test of scales: numbers of one table that are of like size."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field
from typing_extensions import override

from tidegate.data_tests.catalogue.base import DataTest, Evidence, Family
from tidegate.data_tests.catalogue.history import EntireTest
from tidegate.report.model import Level, Plot
from tidegate.report.wording import counted

if TYPE_CHECKING:
    from tidegate.columnar.statistics.profile import ColumnProfile
    from tidegate.data_tests.whole import Whole

_SHOWN = 8


class SimilarScales(EntireTest):
    """Numbers of like size in all columns, for models that need that."""

    name: ClassVar[str] = "similar_scales"
    why: ClassVar[str] = "a unit that makes one column outweigh all others, or vanish"
    default: ClassVar[str] = (
        "all columns of numbers but the key, the label and the time; `factor: 1e6` "
        "between the widest and the narrowest; `level: warn`, for trees do not mind"
    )
    example: ClassVar[str] = "similar_scales: {factor: 1e6}"
    family: ClassVar[Family] = "batch"

    among: list[str] | None = Field(
        default=None, alias="columns", description="columns of numbers"
    )
    ignore: list[str] = Field(
        default_factory=list, alias="except", description="columns to leave out"
    )
    factor: float = Field(
        default=1e6, gt=1, description="how many times wider one may be"
    )
    level: Level = Field(default=Level.WARN, description="fail or warn")

    model_config = DataTest.model_config | {"populate_by_name": True}

    @property
    @override
    def subject(self) -> str:
        return ", ".join(self.among) if self.among else "columns"

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return tuple(self.among or ())

    @property
    @override
    def expectation(self) -> str:
        return f"scales within a factor of {self.factor:,.15g}"

    @override
    def judge(self, seen: Any, whole: Whole) -> Evidence:
        names = self.among or _features(whole)
        scales: dict[str, float] = {}
        for name in names:
            scale = None if name in self.ignore else _scale(whole.profile(name))
            if scale is not None:
                scales[name] = scale
        if len(scales) < 2:
            return Evidence(None, f"{counted(len(scales), 'columns')} of numbers")
        low, high = min(scales.values()), max(scales.values())
        middle = median(math.log(scale) for scale in scales.values())
        apart = sorted(
            scales, key=lambda name: (-abs(math.log(scales[name]) - middle), name)
        )
        widest = max(scales, key=lambda name: (scales[name], name))
        narrowest = min(scales, key=lambda name: (scales[name], name))
        return Evidence(
            high / low <= self.factor,
            f"{widest} is {high / low:,.3g} times as wide as {narrowest}",
            columns=(widest, narrowest),
            fix=f"look at the unit of {apart[0]}, or scale the columns in Transform",
            plot=_scales_plot(scales, [n for n in apart if n not in whole.pii]),
        )


def _features(whole: Whole) -> Iterator[str]:
    """All columns but those that name, date or label a row."""
    for name in whole.columns:
        if name not in (*whole.key, whole.label, whole.time):
            yield name


def _scale(profile: ColumnProfile) -> float | None:
    """How wide the middle of the numbers is; None where they do not differ."""
    low, high = profile.quantile(0.05), profile.quantile(0.95)
    if low is None or high is None:
        return None
    scale = float(high) - float(low) or profile.deviation or 0.0
    return scale if math.isfinite(scale) and scale > 0 else None


def _scales_plot(scales: Mapping[str, float], apart: Sequence[str]) -> Plot:
    shown = sorted(apart[:_SHOWN], key=lambda name: (-scales[name], name))
    return Plot(
        kind="values",
        title="width of the middle 90 %, as a power of ten",
        labels=tuple(shown),
        now=tuple(math.log10(scales[name]) for name in shown),
        unit="power of ten",
    )
