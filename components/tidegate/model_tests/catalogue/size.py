"""A model is small enough to be served."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, model_validator
from typing_extensions import Self, override

from tidegate.model_tests.model_test import Finding, ModelTest
from tidegate.model_tests.quantities import Growth, Size, growth_told, size_told
from tidegate.model_tests.uncomputable import Uncomputable

if TYPE_CHECKING:
    from tidegate.model_tests.case import Case


class SizeBudget(ModelTest):
    """The SavedModel is small enough, and did not grow too much."""

    name: ClassVar[str] = "size"
    why: ClassVar[str] = "a model that no longer fits where it is served"
    default: ClassVar[str] = "one of `at_most` and `growth_at_most` is required"
    example: ClassVar[str] = "size: {at_most: 50 MB, growth_at_most: 20%}"

    at_most: Size | None = Field(default=None, description="largest allowed model")
    growth_at_most: Growth | None = Field(
        default=None, description="largest growth over the champion"
    )

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.at_most is None and self.growth_at_most is None:
            raise ValueError("needs at_most or growth_at_most")
        return self

    @property
    @override
    def subject(self) -> str:
        return "size"

    @property
    @override
    def expectation(self) -> str:
        parts = []
        if self.at_most is not None:
            parts.append(f"at most {size_told(self.at_most)}")
        if self.growth_at_most is not None:
            parts.append(_grown(self.growth_at_most))
        return ", ".join(parts)

    @override
    def judge(self, case: Case) -> Iterator[Finding]:
        size = case.facts.model.size if case.facts is not None else case.size
        if size is None:
            raise Uncomputable("nobody knows the model's size", "name the model")
        fix = "look for constants in the graph, and for vocabularies that grew"
        if self.at_most is not None:
            yield Finding(
                "size",
                f"at most {size_told(self.at_most)}",
                size_told(size),
                size <= self.at_most,
                fix=fix,
            )
        if self.growth_at_most is not None:
            before = case.facts_of_champion().size
            grown = size / before - 1 if before else 0.0
            yield Finding(
                "size",
                _grown(self.growth_at_most),
                f"{size_told(size)}, champion {size_told(before)} ({grown:+.1%})",
                grown <= self.growth_at_most,
                fix=fix,
            )


def _grown(limit: float) -> str:
    return f"no more than {growth_told(limit)} larger than the champion"
