"""Which settings can be parameters of a run, by builds that are plain dictionaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from tidegate.errors import UsageError
from tidegate.runners.kubeflow.compiling.runtime_parameters import (
    Build,
    Parameter,
    trace,
)
from tidegate.runners.kubeflow.compiling.tracing import Place


class Config(BaseModel):
    """Settings."""

    epochs: int = Field(default=3, ge=3, le=5)
    span: int | None = None
    optimizer: Literal["adam", "sgd"] = "adam"
    warm: bool = False


def traced(setting: str, build: Callable[[Config], Build]) -> Parameter:
    """What becomes of a setting in a pipeline that `build` builds."""

    def rebuild(name: str, value: Any) -> Build:
        try:
            return build(Config.model_validate({name: value}))
        except ValueError as error:
            raise UsageError(str(error)) from error

    (found,) = trace([setting], Config(), rebuild, build(Config()))
    return found


def built(shape: Any = None, **properties: Any) -> Build:
    """One node with properties."""
    return Build({"Trainer": properties}, shape)


@pytest.mark.parametrize(
    ("setting", "kind", "default", "optional"),
    [
        ("epochs", "NUMBER_INTEGER", 3, False),
        ("span", "NUMBER_INTEGER", None, True),
        ("optimizer", "STRING", "adam", False),
        ("warm", "BOOLEAN", False, False),
    ],
)
def test_a_setting_has_its_type_and_default(
    setting: str, kind: str, default: Any, optional: bool
) -> None:
    found = traced(setting, lambda config: built(p=getattr(config, setting)))
    assert (found.type, found.default, found.optional) == (kind, default, optional)
    assert found.places == (Place("Trainer", "p"),)


def test_a_setting_that_goes_elsewhere_with_another_value_is_refused() -> None:
    def moving(config: Config) -> Build:
        span = config.span
        return (
            built(a=None, b=None) if span is None else built(**{"ab"[span % 2]: span})
        )

    with pytest.raises(UsageError, match="other places"):
        traced("span", moving)


@pytest.mark.parametrize(
    "of_shape", [lambda c: c.epochs, lambda c: ["gate"] * c.epochs]
)
def test_a_setting_that_changes_the_graph_is_refused(
    of_shape: Callable[[Config], Any],
) -> None:
    with pytest.raises(UsageError, match="changes which steps there are"):
        traced("epochs", lambda config: built(of_shape(config), p=config.epochs))


def test_all_that_cannot_be_parameters_are_told_at_once() -> None:
    base = built(p=1)
    with pytest.raises(Exception, match="2 problems") as caught:
        trace(["epochs", "nothing"], Config(), lambda name, value: base, base)
    assert "reaches no step" in str(caught.value)
    assert "no such setting" in str(caught.value)
