"""The Evaluator judges the model that TFMA would load, and refuses what it cannot."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.saved_model.graph_factory import saved_model
from tfx.types import standard_artifacts

from tidegate.errors import SecurityError
from tidegate.evaluator import spec
from tidegate.evaluator.loadable import demand_loadable

LAMBDA = b'{"class_name": "Lambda"}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "Format-Serving"
    found.mkdir()
    return found


def demand(folder: Path, key: str = spec.MODEL) -> None:
    model: Any = standard_artifacts.Model()
    model.uri = str(folder.parent)
    demand_loadable({key: [model]}, ())


@pytest.mark.parametrize("key", [spec.MODEL, spec.BASELINE_MODEL])
@pytest.mark.parametrize("graph", [True, False])
def test_a_folder_that_keras_takes_is_refused(
    folder: Path, graph: bool, key: str
) -> None:
    if graph:
        (folder / "saved_model.pb").write_bytes(saved_model())
    (folder / "config.json").write_text("{}")

    with pytest.raises(SecurityError) as told:
        demand(folder, key)

    assert "config.json, which Keras loads" in str(told.value.got)


def test_keras_takes_a_folder_whatever_graph_is_there(folder: Path) -> None:
    import keras

    made = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    made.save(folder / "m.keras")
    with zipfile.ZipFile(folder / "m.keras") as archive:
        archive.extractall(folder)
    (folder / "saved_model.pb").write_bytes(saved_model())

    assert len(keras.models.load_model(str(folder)).layers) == 1
    with pytest.raises(SecurityError):
        demand(folder)


@pytest.mark.parametrize("name", ["model.keras", "weights.bin", None])
def test_a_folder_without_a_known_model_is_refused(
    folder: Path, name: str | None
) -> None:
    if name is not None:
        (folder / name).write_bytes(b"")

    with pytest.raises(SecurityError, match="cannot be judged"):
        demand(folder)


@pytest.mark.parametrize("name", ["tflite", "model.json"])
def test_models_that_only_the_stock_evaluator_takes_are_let_through(
    folder: Path, name: str
) -> None:
    (folder / name).write_bytes(b"")

    demand(folder)


@pytest.mark.parametrize("told", [None, "0", "1", "true"])
@pytest.mark.parametrize("place", ["keras_metadata.pb", "saved_model.pb"])
def test_layers_count_where_keras_2_would_read_them(
    folder: Path, place: str, told: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
    if told is not None:
        monkeypatch.setenv("TF_USE_LEGACY_KERAS", told)
    within = {LAMBDA.decode(): "x"} if place == "saved_model.pb" else {}
    (folder / "assets").mkdir()
    (folder / "assets" / "x").write_bytes(b"")
    (folder / "saved_model.pb").write_bytes(saved_model(assets=within))
    if not within:
        (folder / place).write_bytes(LAMBDA)

    if told in {"1", "true"}:
        with pytest.raises(SecurityError, match="cannot be judged"):
            demand(folder)
    else:
        demand(folder)
