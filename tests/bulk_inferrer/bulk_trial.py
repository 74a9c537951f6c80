"""Examples, models and runs of the BulkInferrer for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import tensorflow as tf
from tests.serving.serving_models import Row, serialized, write_model

from tidegate.bulk_inferrer import keys, work
from tidegate.bulk_inferrer.settings import Settings
from tidegate.columnar.parquet_file import read_parquet
from tidegate.columnar.tf_record import read_records, write_records
from tidegate.runners.kubeflow.invocation import ArtifactType
from tidegate.steps.artifact import Artifact
from tidegate.steps.context import Context

_STANDARD = "tfx.types.standard_artifacts"
_EXAMPLES = ArtifactType(
    name="Examples",
    path=f"{_STANDARD}.Examples",
    properties={"span": "int", "version": "int", "split_names": "string"},
)
RUN = "run-7"


@dataclass(frozen=True)
class Answered:
    """What a BulkInferrer wrote.

    Attributes:
        predictions: The artifact of the tables.
        logs: The artifact of the logs.
    """

    predictions: Artifact
    logs: Artifact

    @property
    def files(self) -> list[Path]:
        """The files of the tables, in order."""
        return sorted(Path(self.predictions.uri).iterdir())

    @property
    def table(self) -> pa.Table:
        """All predictions."""
        return pa.concat_tables([read_parquet(file) for file in self.files])

    @property
    def records(self) -> list[bytes]:
        """All logs, serialized."""
        files = sorted(Path(self.logs.uri).iterdir())
        return [record for file in files for record in read_records(file)]


def rows_of(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Rows with an id, a name and the feature of the small models."""
    return [
        {"id": place, "name": f"n{place % 7}", "x": (place - count / 2) / 8}
        for place in range(first, first + count)
    ]


def write_examples(
    folder: Path, splits: Mapping[str, Sequence[Sequence[Row]]]
) -> Artifact:
    """An Examples artifact: the rows of each file of each split."""
    for split, files in splits.items():
        (folder / f"Split-{split}").mkdir(parents=True)
        for number, rows in enumerate(files):
            name = f"data_tfrecord-{number:05d}-of-{len(files):05d}.gz"
            path = folder / f"Split-{split}" / name
            write_records(path, [serialized(row) for row in rows])
    artifact = Artifact(_EXAMPLES, str(folder))
    artifact.split_names = "[" + ", ".join(f'"{name}"' for name in splits) + "]"
    return artifact


def model_artifact(uri: Path, **properties: str | int) -> Artifact:
    """A Model artifact with its SavedModel in `Format-Serving`."""
    kind = ArtifactType(name="Model", path=f"{_STANDARD}.Model")
    artifact = Artifact(kind, str(uri))
    for name, value in properties.items():
        if isinstance(value, int):
            artifact.set_int_custom_property(name, value)
        else:
            artifact.set_string_custom_property(name, value)
    return artifact


def simple_model(uri: Path, **options: Any) -> Path:
    """A model of one feature: `probability` is the logistic function of `x`."""
    write_model(uri / "Format-Serving", **options)
    return uri


def model_of_all_kinds(uri: Path, *, single_text: bool = True) -> Path:
    """A model with an output of each type and shape that there are.

    Args:
        uri: Folder of the artifact.
        single_text: Whether there is an output of one text a row, on which the
            stock component ends with an AttributeError.
    """
    module = tf.Module()
    spec = {"x": tf.io.FixedLenFeature([], tf.float32)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def served(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        x = tf.io.parse_example(examples, spec)["x"]
        word = tf.where(x > 0, "später", "früh")
        return {
            "one": x[:, None] * 2,
            "plain": x + 1,
            "vector": tf.stack([x, -x, x * x], 1),
            "matrix": tf.reshape(tf.stack([x, x + 1, x + 2, x + 3], 1), [-1, 2, 2]),
            "double": tf.cast(x, tf.float64) / 3,
            "doubles": tf.stack([tf.cast(x, tf.float64)] * 2, 1),
            "whole": tf.cast(x * 8, tf.int64),
            "small": tf.cast(x, tf.int32),
            "wholes": tf.stack([tf.cast(x * 8, tf.int64)] * 2, 1),
            "flag": x > 0,
            "flags": tf.stack([x > 0, x < 0], 1),
            "half": tf.cast(x, tf.float16),
            "word": word if single_text else word[:, None],
            "words": tf.stack([word, word], 1),
        }

    tf.saved_model.save(
        module, str(uri / "Format-Serving"), signatures={"serving_default": served}
    )
    return uri


def model_of_method(uri: Path, method: str, outputs: Sequence[str]) -> Path:
    """A model of the older kind, which classifies or regresses.

    Args:
        uri: Folder of the artifact.
        method: "classify" or "regress".
        outputs: Which of classes, scores and outputs it gives.
    """
    v1 = tf.compat.v1
    with v1.Session(graph=tf.Graph()) as session:
        examples = v1.placeholder(tf.string, [None], name="examples")
        spec = {"x": tf.io.FixedLenFeature([], tf.float32)}
        x = tf.io.parse_example(examples, spec)["x"]
        made = {
            "classes": tf.stack([tf.as_string(x), tf.as_string(-x)], 1),
            "scores": tf.stack([x, -x], 1),
            "outputs": x[:, None] * 3,
        }
        signature = v1.saved_model.signature_def_utils.build_signature_def(
            {"inputs": v1.saved_model.utils.build_tensor_info(examples)},
            {
                name: v1.saved_model.utils.build_tensor_info(made[name])
                for name in outputs
            },
            f"tensorflow/serving/{method}",
        )
        builder = v1.saved_model.Builder(str(uri / "Format-Serving"))
        builder.add_meta_graph_and_variables(
            session, ["serve"], signature_def_map={"serving_default": signature}
        )
        builder.save()
    return uri


def infer(
    folder: Path,
    examples: Artifact,
    model: Artifact | None,
    *,
    blessing: Artifact | None = None,
    context: Context | None = None,
    key: Sequence[str] = ("id",),
    **settings: Any,
) -> Answered:
    """What the work of a BulkInferrer writes below a folder."""
    kind = ArtifactType(name="InferenceResult", path=f"{_STANDARD}.InferenceResult")
    made = {
        name: Artifact(kind, str(folder / name))
        for name in (keys.PREDICTIONS, keys.INFERENCE_RESULT)
    }
    for one in made.values():
        Path(one.uri).mkdir(parents=True, exist_ok=True)
    inputs = {
        keys.EXAMPLES: [examples],
        keys.MODEL: [] if model is None else [model],
        keys.MODEL_BLESSING: [] if blessing is None else [blessing],
    }
    asked = Settings(key=key, **settings).as_properties()
    outputs = {name: [one] for name, one in made.items()}
    work.do(inputs, outputs, asked, context or Context(run=RUN))
    return Answered(made[keys.PREDICTIONS], made[keys.INFERENCE_RESULT])
