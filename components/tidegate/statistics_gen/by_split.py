"""What is known of the splits of a data set of examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.columnar.dataset import Batch
from tidegate.columnar.statistics.dataset_statistics import Plan, SlicedStatistics
from tidegate.columnar.statistics.slices import ALL_ROWS


@dataclass(frozen=True, eq=False)
class SplitStatistics:
    """What is known of each split.

    Attributes:
        splits: By the name of the split; those without rows are left out.
    """

    splits: Mapping[str, SlicedStatistics]

    @property
    def rows(self) -> int:
        """Number of rows of all splits."""
        return sum(one.slices[ALL_ROWS].rows for one in self.splits.values())

    def merge(self, other: SplitStatistics) -> SplitStatistics:
        """What is known of the rows of both."""
        found = dict(self.splits)
        for name, part in other.splits.items():
            found[name] = found[name].merge(part) if name in found else part
        return SplitStatistics(found)


@dataclass(frozen=True)
class Look:
    """Looks at a batch; workers get it whole.

    Attributes:
        splits: Name of the split of each part.
        plan: What to look at.
    """

    splits: tuple[str, ...]
    plan: Plan

    def __call__(self, batch: Batch) -> SplitStatistics:
        """What is known of the rows of a batch."""
        split = self.splits[batch.part]
        return SplitStatistics({split: SlicedStatistics.of(batch.table, self.plan)})
