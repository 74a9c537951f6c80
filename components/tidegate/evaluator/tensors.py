"""Records as the tensors that TFMA makes of them: only the features that are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from tidegate.columnar.example_decoding import as_list, decode_columns

Tensors = Mapping[str, Any]
# Keras puts this behind the names of a model's inputs.
_KERAS_SUFFIX = "_input"


class Decoder:
    """Makes tensors of records.

    Args:
        features: Names of the features to make, of those that are there.
        schema: Schema that says which features there are and how they become
            tensors; None lets each batch say it.
    """

    def __init__(self, features: Iterable[str], schema: Any = None) -> None:
        self._features = list(dict.fromkeys(features))
        self._with_schema = None if schema is None else _WithSchema(schema, features)

    def decode(self, records: Sequence[bytes]) -> Tensors:
        """The features of serialized tf.Examples, as TFMA's tensor values."""
        from tensorflow_model_analysis.utils import util

        if not self._features:
            return {}
        if self._with_schema is not None:
            return self._with_schema.decode(records)
        found = decode_columns(records, self._features)
        held = {
            name: as_list(column)
            for name, column in found.items()
            if not pa.types.is_null(column.type)
        }
        batch = pa.RecordBatch.from_arrays(list(held.values()), list(held))
        tensors: Tensors = util.record_batch_to_tensor_values(batch, {})
        return tensors


class _WithSchema:
    """The same by a schema: only its features, as its representations say."""

    def __init__(self, schema: Any, features: Iterable[str]) -> None:
        from tfx_bsl.coders import example_coder
        from tfx_bsl.tfxio import tensor_representation_util as sources
        from tfx_bsl.tfxio import tf_example_record

        representations = tf_example_record.TFExampleBeamRecord(
            "tf", schema=schema
        ).TensorRepresentations()
        wanted = set(features)
        self._representations = {
            name: one for name, one in representations.items() if name in wanted
        }
        read = {
            step
            for one in self._representations.values()
            for path in sources.GetSourceColumnsFromTensorRepresentation(one)
            for step in path.steps()
        }
        pruned = type(schema)()
        pruned.CopyFrom(schema)
        del pruned.feature[:]
        pruned.feature.extend(one for one in schema.feature if one.name in read)
        self._names = {one.name for one in pruned.feature}
        self._decoder = example_coder.ExamplesToRecordBatchDecoder(
            pruned.SerializeToString()
        )

    def decode(self, records: Sequence[bytes]) -> Tensors:
        from tensorflow_model_analysis.utils import util

        if not self._names:
            return {}
        batch = self._decoder.DecodeBatch(list(records))
        tensors: Tensors = util.record_batch_to_tensor_values(
            batch, self._representations
        )
        return tensors


def input_features(names: Iterable[str]) -> list[str]:
    """Features that may be meant by the names of a model's inputs."""
    listed = list(names)
    short = [
        name[: -len(_KERAS_SUFFIX)] for name in listed if name.endswith(_KERAS_SUFFIX)
    ]
    return [*listed, *short]
