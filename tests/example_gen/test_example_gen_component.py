"""The component takes paths and gives a stock Examples artifact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fsspec
import pytest
from tfx.dsl.components.base import base_beam_executor
from tfx.types import standard_artifacts

from tidegate.columnar.open_data import open_artifact
from tidegate.compiling import compiling, is_compiling
from tidegate.errors import DataError, UsageError
from tidegate.example_gen.component import ExampleGen
from tidegate.example_gen.executor import Executor
from tidegate.example_gen.value_splits import TimeSplit
from tidegate.runners import cache_keys

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


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
    context = base_beam_executor.BaseBeamExecutor.Context(
        beam_pipeline_args=[f"--runner={RUNNER}"]
    )
    Executor(context).Do({}, {"examples": [artifact]}, component.exec_properties)
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


def write(path: Path, rows: int) -> None:
    """A CSV file with so many rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x,y\n" + "".join(f"{i},{i % 3}\n" for i in range(rows)))


@pytest.mark.parametrize(
    ("data", "span", "chosen", "version", "rows"),
    [
        ("s-{SPAN}/*.csv", None, 12, None, 40),
        ("s-{SPAN}/*.csv", 3, 3, None, 30),
        ("v/{SPAN}-{VERSION}.csv", None, 7, 2, 60),
        ("d-{YYYY}-{MM}-{DD}.csv", None, 15706, None, 20),
        ("d-2013-01-01.csv", 9, 9, None, 20),
    ],
)
def test_a_span_and_its_version_are_chosen_and_told(
    tmp_path: Path,
    data: str,
    span: int | None,
    chosen: int,
    version: int | None,
    rows: int,
) -> None:
    made = {"s-3/a": 30, "s-12/a": 40, "v/7-1": 50, "v/7-2": 60, "d-2013-01-01": 20}
    for name, count in made.items():
        write(tmp_path / f"{name}.csv", count)
    component = ExampleGen(data, base=tmp_path, span=span)
    # What comes later does not change what was built.
    write(tmp_path / "s-13" / "a.csv", 99)
    artifact = execute(component, tmp_path / "out")
    assert artifact.get_int_custom_property("span") == artifact.span == chosen
    assert artifact.has_custom_property("version") == (version is not None)
    if version is not None:
        assert artifact.get_int_custom_property("version") == artifact.version
        assert artifact.version == version
    dataset = open_artifact(tmp_path / "out")
    assert sum(batch.rows for batch in dataset.batches()) == rows


@pytest.mark.parametrize("engine", ["columnar", "beam"])
def test_files_in_splits_keep_them(tmp_path: Path, engine: Any) -> None:
    for name, rows in (("train/1/a", 30), ("train/2/a", 40), ("eval/2/a", 5)):
        write(tmp_path / f"{name}.csv", rows)
    component = ExampleGen(
        {"train": "train/{SPAN}/*.csv", "eval": ["eval/{SPAN}/a.csv"]},
        base=tmp_path,
        engine=engine,
    )
    artifact = execute(component, tmp_path / "out")
    assert json.loads(artifact.split_names) == ["train", "eval"]
    assert artifact.span == 2
    dataset = open_artifact(tmp_path / "out", ["eval"])
    assert sum(batch.rows for batch in dataset.batches()) == 5
    again = ExampleGen(str(tmp_path / "out"))
    copied = execute(again, tmp_path / "again")
    assert sorted(json.loads(copied.split_names)) == ["eval", "train"]


def test_paths_are_data_as_text_is(data: Path) -> None:
    expected = ExampleGen(str(data)).exec_properties
    assert ExampleGen(data).exec_properties == expected
    assert ExampleGen([data]).exec_properties == expected
    by_split = ExampleGen({"train": data}).exec_properties["data"]
    assert json.loads(by_split) == {"train": [str(data)]}


def test_rows_are_split_by_time(tmp_path: Path) -> None:
    days = [f"2013-{month:02}-01" for month in range(1, 13)]
    (tmp_path / "in.csv").write_text("day\n" + "".join(f"{day}\n" for day in days))
    splits = TimeSplit("day", train="2013-10-01", eval=None)
    execute(ExampleGen("in.csv", base=tmp_path, splits=splits), tmp_path / "out")
    read = open_artifact(tmp_path / "out", ["eval"]).batches()
    found = [day for batch in read for day in batch.table["day"].to_pylist()]
    assert found == ["2013-10-01", "2013-11-01", "2013-12-01"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"data": {"train": "a.csv", "eval": "*.csv"}}, "in two splits"),
        ({"data": {"train": "a.csv", "eval": "b.parquet"}}, "format"),
        ({"data": {"train": "a.csv", "eval": "gone.csv"}}, "no such file"),
        ({"data": {"a/b": "a.csv"}}, "splits"),
        ({"data": {"x": "a.csv"}, "splits": {"train": 1}}, "in splits already"),
        ({"data": "a.csv", "engine": "spark"}, "no such engine"),
        ({"data": "a-{SPAN}.csv"}, "no span"),
        ({"data": None}, "no data files"),
        ({"data": ["a.csv", 5]}, "no data files"),
        ({"data": {}}, "no data files"),
        ({"data": {"train": None}}, "no data files"),
        ({"data": "a.csv", "span": 2**63}, "span"),
    ],
    ids=range(12),
)
def test_inputs_that_make_no_sense_are_refused(
    tmp_path: Path, wrong: dict[str, Any], says: str
) -> None:
    write(tmp_path / "a.csv", 9)
    write(tmp_path / "b.parquet", 9)
    with pytest.raises(UsageError, match=says) as caught:
        ExampleGen(**{"base": tmp_path, **wrong})
    assert caught.value.fix


@pytest.mark.parametrize(
    ("data", "span"),
    [("gone/{SPAN}/*.csv", None), ("gone-{YYYY}-{MM}-{DD}.csv", 3), ("x.csv", 0)],
)
def test_nothing_is_looked_at_while_compiling(
    tmp_path: Path, data: str, span: int | None
) -> None:
    with compiling():
        assert is_compiling()
        held = ExampleGen(data, base=tmp_path, span=span).exec_properties
    assert not is_compiling()
    assert json.loads(held["data"]) == [str(tmp_path / data)]
    given = {} if span is None else {"span": span}
    assert {key: one for key, one in held.items() if one is not None} == {
        "data": held["data"],
        "engine": "columnar",
        **given,
    }


def test_a_url_is_looked_at_when_the_component_runs(tmp_path: Path) -> None:
    url = "memory://later/{SPAN}.csv"
    component = ExampleGen(url, splits={"all": 1})
    assert json.loads(component.exec_properties["data"]) == [url]
    assert component.exec_properties.get("fingerprint") is None
    memory = fsspec.filesystem("memory")
    memory.pipe("/later/7.csv", b"x\n1\n2\n")
    try:
        assert execute(component, tmp_path / "out").span == 7
        assert ExampleGen.READS_OUTSIDE
    finally:
        memory.rm("/later", recursive=True)


def test_a_local_run_pins_what_is_at_a_url(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/pinned/1.csv", b"x\n1\n2\n")
    try:
        keys = []
        for content in (b"x\n1\n2\n", b"x\n1\n3\n"):
            memory.pipe("/pinned/1.csv", content)
            component = ExampleGen("memory://pinned/*.csv", splits={"all": 1})
            cache_keys.pin_outside(component)
            keys.append(component.exec_properties["state"])
        assert keys[0] != keys[1]
        execute(component, tmp_path / "out")
        memory.pipe("/pinned/1.csv", b"x\n1\n4\n")
        with pytest.raises(DataError, match="changed after the pipeline was built"):
            execute(component, tmp_path / "again")
    finally:
        memory.rm("/pinned", recursive=True)


def test_data_at_urls_that_are_in_splits_are_not_split_again() -> None:
    data = {"train": "gs://b/train/*.csv", "eval": "gs://b/eval/*.csv"}
    held = ExampleGen(data).exec_properties
    assert json.loads(held["splits"])["names"] == ["train", "eval"]
    with pytest.raises(UsageError, match="in splits already"):
        ExampleGen(data, splits={"train": 1})
