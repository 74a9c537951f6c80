"""Compilers that know nothing of Tidegate take our `create_components()`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[4]
IMAGE = "registry.example/tidegate:1"


@pytest.fixture
def flights(tmp_path: Path) -> Iterator[Any]:
    """`create_components` of the flights pipeline, with its data in a store."""
    for name in ("pipelines", "schemas"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    config = tmp_path / "pipelines/flights/config.yaml"
    lines = config.read_text().splitlines()
    config.write_text(
        "\n".join(
            "data: gs://exports/flights-*.csv" if line.startswith("data:") else line
            for line in lines
        )
    )
    before = {name: one for name, one in sys.modules.items() if _of_pipelines(name)}
    for name in before:
        del sys.modules[name]
    sys.path.insert(0, str(tmp_path))
    try:
        from pipelines.flights.pipeline import create_components

        yield create_components
    finally:
        sys.path.remove(str(tmp_path))
        for name in [one for one in sys.modules if _of_pipelines(one)]:
            del sys.modules[name]
        sys.modules.update(before)


def _of_pipelines(name: str) -> bool:
    return name.split(".")[0] == "pipelines"


def run_stock(nodes: list[Any], output: Path, root: str | None) -> Any:
    """Compiles as TFX's own runner does, for schema version 2.1."""
    import yaml
    from tfx.orchestration import pipeline
    from tfx.v1.orchestration import experimental

    experimental.KubeflowV2DagRunner(
        config=experimental.KubeflowV2DagRunnerConfig(
            display_name="team/flights",
            default_image=IMAGE,
            use_pipeline_spec_2_1=True,
        ),
        output_filename=str(output),
    ).run(
        pipeline.Pipeline(
            pipeline_name="team-flights",
            pipeline_root=root,
            components=nodes,
            enable_cache=False,
            metadata_connection_config=None,
            beam_pipeline_args=["--runner=FlinkRunner"],
        )
    )
    return yaml.safe_load(output.read_text())


@pytest.mark.parametrize("root", [None, "here"])
def test_the_stock_runner_compiles_the_flights_pipeline(
    flights: Any, tmp_path: Path, root: str | None
) -> None:
    """With a root as teams run it; without, as Sky's operator does (spec 2.1)."""
    where = str(tmp_path / "root") if root else None
    spec = run_stock(flights(), tmp_path / "spec.yaml", where)
    assert spec["schemaVersion"] == "2.1.0"
    tasks = spec["root"]["dag"]["tasks"]
    assert {"ExampleGen", "DataTests", "DataGate", "Trainer", "Pusher"} <= set(tasks)
    assert "DataGate" in tasks["Transform"]["dependentTasks"]
    kinds = {
        kind for one in spec["deploymentSpec"]["executors"].values() for kind in one
    }
    assert kinds == {"container"}


def test_the_stock_runner_refuses_a_pipeline_whose_gate_is_missing(
    flights: Any, tmp_path: Path
) -> None:
    from tidegate.errors import UsageError

    nodes = [node for node in flights() if node.id != "DataGate"]
    for node in nodes:
        for other in [one for one in node.upstream_nodes if one.id == "DataGate"]:
            node._upstream_nodes.discard(other)
            other._downstream_nodes.discard(node)
    with pytest.raises(UsageError, match="no gate reads the report of DataTests"):
        run_stock(nodes, tmp_path / "spec.yaml", None)
