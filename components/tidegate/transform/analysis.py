"""Runs TFT's analysis of a preprocessing_fn in this process, without Beam.

TFT plans: it traces the function and builds a graph of operations in phases. A
phase writes a SavedModel of what can be computed so far, applies it to the data
and hands what comes out to analyzers, whose results are constants in the model
of the next phase. The plan, the models and the analyzers' arithmetic are TFT's;
here is only the pass over the data, one a phase, with all analyzers in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import tensorflow as tf
from tensorflow_transform import nodes
from tensorflow_transform.beam import analysis_graph_builder, beam_nodes, impl
from tfx_bsl.tfxio.tensor_adapter import TensorAdapterConfig

from tidegate.transform.accumulators import Accumulator, Elements
from tidegate.transform.operations import (
    ACCUMULATING,
    OPERATIONS,
    Surroundings,
    accumulator,
)
from tidegate.transform.saved_graph import SavedGraph, Tensors
from tidegate.transform.traced import Traced
from tidegate.transform.unsupported import Unsupported

Prepared: TypeAlias = "list[Any]"
Look: TypeAlias = "Callable[[pa.RecordBatch], Any]"
Pass: TypeAlias = "Callable[[Any, Look], Iterator[Any]]"
"""Makes something of every batch of a data set (a DatasetKey), in their order."""


@dataclass
class Analyzed:
    """What an analysis comes to.

    Attributes:
        model: Folder of the SavedModel of the whole preprocessing_fn.
        cache: Encoded accumulators of each data set, by their cache keys.
    """

    model: str
    cache: Mapping[Any, Mapping[bytes, list[bytes]]] = field(default_factory=dict)


def analyze(
    traced: Traced,
    adapter: TensorAdapterConfig,
    *,
    passing: Pass,
    data_sets: Sequence[Any],
    folder: str,
    with_cache: bool,
) -> Analyzed:
    """The transform graph, its analyzers' results filled in.

    Args:
        traced: The user's function, traced.
        adapter: How record batches become its inputs.
        passing: Goes over the data.
        data_sets: Keys of the data sets to analyze.
        folder: Folder for models and vocabularies.
        with_cache: Whether to give the accumulators as well.

    Raises:
        Unsupported: The plan has an operation that is not known here.
    """
    model, cache, _ = analysis_graph_builder.build(
        traced.graph,
        traced.inputs,
        traced.outputs,
        data_sets,
        cache_dict={} if with_cache else None,
    )
    wanted = [node for nodes_of in (cache or {}).values() for node in nodes_of.values()]
    plan = _Plan()
    walker = nodes.Traverser(plan)
    for node in (model, *wanted):
        walker.visit_value_node(node)
    runner = nodes.Traverser(_Runner(traced, adapter, plan, passing, data_sets, folder))
    (made,) = runner.visit_value_node(model)
    return Analyzed(
        made,
        {
            key: {name: runner.visit_value_node(node) for name, node in found.items()}
            for key, found in (cache or {}).items()
        },
    )


@dataclass(frozen=True)
class _Reading:
    """An operation that takes tensors of the data.

    Attributes:
        operation: The operation.
        source: Label of the application of a model whose outputs it takes.
        keys: Names of the tensors.
    """

    operation: Any
    source: str
    keys: tuple[str, ...]


class _Plan(nodes.Visitor):  # type: ignore[misc]
    """Finds which operations read the data, and what is not known here."""

    def __init__(self) -> None:
        self.readings: dict[str, list[_Reading]] = {}

    def visit(self, operation: Any, inputs: Any) -> Any:
        """Where the outputs of an operation come from: a model's label or None."""
        kind = type(operation)
        if kind is beam_nodes.ApplySavedModel:
            return ((operation.label, ()),)
        source, keys = next((found for found in inputs if found), (None, ()))
        if source is not None and kind is beam_nodes.ExtractFromDict:
            return ((source, operation.keys),)
        if kind in ACCUMULATING:
            if source is None:
                raise Unsupported(f"{kind.__name__} takes no data")
            reading = _Reading(operation, source, keys)
            self.readings.setdefault(source, []).append(reading)
            return (None,)
        if source is not None or kind not in _KNOWN:
            raise Unsupported(f"the analyzer {_name(operation)} runs on Beam only")
        return (None,) * operation.num_outputs

    def validate_value(self, value: Any) -> None:
        """Takes any."""


_KNOWN = {
    *OPERATIONS,
    beam_nodes.CreateSavedModel,
    beam_nodes.ExtractInputForSavedModel,
}


def _name(operation: Any) -> str:
    inner = getattr(operation, "ptransform", None)
    name = type(operation if inner is None else inner).__name__
    return f"{name} ({operation.label})"


@dataclass(frozen=True)
class _Data:
    """A data set, or the outputs of a model on it, not read yet."""

    key: Any
    model: str = ""


class _Runner(nodes.Visitor):  # type: ignore[misc]
    """Runs the operations of a plan."""

    def __init__(
        self,
        traced: Traced,
        adapter: TensorAdapterConfig,
        plan: _Plan,
        passing: Pass,
        data_sets: Sequence[Any],
        folder: str,
    ) -> None:
        self._traced = traced
        self._adapter = adapter
        self._plan = plan
        self._pass = passing
        self._data_sets = data_sets
        self._place = Surroundings(traced.graph, folder)
        self._gathered: dict[str, Elements] = {}

    def visit(self, operation: Any, inputs: Any) -> Any:
        """The outputs of an operation."""
        kind = type(operation)
        if kind is beam_nodes.ExtractInputForSavedModel:
            return (_Data(operation.dataset_key),)
        if kind is beam_nodes.CreateSavedModel:
            return ([self._saved(operation, inputs)],)
        if kind is beam_nodes.ApplySavedModel:
            (model,), data = inputs
            self._gather(operation.label, _Data(data.key, model))
            return (_Data(data.key, model),)
        if kind in ACCUMULATING:
            return (self._gathered[operation.label],)
        if any(isinstance(value, _Data) for value in inputs):
            return (inputs[0],)
        return OPERATIONS[kind](operation, inputs, self._place)

    def validate_value(self, value: Any) -> None:
        """Takes any."""

    def _saved(self, operation: Any, inputs: Sequence[Elements]) -> str:
        replaced = None
        if inputs:
            bound = [binding for (binding,) in inputs]
            replaced = impl._get_tensor_replacement_map(None, *bound)
        signature = operation.output_signature
        named = {}
        if all(isinstance(value, tf.Tensor) for value in signature.values()):
            named = {key: value.name for key, value in signature.items()}
        return self._traced.save(self._place.folder, replaced, named)

    def _gather(self, label: str, data: _Data) -> None:
        """Goes over the data once for all operations that read it."""
        readings = self._plan.readings.get(label, [])
        states = [accumulator(one.operation, one.keys) for one in readings]
        if states:
            graph = SavedGraph(data.model, self._adapter)
            for prepared in self._passes(data.key, _preparing(graph, states)):
                for state, part in zip(states, prepared, strict=True):
                    state.add(part)
        for one, state in zip(readings, states, strict=True):
            self._gathered[one.operation.label] = state.elements()

    def _passes(self, key: Any, look: Look) -> Iterable[Any]:
        keys = self._data_sets if key.is_flattened_dataset_key() else [key]
        for one in keys:
            yield from self._pass(one, look)


def _preparing(graph: SavedGraph, states: Sequence[Accumulator]) -> Look:
    def prepared(batch: pa.RecordBatch) -> Prepared:
        values = _as_arrays(graph(batch))
        return [state.prepare(values) for state in states]

    return prepared


def _as_arrays(tensors: Tensors) -> dict[str, Any]:
    return {
        key: np.asarray(value) if isinstance(value, tf.Tensor) else value
        for key, value in tensors.items()
    }
