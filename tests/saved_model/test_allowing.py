"""Operations are allowed with a reason, and reach the step as one property."""

from __future__ import annotations

from typing import Any

import pytest

from tidegate.errors import UsageError
from tidegate.saved_model.allowing import allowed_in, allowed_property


def test_what_is_allowed_arrives() -> None:
    held = allowed_property({"ReadFile": "it reads the zone", "MyOp": "ours"}, "Step")

    assert allowed_in(held) == ("ReadFile", "MyOp")


@pytest.mark.parametrize("given", [None, {}])
def test_nothing_allowed_is_no_property(given: Any) -> None:
    assert allowed_property(given, "Step") == {}
    assert allowed_in({}) == ()


@pytest.mark.parametrize(
    "given",
    [{"ReadFile": ""}, {"ReadFile": " "}, {"": "why"}, {"A": None}, ["ReadFile"]],
)
def test_what_nobody_answers_for_is_refused(given: Any) -> None:
    with pytest.raises(UsageError, match="who says why") as told:
        allowed_property(given, "Explainer")

    assert told.value.where == "Explainer(allow_ops=…)"
