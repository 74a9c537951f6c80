"""What every pipeline may be set to, and what it makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from tidegate.config import PipelineConfig
from tidegate.errors import DataError, InfrastructureError, UsageError


def configured(**settings: Any) -> PipelineConfig:
    """Settings of a toy pipeline."""
    return PipelineConfig.model_validate({"name": "toy", "data": "x.csv", **settings})


@pytest.fixture
def store() -> Iterator[Any]:
    """A store in memory."""
    memory = fsspec.filesystem("memory")
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


def test_models_are_pushed_below_the_output_or_where_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert configured().push_to == str(tmp_path / ".tidegate/toy/pushed")
    assert configured(output="out").push_to == str(tmp_path / "out/pushed")
    assert configured(push_to="models").push_to == str(tmp_path / "models")
    assert configured(push_to="gs://b/models").push_to == "gs://b/models"


def test_settings_with_the_same_values_are_equal(tmp_path: Path) -> None:
    same = configured(output=tmp_path, push_to=str(tmp_path / "pushed"))
    assert configured(output=tmp_path) == same


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_local_files_are_read_before_anything_is_loaded(
    scheme: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n")
    config = configured(data=f"{scheme}{path}")
    assert config.files() == [path]
    config.preflight()
    path.write_text("x,y\n1,2,3\n")
    with pytest.raises(DataError):
        config.preflight()


def test_of_files_in_a_store_it_is_only_seen_that_they_are_there(store: Any) -> None:
    store.pipe("/b/a-3.csv", b"x,y\n1,2,3\n")
    config = configured(data=["memory://b/a-{SPAN}.csv"])
    assert config.files() is None
    config.preflight()
    for wrong in ({"data": "memory://b/b.csv"}, {"data": config.data, "span": 4}):
        with pytest.raises(UsageError):
            configured(**wrong).preflight()


def test_a_source_of_another_kind_is_left_to_its_pipeline() -> None:
    config = configured(data="warehouse://flights")
    assert config.files() is None
    config.preflight()


def test_a_store_that_does_not_answer_is_worth_a_retry(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(type(store), "glob", broken)
    with pytest.raises(InfrastructureError) as caught:
        configured(data="memory://b/*.csv").preflight()
    assert caught.value.exit_code == 4
