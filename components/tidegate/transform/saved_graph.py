"""A SavedModel of a transform, applied to Arrow batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import pyarrow as pa
from tensorflow_transform.saved import saved_transform_io_v2
from tfx_bsl.tfxio.tensor_adapter import TensorAdapter, TensorAdapterConfig

Tensors: TypeAlias = Mapping[str, Any]


class SavedGraph:
    """A transform graph that takes record batches; several threads may call it.

    Args:
        folder: Folder of the SavedModel.
        adapter: How batches become the graph's inputs.
    """

    def __init__(self, folder: str, adapter: TensorAdapterConfig) -> None:
        self._adapter = TensorAdapter(adapter)
        loader = saved_transform_io_v2.SavedModelLoader(folder)
        outputs = set(loader.structured_outputs)
        loader.finalize(set(adapter.tensor_representations), outputs)
        self._apply = loader.apply_transform_model

    def __call__(self, batch: pa.RecordBatch) -> Tensors:
        """The outputs of the graph on a batch."""
        inputs = self._adapter.ToBatchTensors(batch, produce_eager_tensors=True)
        outputs: Tensors = self._apply(inputs)
        return outputs
