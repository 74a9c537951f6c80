"""The features that a signature reads are seen in its SavedModel."""

from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf
from tests.explain import known_models
from tests.explain.known_models import SERVED, Served, write_known
from tests.serving.serving_models import write_model

from tidegate.errors import ComponentError
from tidegate.explain.signatures import Signatures


def test_each_signature_reads_what_it_parses(known: Path) -> None:
    signatures = Signatures(known)
    assert signatures.folder == known / "Format-Serving"
    assert signatures.names == ("serving_default", "transform_features")
    assert signatures.features("serving_default") == tuple(sorted(SERVED))
    assert signatures.features("transform_features") == ("answer", "mass")


@pytest.mark.parametrize("served", [known_models.one_by_one, known_models.one_op_each])
def test_every_way_of_parsing_is_seen(served: Served, tmp_path: Path) -> None:
    signatures = Signatures(write_known(tmp_path / "model", served))
    assert signatures.features("serving_default") == tuple(sorted(SERVED))


def test_sparse_and_ragged_features_are_seen(tmp_path: Path) -> None:
    @tf.function(input_signature=[known_models.RECORDS])
    def served(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        spec = {
            "dense": tf.io.FixedLenFeature([], tf.float32, 0.0),
            "sparse": tf.io.VarLenFeature(tf.int64),
            "ragged": tf.io.RaggedFeature(tf.string, value_key="texts"),
        }
        return {"found": tf.io.parse_example(examples, spec)["dense"]}

    folder = tmp_path / "model"
    tf.saved_model.save(tf.Module(), str(folder), signatures=served)
    found = Signatures(folder).features("serving_default")
    assert found == ("dense", "sparse", "texts")


def test_keys_that_are_no_constants_are_not_guessed(tmp_path: Path) -> None:
    def served(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        name = tf.strings.join(["we", tf.strings.substr(examples[0], 0, 0), "ak"])
        parsed = tf.raw_ops.ParseExampleV2(
            serialized=examples,
            names=[],
            sparse_keys=[],
            dense_keys=[name],
            ragged_keys=[],
            dense_defaults=[0.0],
            num_sparse=0,
            sparse_types=[],
            ragged_value_types=[],
            ragged_split_types=[],
            dense_shapes=[[]],
        )
        return {"found": parsed.dense_values[0]}

    signatures = Signatures(write_known(tmp_path / "model", served))
    assert signatures.features("serving_default") is None


def test_without_parsing_nothing_is_seen(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", takes_records=False)
    assert Signatures(folder).features("serving_default") is None


@pytest.mark.parametrize("content", [None, b"", b"\x12\x00", b"not a graph"], ids=str)
def test_what_is_no_model_is_refused(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "saved_model.pb").write_bytes(content)
    with pytest.raises(ComponentError, match="no model to explain") as told:
        Signatures(tmp_path)
    assert told.value.where == str(tmp_path)
