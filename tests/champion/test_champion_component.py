"""The component tells TFX's cache which model is the newest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fsspec
import pytest
from tests.ledger.small_models import pushed_once
from tests.saved_model.graph_factory import saved_model
from tfx.types import standard_artifacts

import tidegate
from tidegate.champion.executor import Executor
from tidegate.compiling import compiling
from tidegate.errors import UsageError
from tidegate.evaluator import executor as evaluator
from tidegate.ledger.moving import rollback
from tidegate.runners import cache_keys


def _push(pushed: Path, version: int) -> None:
    folder = pushed / str(version)
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(saved_model())


def test_the_cache_key_sees_another_model(tmp_path: Path) -> None:
    keys = [tidegate.Champion(tmp_path).exec_properties]
    for version in (3, 4):
        _push(tmp_path, version)
        keys.append(tidegate.Champion(str(tmp_path)).exec_properties)
    assert len({one["newest"] for one in keys}) == 3
    assert keys[2] == tidegate.Champion(tmp_path).exec_properties
    assert tidegate.Champion.READS_OUTSIDE


def test_the_cache_key_sees_a_rollback(tmp_path: Path) -> None:
    pushed = tmp_path / "pushed"
    for _ in range(2):
        pushed_once(pushed, tmp_path)
    before = tidegate.Champion(pushed).exec_properties["newest"]
    event = rollback(pushed, by="Ada", reason="worse")
    after = tidegate.Champion(pushed).exec_properties["newest"]
    assert before != after
    assert str(after).startswith(f"{event.champion} ")


def test_nothing_is_looked_at_while_compiling(tmp_path: Path) -> None:
    _push(tmp_path, 3)
    with compiling():
        held = tidegate.Champion(tmp_path).exec_properties
    assert held["pushed"] == str(tmp_path)
    assert held.get("newest") is None


def test_a_store_is_asked_only_by_a_local_run() -> None:
    champion = tidegate.Champion("memory://seen/pushed")
    assert champion.exec_properties.get("newest") is None
    memory = fsspec.filesystem("memory")
    memory.pipe("/seen/pushed/7/saved_model.pb", saved_model())
    try:
        cache_keys.pin_outside(champion)
        assert str(champion.exec_properties["newest"]).startswith("7 ")
    finally:
        memory.rm("/seen", recursive=True)


def test_a_relative_folder_and_a_file_url_are_the_same_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for where in ("pushed", f"file://{tmp_path}/pushed"):
        held = tidegate.Champion(where).exec_properties
        assert held["pushed"] == str(tmp_path / "pushed")


def test_no_destination_is_refused() -> None:
    with pytest.raises(UsageError, match="pushed to"):
        tidegate.Champion("")


@pytest.mark.parametrize("pushed", [True, False])
@pytest.mark.parametrize("engine", ["columnar", "beam"])
def test_the_evaluator_sees_a_champion_only_if_there_is_one(
    pushed: bool, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if pushed:
        _push(tmp_path / "pushed", 3)
    champion = standard_artifacts.Model()
    champion.uri = str(tmp_path / "out")
    properties = tidegate.Champion(tmp_path / "pushed").exec_properties
    Executor().Do({}, {"model": [champion]}, properties)
    seen: list[Any] = []

    class Stock:
        def Do(self, inputs: Any, outputs: Any, properties: Any) -> None:
            seen.append(inputs)

    monkeypatch.setattr(evaluator, "_evaluate", lambda *given: seen.append(given[0]))
    monkeypatch.setattr(evaluator.Executor, "_stock", lambda _: Stock())
    inputs = {"examples": [], "baseline_model": [champion]}
    evaluator.Executor().Do(inputs, {}, {"engine": engine})
    assert seen == [{"examples": [], "baseline_model": [champion] if pushed else []}]
