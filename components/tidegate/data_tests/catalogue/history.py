"""What tests against accepted spans have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import model_validator
from typing_extensions import Self

from tidegate.data_tests.catalogue.base import DataTest, Evidence

if TYPE_CHECKING:
    from tidegate.data_tests.whole import Whole


class EntireTest(DataTest):
    """A test about all rows together, which a slice would not fit."""

    @model_validator(mode="after")
    def _about_all_rows(self) -> Self:
        if self.where is not None:
            raise ValueError(f"{self.name} is about all rows: leave out where")
        return self


def nothing_accepted(whole: Whole) -> Evidence | None:
    """That nothing can be said for want of an accepted span; None if there is one."""
    if whole.reference is not None and whole.reference.spans:
        return None
    return Evidence(
        None,
        "no accepted span to compare with; `tidegate schema accept` keeps this one",
        fix="accept a good span: tidegate schema accept",
    )
