"""A session may round otherwise than `tf.saved_model.load`, but not restore so."""

from __future__ import annotations

from pathlib import Path

import keras
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tests.serving.serving_models import serialized

from tidegate import training
from tidegate.columnar.tf_record import write_records
from tidegate.infra_tests.check import Subject, check
from tidegate.infra_tests.settings import Settings
from tidegate.report.model import Outcome, TestResult

FLOATS = ("float32", "mixed_float16", "mixed_bfloat16")


def write(folder: Path, policy: str) -> None:
    keras.utils.set_random_seed(1)
    flow = given = keras.Input((4,))
    for _ in range(3):
        flow = keras.layers.Dense(64, activation="gelu", dtype=policy)(flow)
        flow = keras.layers.LayerNormalization(dtype=policy)(flow)
    model = keras.Model(given, keras.layers.Dense(1, dtype="float32")(flow))
    exported = tf.Module()
    exported.model = training.model_layer(model)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def served(x: tf.Tensor) -> dict[str, tf.Tensor]:
        waves = [tf.sin(x * rate) for rate in (1.0, 3.0, 7.0, 11.0)]
        return {"score": exported.model(tf.stack(waves, axis=1))}

    tf.saved_model.save(exported, str(folder), {"serving_default": served})


def restore_other_values(folder: Path) -> None:
    """Makes a session restore the kernels of two layers to each other."""
    path = folder / "saved_model.pb"
    saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    names = dict(tf.train.list_variables(str(folder / "variables" / "variables")))
    one, other = (name for name, shape in names.items() if shape == [64, 64])
    swap = {one.encode(): other.encode(), other.encode(): one.encode()}
    swapped = 0
    for function in saved.meta_graphs[0].graph_def.library.function:
        for node in function.node_def:
            if node.name == "RestoreV2/tensor_names":
                texts = node.attr["value"].tensor.string_val
                texts[:] = [swap.get(text, text) for text in texts]
                swapped += 1
    assert swapped == 1
    path.write_bytes(saved.SerializeToString())


def result_of_server(tmp_path: Path) -> TestResult:
    (tmp_path / "examples" / "Split-eval").mkdir(parents=True)
    rows = [serialized({"x": at / 10}) for at in range(60)]
    write_records(tmp_path / "examples" / "Split-eval" / "data.gz", rows)
    subject = Subject(tmp_path / "model", examples=tmp_path / "examples")
    (found,) = (
        one for one in check(subject, Settings()).results if one.test == "server"
    )
    return found


@pytest.mark.parametrize("policy", FLOATS)
def test_a_sound_model_passes_whatever_it_computes_in(
    policy: str, tmp_path: Path
) -> None:
    write(tmp_path / "model", policy)

    found = result_of_server(tmp_path)

    assert found.outcome is Outcome.PASSED, found.observed
    assert policy.removeprefix("mixed_") in found.expectation or policy == "float32"


@pytest.mark.parametrize("policy", FLOATS[1:])
def test_a_model_that_a_session_restores_otherwise_fails(
    policy: str, tmp_path: Path
) -> None:
    write(tmp_path / "model", policy)
    restore_other_values(tmp_path / "model")

    found = result_of_server(tmp_path)

    assert found.outcome is Outcome.FAILED
    assert "other answers" in found.observed
    assert "compare" in str(found.fix)
