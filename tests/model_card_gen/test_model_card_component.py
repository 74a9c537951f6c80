"""The component in a pipeline: what it takes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tfx.types import channel, standard_artifacts

import tidegate
from tidegate.artifacts import ModelCard
from tidegate.errors import Problems, UsageError


def of(kind: type) -> channel.Channel:
    return channel.Channel(type=kind)


def test_card_is_an_artifact_of_its_own_type() -> None:
    node = tidegate.ModelCardGen(pushed_model=of(standard_artifacts.PushedModel))
    assert node.outputs["card"].type is ModelCard
    assert set(node.inputs) == {"pushed_model"}
    assert node.READS_OUTSIDE


def test_what_people_say_is_read_when_the_pipeline_is_built(tmp_path: Path) -> None:
    about = tmp_path / "about.yaml"
    about.write_text("owner: a team\npurpose: says whether\n")
    node = tidegate.ModelCardGen(
        model=of(standard_artifacts.Model), about=about, name="flights"
    )
    assert json.loads(node.exec_properties["about"])["owner"] == "a team"
    assert node.exec_properties["name"] == "flights"
    about.write_text("owners: a team\nlimits: 7\n")
    with pytest.raises(Problems, match=f"{about}:2"):
        tidegate.ModelCardGen(model=of(standard_artifacts.Model), about=about)


def test_every_input_is_taken() -> None:
    given = {
        "pushed_model": standard_artifacts.PushedModel,
        "model": standard_artifacts.Model,
        "evaluation": standard_artifacts.ModelEvaluation,
        "schema": standard_artifacts.Schema,
        "statistics": standard_artifacts.ExampleStatistics,
        "explanation": tidegate.artifacts.Explanation,
        "data_report": tidegate.TestReport,
        "model_report": tidegate.TestReport,
        "infra_report": tidegate.TestReport,
    }
    channels = {name: of(kind) for name, kind in given.items()}
    node = tidegate.ModelCardGen(push_to="gs://bucket/pushed", **channels)
    assert set(node.inputs) == set(given)
    assert node.exec_properties["push_to"] == "gs://bucket/pushed"


def test_a_card_without_a_model_is_refused() -> None:
    with pytest.raises(UsageError, match="no model"):
        tidegate.ModelCardGen(schema=of(standard_artifacts.Schema))
