"""The batch pipeline predicts for a delivery, here and from its compiled spec."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pipelines.flights.data import write_months
from pipelines.flights.user_code import flights_features as features
from tests.flights_batch.deliveries import push_model, without_columns

from tidegate.columnar.parquet_file import read_parquet
from tidegate.config import load_config

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "pipelines" / "flights_batch"
ROWS = 400


def tidegate(*arguments: object, code: int = 0) -> dict[str, Any]:
    """What a command says with --json."""
    command = [sys.executable, "-m", "tidegate.cli.main", *map(str, arguments)]
    done = subprocess.run(
        [*command, "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (file,) = write_months(tmp_path_factory.mktemp("data"), months=[6], rows=ROWS)
    return without_columns(file, features.AFTER_LANDING)


def test_nothing_is_predicted_before_the_gate(delivery: Path) -> None:
    from pipelines.flights_batch.config import Config
    from pipelines.flights_batch.pipeline import create_components

    settings = {"data": str(delivery)}
    nodes = create_components(load_config(FOLDER / "config.yaml", Config, settings))
    named = {node.id: node for node in nodes}
    before = {node.id for node in named["BulkInferrer"].upstream_nodes}
    assert "DataGate" in before
    assert named["Champion"].exec_properties["pushed"].endswith("flights/pushed")


def _predictions(output: Path) -> pa.Table:
    files = sorted(output.rglob("predictions-*.parquet"))
    assert len(files) == 1
    return read_parquet(files[0])


@pytest.mark.slow
def test_a_delivery_is_predicted_alike_here_and_from_the_compiled_spec(
    delivery: Path, tmp_path: Path
) -> None:
    pushed = tmp_path / "pushed"
    push_model(pushed, 17)
    tidegate(
        *("run", "pipelines/flights_batch", "--data", delivery),
        *("--output", tmp_path / "here", "--set", f"push_to={pushed}"),
    )
    spec = tmp_path / "spec.yaml"
    said = tidegate("compile", "pipelines/flights_batch", "--env", "dev", "-o", spec)
    assert "error" not in json.dumps(said.get("findings", ""))
    tidegate(
        *("run-spec", spec, "--output", tmp_path / "spec"),
        *("--param", f"data={delivery}", "--param", f"push_to={pushed}"),
    )
    here, there = _predictions(tmp_path / "here"), _predictions(tmp_path / "spec")
    assert here.num_rows == ROWS
    assert set(here["model_version"].to_pylist()) == {"17"}
    assert here.drop(["probability"]).equals(there.drop(["probability"]))
    np.testing.assert_allclose(here["probability"], there["probability"], rtol=1e-6)


@pytest.mark.slow
def test_a_bad_delivery_and_one_without_a_model_are_stopped(
    delivery: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(delivery.read_bytes().replace(b",JFK,", b",JKF,"))
    settings = ("--set", f"push_to={tmp_path / 'pushed'}")
    tidegate(
        *("run", "pipelines/flights_batch", "--data", bad),
        *("--output", tmp_path / "1", *settings),
        code=1,
    )
    said = tidegate(
        *("run", "pipelines/flights_batch", "--data", delivery),
        *("--output", tmp_path / "2", *settings),
        code=2,
    )
    assert "no model was pushed yet" in json.dumps(said)
    assert not list(tmp_path.rglob("predictions-*.parquet"))
