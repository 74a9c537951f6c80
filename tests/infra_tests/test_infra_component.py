"""InfraTests in a pipeline: what it takes, gives, and refuses."""

from __future__ import annotations

import json

import pytest
from tfx.types import channel, standard_artifacts

from tidegate import Gate, InfraTests
from tidegate.errors import TidegateError
from tidegate.infra_tests import keys


def of(kind: type) -> channel.Channel:
    return channel.Channel(type=kind)


def test_takes_a_model_alone_or_with_all() -> None:
    model = of(standard_artifacts.Model)

    alone = InfraTests(model=model)
    all_ = InfraTests(
        model=model,
        examples=of(standard_artifacts.Examples),
        schema=of(standard_artifacts.Schema),
        evaluation=of(standard_artifacts.ModelEvaluation),
        memory="2GB",
        allow_ops={"ReadFile": "it reads its own words"},
    )
    gate = Gate(infra=all_.outputs["report"])

    assert set(alone.inputs) == {"model"}
    assert set(all_.inputs) == {"model", "examples", "schema", "evaluation"}
    assert gate.inputs
    held = json.loads(all_.spec.exec_properties[keys.SETTINGS])
    assert held["memory"] == 2 * 10**9
    assert held["allow_ops"] == {"ReadFile": "it reads its own words"}


def test_refuses_all_wrong_settings_at_once() -> None:
    with pytest.raises(TidegateError) as told:
        InfraTests(
            model=of(standard_artifacts.Model),
            memory="much",
            sample=0,
            allow_ops={"PyFunc": ""},
        )

    for name in ("memory", "sample", "allow_ops"):
        assert f"InfraTests({name}=…)" in str(told.value)
