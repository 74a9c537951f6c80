"""The user's preprocessing_fn, traced once and asked about as often as needed."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform import (
    analyzer_nodes,
    annotators,
    graph_context,
    graph_tools,
    impl_helper,
    nodes,
    schema_inference,
    tf2_utils,
)
from tensorflow_transform.beam import common as beam_common

from tidegate.transform.unsupported import Unsupported
from tidegate.transform.user_faults import demand_works

PreprocessingFn = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Traced:
    """A preprocessing_fn as a TensorFlow graph.

    Attributes:
        function: The function itself.
        specs: Type of each input.
        graph: The graph.
        inputs: The graph's inputs, by name.
        outputs: Its outputs, by name.
        folder: Folder for what tracing writes.
        asset_names: Vocabulary files by the names that the function gave them.
        fingerprint: What tells TFT that a later trace has the same analyzers.
    """

    function: PreprocessingFn
    specs: Mapping[str, tf.TypeSpec]
    graph: tf.Graph
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    folder: str
    asset_names: Mapping[str, str]
    fingerprint: Any

    def analyzed_columns(self) -> list[str]:
        """Columns that the analyzers read."""
        visitor = graph_tools.SourcedTensorsVisitor()
        for sink in self.graph.get_collection(analyzer_nodes.TENSOR_REPLACEMENTS):
            nodes.Traverser(visitor).visit_value_node(sink.future)
        # Inputs that a tf.function only checks are needed for it to run at all.
        _, checks = tf2_utils.strip_and_get_tensors_and_control_dependencies(
            tf.nest.flatten(self.outputs, expand_composites=True)
        )
        sources = list(itertools.chain(visitor.sourced_tensors, checks))
        return self._columns_of(sources)

    def transformed_columns(self) -> list[str]:
        """Columns that the outputs are made of."""
        return self._columns_of(self.outputs)

    def _columns_of(self, sources: Any) -> list[str]:
        return list(graph_tools.get_dependent_inputs(self.graph, self.inputs, sources))

    def save(
        self, folder: str, replaced: Mapping[str, Any] | None, named: Mapping[str, str]
    ) -> str:
        """Writes a SavedModel and gives its folder.

        Args:
            folder: Folder of the SavedModel's folder.
            replaced: Results of analyzers, by the tensors that stand for them.
            named: Tensors to give out instead of the function's outputs.
        """
        target = beam_common.get_unique_temp_path(folder)
        impl_helper.trace_and_write_v2_saved_model(
            target,
            self.function,
            self.specs,
            folder,
            self.fingerprint,
            replaced,
            dict(named),
            None,
        )
        return str(target)

    def schema(self) -> schema_pb2.Schema:
        """The schema of the outputs as far as it is known before any analysis."""
        context = graph_context.TFGraphContext(
            module_to_export=tf.Module(),
            temp_dir=self.folder,
            evaluated_replacements={},
        )
        metadata_fn = schema_inference.get_traced_metadata_fn(
            preprocessing_fn=self.function,
            structured_inputs=self.inputs,
            tf_graph_context=context,
            evaluate_schema_overrides=False,
        )
        return schema_inference.infer_feature_schema_v2(
            self.outputs, metadata_fn, evaluate_schema_overrides=False
        )


def trace(
    function: PreprocessingFn, specs: Mapping[str, tf.TypeSpec], folder: str
) -> Traced:
    """Traces a preprocessing_fn.

    Args:
        function: The function.
        specs: Type of each input.
        folder: Folder for temporary files.

    Raises:
        Unsupported: TFT would trace it for TensorFlow 1, or refuse it.
        UsageError: The function fails.
    """
    if tf2_utils.use_tf_compat_v1(False):
        raise Unsupported("the behaviour of TensorFlow 2 is switched off")
    os.makedirs(folder, exist_ok=True)
    try:
        graph, inputs, outputs = impl_helper.trace_preprocessing_function(
            function, specs, False, folder
        )
    except Exception as error:
        demand_works(error, function, specs)
        raise
    if not specs or not isinstance(outputs, dict) or not outputs:
        raise Unsupported("preprocessing_fn has no inputs or no outputs")
    if graph.get_collection(tf.compat.v1.GraphKeys.TRAINABLE_VARIABLES):
        raise Unsupported("preprocessing_fn has trainable variables")
    names = annotators.get_asset_annotations(graph)
    annotators.clear_asset_annotations(graph)
    # Taken before the analyzers leave the graph's collections.
    fingerprint = graph_tools.get_analyzers_fingerprint(graph, inputs)
    return Traced(function, specs, graph, inputs, outputs, folder, names, fingerprint)
