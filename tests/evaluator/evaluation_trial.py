"""Small models and examples, and both Evaluators run on them in this process."""

from __future__ import annotations

import atexit
import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_model_analysis.proto import config_pb2
from tfx.components.evaluator import executor as stock
from tfx.dsl.components.base import base_beam_executor
from tfx.types import standard_artifacts
from tfx.utils import json_utils, proto_utils

from tidegate.columnar.tf_record import write_records
from tidegate.evaluator.executor import Executor

# Named whole: the short names try others first, and fall back in silence.
RUNNER = "--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"
Row = Mapping[str, Any]
Build = Callable[[], tf.Module]


@dataclass(frozen=True)
class Problem:
    """Something to evaluate.

    Attributes:
        rows: The examples: a value, a list or None for each feature.
        model: Makes the model.
        config: An EvalConfig as text proto.
        baseline: Makes the baseline model; None without one.
        schema: Schema as text proto; None without one.
    """

    rows: Sequence[Row]
    model: Build
    config: str
    baseline: Build | None = None
    schema: str | None = None

    @property
    def eval_config(self) -> Any:
        return text_format.Parse(self.config, config_pb2.EvalConfig())


@dataclass
class Outcome:
    """What an Evaluator left.

    Attributes:
        evaluation: Folder of its result files.
        blessing: The artifact with the verdict.
        said: What our Evaluator logged.
    """

    evaluation: str
    blessing: Any
    said: list[str] = field(default_factory=list)


def serialized(row: Row) -> bytes:
    """A row as a tf.Example; None is a feature that is not there."""
    example = tf.train.Example()
    for name, value in row.items():
        values = value if isinstance(value, list) else [value]
        feature = example.features.feature[name]
        if value is None:
            example.features.feature.pop(name)
        elif isinstance(values[0], float):
            feature.float_list.value.extend(values)
        elif isinstance(values[0], int):
            feature.int64_list.value.extend(values)
        else:
            feature.bytes_list.value.extend(v.encode() for v in values)
    return bytes(example.SerializeToString())


def prepare(problem: Problem, folder: Path) -> None:
    """Writes examples, models and schema of a problem."""
    for split, rows in (("train", problem.rows[:3]), ("eval", problem.rows)):
        (folder / f"examples/Split-{split}").mkdir(parents=True)
        half = len(rows) // 2
        for number, some in enumerate((rows[:half], rows[half:])):
            path = folder / f"examples/Split-{split}/data-{number}.gz"
            write_records(path, [serialized(row) for row in some])
    for name, build in (("model", problem.model), ("baseline", problem.baseline)):
        if build is not None:
            shutil.copytree(saved(build), folder / name / "Format-Serving")
    if problem.schema is not None:
        (folder / "schema").mkdir()
        (folder / "schema/schema.pbtxt").write_text(problem.schema)


@cache
def saved(build: Build) -> str:
    """Folder of the model that `build` makes, saved once."""
    module, folder = build(), tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    tf.saved_model.save(module, folder, module.exported)
    return folder


def run(
    problem: Problem, folder: Path, ours: bool = True, **properties: Any
) -> Outcome:
    """Runs our executor, or the stock one, on a prepared problem."""
    output = folder / ("ours" if ours else "stock")
    blessing = artifact(standard_artifacts.ModelBlessing, output / "blessing")
    evaluation = artifact(standard_artifacts.ModelEvaluation, output / "evaluation")
    for one in (blessing, evaluation):
        Path(one.uri).mkdir(parents=True)
    context = base_beam_executor.BaseBeamExecutor.Context(
        beam_pipeline_args=[RUNNER], tmp_dir=str(folder / "tmp"), unique_id="1"
    )
    executor = (Executor if ours else stock.Executor)(context)
    with Listening() as heard:
        executor.Do(
            inputs(problem, folder),
            {"evaluation": [evaluation], "blessing": [blessing]},
            {
                "eval_config": proto_utils.proto_to_json(problem.eval_config),
                "example_splits": json_utils.dumps(None),
                "fairness_indicator_thresholds": json_utils.dumps(None),
                "current_component_id": "Evaluator",
                **properties,
            },
        )
    return Outcome(evaluation.uri, blessing, heard.lines)


def inputs(problem: Problem, folder: Path) -> dict[str, list[Any]]:
    """The artifacts that an Evaluator is given."""
    examples = artifact(standard_artifacts.Examples, folder / "examples")
    examples.split_names = '["train", "eval"]'
    found = {
        "examples": [examples],
        "model": [artifact(standard_artifacts.Model, folder / "model", 7)],
    }
    if problem.baseline is not None:
        model = artifact(standard_artifacts.Model, folder / "baseline", 5)
        found["baseline_model"] = [model]
    if problem.schema is not None:
        found["schema"] = [artifact(standard_artifacts.Schema, folder / "schema")]
    return found


def artifact(kind: Any, path: Path, number: int = 0) -> Any:
    made = kind()
    made.uri, made.id = str(path), number
    return made


class Listening:
    """Hears what our Evaluator logs."""

    def __enter__(self) -> Listening:
        self.lines: list[str] = []
        self._handler = logging.Handler()
        self._handler.emit = lambda record: self.lines.append(record.getMessage())  # type: ignore[method-assign]
        self._log = logging.getLogger("tidegate.evaluator")
        self._level = self._log.level
        self._log.setLevel(logging.INFO)
        self._log.addHandler(self._handler)
        return self

    def __exit__(self, *error: object) -> None:
        self._log.removeHandler(self._handler)
        self._log.setLevel(self._level)


def draw(rows: int, seed: int = 1) -> list[Row]:
    """Rows with a label that `x` says something about, and things to slice by."""
    random = np.random.default_rng(seed)
    found: list[Row] = []
    for _ in range(rows):
        x = float(np.float32(random.normal()))
        found.append(
            {
                "x": x,
                "y": float(np.float32(random.normal())),
                "late": int(x + random.normal() > 0.5),
                "kind": int(np.clip(round(x + random.normal()) + 1, 0, 2)),
                "delay": float(np.float32(3 * x + random.normal())),
                "weight": float(random.integers(0, 4)),
                "carrier": str(random.choice(["AA", "UA", "Ü1"])),
                "stops": int(random.integers(0, 3)),
                "tags": list(random.choice(["a", "b", "c"], random.integers(1, 4)))
                if random.random() < 0.8
                else None,
            }
        )
    return found
