"""What the graph of a SavedModel says of a signature, without loading the model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_PREDICT = "tensorflow/serving/predict"


@dataclass(frozen=True)
class Signature:
    """A signature.

    Attributes:
        name: Its name.
        method: What TensorFlow Serving would do with it: predict, classify, regress.
        takes_records: Name of the one input if that takes serialized tf.Examples;
            None where it takes named features.
    """

    name: str
    method: str = _PREDICT
    takes_records: str | None = None


def read_signature(folder: str, name: str) -> Signature:
    """The signature of a SavedModel; one that nobody finds predicts.

    Args:
        folder: Folder with the graph.
        name: Name of the signature.
    """
    from tensorflow.core.framework import types_pb2
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel()
    binary = Path(folder) / "saved_model.pb"
    if binary.is_file():
        saved.ParseFromString(binary.read_bytes())
    else:
        from google.protobuf import text_format

        text_format.Parse(binary.with_suffix(".pbtxt").read_text(), saved)
    for graph in saved.meta_graphs:
        if name not in graph.signature_def:
            continue
        found = graph.signature_def[name]
        alias, only = next(iter(found.inputs.items()), ("", None))
        records = (
            only is not None
            and len(found.inputs) == 1
            and only.dtype == types_pb2.DT_STRING
            and len(only.tensor_shape.dim) <= 1
        )
        return Signature(name, found.method_name, alias if records else None)
    return Signature(name)
