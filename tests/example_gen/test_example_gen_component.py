"""The component takes paths and gives a stock Examples artifact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tfx.types import standard_artifacts

from tidegate.errors import DataError, UsageError
from tidegate.example_gen.component import ExampleGen
from tidegate.example_gen.executor import Executor


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A CSV file."""
    path = tmp_path / "data.csv"
    path.write_text("x,y\n" + "".join(f"{i},{i % 3}\n" for i in range(60)))
    return path


def execute(component: Any, folder: Path) -> standard_artifacts.Examples:
    """Runs the executor of a component; its artifact."""
    artifact = standard_artifacts.Examples()
    artifact.uri = str(folder)
    Executor().Do({}, {"examples": [artifact]}, component.exec_properties)
    return artifact


def test_the_artifact_is_described_as_the_stock_one(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="tidegate.example_gen")
    component = ExampleGen("data.csv", base=tmp_path, span=9)
    artifact = execute(component, tmp_path / "out")
    assert json.loads(artifact.split_names) == ["train", "eval"]
    assert artifact.span == 9
    assert artifact.get_int_custom_property("span") == 9
    assert artifact.get_string_custom_property("payload_format") == "FORMAT_TF_EXAMPLE"
    assert artifact.get_string_custom_property("file_format") == "tfrecords_gzip"
    assert "60 rows of 1 file(s)" in caplog.text


def test_the_cache_key_sees_an_edit_of_the_same_length(data: Path) -> None:
    before = ExampleGen(str(data)).exec_properties
    assert ExampleGen(str(data)).exec_properties == before
    data.write_text(data.read_text().replace("7,1", "7,2", 1))
    assert ExampleGen(str(data)).exec_properties != before


def test_data_that_changed_since_are_refused(data: Path, tmp_path: Path) -> None:
    component = ExampleGen(str(data))
    data.write_text(data.read_text() + "60,0\n")
    with pytest.raises(DataError, match="changed after the pipeline was built"):
        execute(component, tmp_path / "out")


@pytest.mark.parametrize(
    "wrong",
    [{"data": "gone.csv"}, {"splits": {}}, {"span": -1}, {"span": "9"}],
    ids=str,
)
def test_wrong_arguments_are_refused_when_it_is_built(
    data: Path, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    with pytest.raises(UsageError) as caught:
        ExampleGen(**{"data": "data.csv", "base": tmp_path, **wrong})
    assert caught.value.fix
