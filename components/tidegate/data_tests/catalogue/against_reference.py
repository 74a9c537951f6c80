"""The shape of tests that hold a column against the accepted spans."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from typing_extensions import override

from tidegate.data_tests.catalogue.base import Evidence
from tidegate.data_tests.catalogue.history import EntireTest, nothing_accepted
from tidegate.data_tests.catalogue.shapes import ProfileTest

if TYPE_CHECKING:
    from tidegate.columnar.statistics.profile import ColumnProfile
    from tidegate.data_tests.reference import ColumnSummary
    from tidegate.data_tests.whole import Whole


class ReferenceTest(ProfileTest, EntireTest):
    """A test of what the values of a column are, against accepted spans."""

    @abstractmethod
    def against(
        self, spans: list[ColumnSummary], profile: ColumnProfile, whole: Whole
    ) -> Evidence:
        """The verdict, by what the column was in at least one accepted span."""

    @override
    def of(self, profile: ColumnProfile, whole: Whole) -> Evidence:
        if not profile.rows:
            return Evidence(None, "no row to look at")
        nothing, reference = nothing_accepted(whole), whole.reference
        if nothing is not None or reference is None:
            return nothing or Evidence(None, "no accepted span")
        spans = list(reference.column(self.column))
        if not spans:
            return Evidence(
                None,
                f"the accepted spans have no column {self.column}",
                fix="accept a good span that has it: tidegate schema accept",
            )
        return self.against(spans, profile, whole)
