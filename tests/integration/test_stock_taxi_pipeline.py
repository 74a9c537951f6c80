"""The README's ten lines put a gate into a stock pipeline on stock data.

The nodes around the gate, the runner and the data (Chicago Taxi Trips, as the
tfx wheel carries it) are TFX's own.
"""

from __future__ import annotations

import csv
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
from tfx import v1 as tfx

from tidegate.errors import GateShut
from tidegate.report.model import read_report

pytestmark = pytest.mark.slow

README = Path(__file__).parents[2] / "README.md"

USER_CODE = """
import tensorflow as tf
import tensorflow_transform as tft


def preprocessing_fn(inputs):
    return {"fare": tft.scale_to_z_score(dense(inputs["fare"]))}


def dense(column):
    # Sparse on TFX 1.16, dense on 1.21.
    return tf.sparse.to_dense(column) if hasattr(column, "indices") else column


def run_fn(fn_args):
    module = tf.Module()
    module.answer = tf.function(
        lambda x: {"y": x}, input_signature=[tf.TensorSpec([None], tf.float32)]
    )
    tf.saved_model.save(module, fn_args.serving_model_dir, module.answer)
"""


def from_readme(language: str, holding: str) -> str:
    """The README's code block in `language` that holds a text."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README.read_text(), re.DOTALL)
    (found,) = [block for block in blocks if holding in block]
    return str(found)


def taxi_csv() -> Path:
    spec = importlib.util.find_spec("tfx")
    assert spec is not None
    assert spec.submodule_search_locations
    root = Path(spec.submodule_search_locations[0])
    return root / "examples/chicago_taxi_pipeline/data/simple/data.csv"


def write_data(folder: Path, *, negative_fares: int) -> None:
    with taxi_csv().open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows[:negative_fares]:
        row["fare"] = "-7.5"
    folder.mkdir()
    with (folder / "data.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def build(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tfx.dsl.Pipeline:
    """A stock pipeline with the README's lines in its midst."""
    (folder / "user_code").mkdir()
    module_file = folder / "user_code" / "taxi_user_code.py"
    module_file.write_text(USER_CODE)
    (folder / "data_tests.yaml").write_text(from_readme("yaml", "dataset: taxi"))
    example_gen = tfx.components.CsvExampleGen(input_base=str(folder / "data"))
    statistics_gen = tfx.components.StatisticsGen(
        examples=example_gen.outputs["examples"]
    )
    schema_gen = tfx.components.SchemaGen(
        statistics=statistics_gen.outputs["statistics"]
    )
    transform = tfx.components.Transform(
        examples=example_gen.outputs["examples"],
        schema=schema_gen.outputs["schema"],
        module_file=str(module_file),
    )
    trainer = tfx.components.Trainer(
        examples=example_gen.outputs["examples"],
        module_file=str(module_file),
        train_args=tfx.proto.TrainArgs(),
        eval_args=tfx.proto.EvalArgs(),
    )
    names: dict[str, Any] = {
        "example_gen": example_gen,
        "statistics_gen": statistics_gen,
        "schema_gen": schema_gen,
        "transform": transform,
        "trainer": trainer,
        "components": [example_gen, statistics_gen, schema_gen, transform, trainer],
    }
    monkeypatch.chdir(folder)
    exec(from_readme("python", "Gate("), names)
    return tfx.dsl.Pipeline(
        pipeline_name="taxi",
        pipeline_root=str(folder / "artifacts"),
        components=names["components"],
        metadata_connection_config=(
            tfx.orchestration.metadata.sqlite_metadata_connection_config(
                str(folder / "metadata.sqlite")
            )
        ),
    )


def outputs(folder: Path, node: str) -> list[Path]:
    return sorted((folder / "artifacts" / node).rglob("*"))


def test_good_data_goes_through_to_the_trainer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_data(tmp_path / "data", negative_fares=0)
    tfx.orchestration.LocalDagRunner().run(build(tmp_path, monkeypatch))
    (report_file,) = tmp_path.rglob("report.json")
    report = read_report(report_file.parent)
    assert report.passed
    assert report.rows == 15_002
    assert any(p.name == "saved_model.pb" for p in outputs(tmp_path, "Trainer"))


def test_bad_data_stops_before_transform_and_leaves_its_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_data(tmp_path / "data", negative_fares=3)
    with pytest.raises(GateShut) as shut:
        tfx.orchestration.LocalDagRunner().run(build(tmp_path, monkeypatch))
    report = read_report(Path(shut.value.reports[0]))
    assert [(r.test, r.subject, r.failing_rows) for r in report.failed] == [
        ("between", "fare", 3)
    ]
    assert report.failing_rows == 3
    assert not outputs(tmp_path, "Transform")
    assert not outputs(tmp_path, "Trainer")
