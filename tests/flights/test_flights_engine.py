"""The engine of a run reaches every component of the flights pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pipelines.flights.config import Config
from pipelines.flights.pipeline import create_components

ENGINE = "engine"
WITH_ENGINE = {"ExampleGen", "StatisticsGen", "Transform", "Evaluator"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "flights-01.csv"
    path.write_text("origin,distance\nJFK,100\n")
    return path


def nodes(data: Path, **settings: Any) -> dict[str, Any]:
    config = Config(name="flights", data=str(data), output=data.parent, **settings)
    return {node.id: node for node in create_components(config)}


@pytest.mark.parametrize(
    ("asked", "given"),
    [("auto", "columnar"), ("columnar", "columnar"), ("beam", "beam")],
)
def test_components_get_the_engine_of_the_run(
    data: Path, asked: str, given: str
) -> None:
    found = nodes(data, engine=asked)
    engines = {name: found[name].exec_properties[ENGINE] for name in WITH_ENGINE}
    assert engines == dict.fromkeys(WITH_ENGINE, given)
    specs = {type(found[name].executor_spec).__name__ for name in ("DataTests",)}
    beam = given == "beam"
    assert specs == {"GuardedBeamExecutorSpec" if beam else "GuardedExecutorSpec"}
