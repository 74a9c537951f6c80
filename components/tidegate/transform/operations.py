"""TFT's analysis operations, each as a function of lists of elements.

TFT describes an analysis as a graph of operations and implements each by a Beam
transform. Here each is a plain function that takes and gives what would be the
elements of the transform's collections. Combiners and formulas are TFT's own.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf
from tensorflow_transform import analyzer_nodes, analyzers, tf_utils
from tensorflow_transform.beam import analyzer_impls, beam_nodes, impl

from tidegate.transform import vocabularies
from tidegate.transform.accumulators import (
    Accumulator,
    ByKey,
    Combined,
    Counted,
    Elements,
    Folded,
    Packed,
    Sums,
)

Outputs: TypeAlias = tuple[Elements, ...]
_Ordering = analyzers._VocabOrderingType


@dataclass(frozen=True)
class Surroundings:
    """What operations need besides their inputs.

    Attributes:
        graph: The traced preprocessing_fn.
        folder: Folder for vocabularies.
    """

    graph: tf.Graph
    folder: str


Operation: TypeAlias = Callable[[Any, Sequence[Elements], Surroundings], Outputs]


def accumulator(operation: Any, keys: Sequence[str]) -> Accumulator:
    """The accumulator of an operation that reads the data.

    Args:
        operation: One of `ACCUMULATING`.
        keys: Names of the tensors that it takes; of no account for packed ones,
            which name their own.
    """
    if isinstance(operation, analyzer_nodes.PackedCombineAccumulate):
        return Packed(
            {one.label: Combined(one.combiner, one.keys) for one in operation.combiners}
        )
    if isinstance(operation, analyzer_nodes.CacheableCombineAccumulate):
        return Combined(operation.combiner, keys)
    if isinstance(operation, analyzer_nodes.CacheableCombinePerKeyAccumulate):
        wrapped = analyzer_impls._CombinerWrapper(operation.combiner, False)
        return ByKey(keys, analyzer_impls._split_inputs_by_key, wrapped)
    return _vocabulary(operation.vocab_ordering_type, keys)


ACCUMULATING = (
    analyzer_nodes.PackedCombineAccumulate,
    analyzer_nodes.CacheableCombineAccumulate,
    analyzer_nodes.CacheableCombinePerKeyAccumulate,
    analyzer_nodes.VocabularyAccumulate,
)


def _vocabulary(ordering: Any, keys: Sequence[str]) -> Accumulator:
    if ordering == _Ordering.FREQUENCY:
        return Counted(keys[0])
    if ordering == _Ordering.WEIGHTED_FREQUENCY:
        split = analyzer_impls._flatten_value_and_weights_to_list_of_tuples
        return ByKey(keys, split, Sums())
    if ordering == _Ordering.WEIGHTED_LABELS:
        split = analyzer_impls._flatten_value_and_labeled_weights_to_list_of_tuples
        return ByKey(keys, split, Folded(analyzer_impls.sum_labeled_weights))
    weighted = ordering == _Ordering.WEIGHTED_MUTUAL_INFORMATION
    split = functools.partial(
        analyzer_impls._flatten_to_key_and_means_accumulator_list,
        compute_weighted=weighted,
    )
    return ByKey(keys, split, _means(weighted))


def _means(weighted: bool) -> Any:
    return analyzer_impls._WeightedMeanCombineFn(
        output_shape=(None,), compute_weighted=weighted
    )


def _merge(operation: Any, inputs: Sequence[Elements], _: Surroundings) -> Outputs:
    wrapped = analyzer_impls._CombinerWrapper(operation.combiner, True)
    return (_combined(wrapped, inputs[0]),)


def _merge_packed(
    operation: Any, inputs: Sequence[Elements], _: Surroundings
) -> Outputs:
    wrapped = analyzer_impls._PackedCombinerWrapper(operation.combiners, True)
    return (_combined(wrapped, inputs[0]),)


def _combined(combine: Any, elements: Elements) -> Elements:
    state = combine.create_accumulator()
    for element in elements:
        state = combine.add_input(state, element)
    return [combine.extract_output(state)]


def _merge_by_key(
    operation: Any, inputs: Sequence[Elements], _: Surroundings
) -> Outputs:
    wrapped = analyzer_impls._CombinerWrapper(operation.combiner, True)
    return (list(vocabularies.merged(inputs[0], wrapped).items()),)


def _format_keys(
    operation: Any, inputs: Sequence[Elements], _: Surroundings
) -> Outputs:
    infos = operation.combiner.output_tensor_infos()
    dtypes = [info.dtype for info in infos]
    tagged = analyzer_impls._merge_outputs_by_key(inputs[0], dtypes)
    return _by_tag(tagged, ["key", *map(str, range(len(dtypes)))])


def _format_large(_: Any, inputs: Sequence[Elements], __: Surroundings) -> Outputs:
    text = tf.compat.as_str_any
    return ([(text(",".join(map(text, value))), key) for key, value in inputs[0]],)


def _flatten_boundaries(
    operation: Any, inputs: Sequence[Elements], _: Surroundings
) -> Outputs:
    rows = [analyzer_impls._join_boundary_rows(matrix) for matrix in inputs[0]]
    return tuple([row[place] for row in rows] for place in range(operation.num_outputs))


def _by_tag(tagged: Any, tags: Sequence[str]) -> Outputs:
    found: dict[str, Elements] = {tag: [] for tag in tags}
    for output in tagged:
        found[output.tag].append(output.value)
    return tuple(found.values())


def _extract_outputs(
    operation: Any, inputs: Sequence[Elements], _: Surroundings
) -> Outputs:
    return tuple(
        [outputs[place] for outputs in inputs[0]]
        for place in range(operation.num_outputs)
    )


def _extract(operation: Any, inputs: Sequence[Elements], _: Surroundings) -> Outputs:
    keys = operation.keys
    if isinstance(keys, tuple):
        return ([tuple(values[key] for key in keys) for values in inputs[0]],)
    return ([values[keys] for values in inputs[0]],)


def _flatten(_: Any, inputs: Sequence[Elements], __: Surroundings) -> Outputs:
    return ([element for elements in inputs for element in elements],)


def _flatten_lists(_: Any, inputs: Sequence[Elements], __: Surroundings) -> Outputs:
    return ([element for elements in inputs[0] for element in elements],)


def _add_key(operation: Any, inputs: Sequence[Elements], _: Surroundings) -> Outputs:
    return ([(operation.key, element) for element in inputs[0]],)


def _encode(operation: Any, inputs: Sequence[Elements], _: Surroundings) -> Outputs:
    return ([operation.coder.encode_cache(element) for element in inputs[0]],)


def _reserved(operation: Any, _: Sequence[Elements], place: Surroundings) -> Outputs:
    return ([[tf_utils.fetch_vocabulary_reserved_tokens(place.graph, operation.name)]],)


def _bind(operation: Any, inputs: Sequence[Elements], _: Surroundings) -> Outputs:
    (value,) = inputs[0]
    bound = impl._TensorBinding(
        value, operation.tensor_name, operation.dtype_enum, operation.is_asset_filepath
    )
    return ([bound],)


def _merge_vocabulary(
    operation: Any, inputs: Sequence[Elements], _: Surroundings
) -> Outputs:
    ordering = operation.vocab_ordering_type
    weighted = ordering == _Ordering.WEIGHTED_MUTUAL_INFORMATION
    if weighted or ordering == _Ordering.MUTUAL_INFORMATION:
        return (_by_information(operation, inputs[0], weighted),)
    labeled = ordering == _Ordering.WEIGHTED_LABELS
    combine = Folded(analyzer_impls.sum_labeled_weights) if labeled else Sums()
    merged = vocabularies.merged(inputs[0], combine)
    return ([(rank, token) for token, rank in merged.items()],)


def _by_information(
    operation: Any, elements: Elements, weighted: bool
) -> vocabularies.Ranked:
    least = operation.min_diff_from_avg

    def least_difference(every: Any) -> Any:
        if least is not None:
            return least
        rows = every.count * every.weight
        return analyzers.calculate_recommended_min_diff_from_avg(rows)

    return vocabularies.mutual_information(
        vocabularies.merged(elements, _means(weighted)),
        sentinels=(
            tf_utils.GLOBAL_Y_COUNT_SENTINEL_STRING,
            tf_utils.GLOBAL_Y_COUNT_SENTINEL_INT,
        ),
        least_difference=least_difference,
        information=analyzer_impls._calculate_mutual_information_for_feature_value,
        adjusted=operation.use_adjusted_mutual_info,
    )


def _prune(operation: Any, inputs: Sequence[Elements], _: Surroundings) -> Outputs:
    _demand_counts(operation)
    common = {
        "as_token": _as_token(operation.input_dtype),
        "dummy": analyzers.get_empy_vocabulary_dummy_value(operation.input_dtype),
    }
    kept = vocabularies.pruned(
        inputs[0],
        frequency=operation.frequency_threshold,
        informativeness=operation.informativeness_threshold,
        top_k=operation.top_k,
        key_of=None,
        **common,
    )
    if not operation.key_fn:
        return (kept,)
    covering = vocabularies.pruned(
        inputs[0],
        frequency=operation.coverage_frequency_threshold,
        informativeness=operation.coverage_informativeness_threshold,
        top_k=operation.coverage_top_k,
        key_of=operation.key_fn,
        **common,
    )
    return (list(dict.fromkeys(kept + covering)),)


def _demand_counts(operation: Any) -> None:
    for name in (
        "top_k",
        "frequency_threshold",
        "coverage_top_k",
        "coverage_frequency_threshold",
    ):
        value = getattr(operation, name)
        if value is not None and value < 0:
            raise ValueError(f"{name} of a vocabulary should be >= 0, got {value}")


def _as_token(dtype: str) -> Callable[[Any], Any]:
    if dtype == tf.string.name:
        return lambda token: token
    return lambda token: tf.compat.as_bytes(tf.compat.as_str_any(token))


def _count_vocabulary(_: Any, inputs: Sequence[Elements], __: Surroundings) -> Outputs:
    # An empty vocabulary is written with one token that stands for none.
    return ([np.int64(max(len(inputs[0]), 1))],)


def _write_vocabulary(
    operation: Any, inputs: Sequence[Elements], place: Surroundings
) -> Outputs:
    reserved = (
        [token for (found,) in inputs[1] for token in found] if inputs[1:] else None
    )
    pairs = vocabularies.ordered(
        inputs[0],
        shuffled=operation.fingerprint_shuffle,
        is_sorted=operation.input_is_sorted,
        reserved=reserved,
        dummy=analyzers.get_empy_vocabulary_dummy_value(operation.input_dtype),
    )
    entries = vocabularies.lines(
        pairs, with_rank=operation.store_frequency, as_text=tf.compat.as_str_any
    )
    path = os.path.join(place.folder, operation.vocab_filename)
    if operation.file_format == "text":
        vocabularies.write_text(Path(path), entries)
    else:
        path += ".tfrecord.gz"
        with tf.io.TFRecordWriter(path, "GZIP") as writer:
            for entry in entries:
                writer.write(entry)
    return ([np.array(path)],)


OPERATIONS: dict[type, Operation] = {
    beam_nodes.CreateTensorBinding: _bind,
    beam_nodes.ExtractFromDict: _extract,
    beam_nodes.Flatten: _flatten,
    analyzer_nodes.AddKey: _add_key,
    analyzer_nodes.CacheableCombineMerge: _merge,
    analyzer_nodes.CacheableCombinePerKeyFormatKeys: _format_keys,
    analyzer_nodes.CacheableCombinePerKeyFormatLarge: _format_large,
    analyzer_nodes.CacheableCombinePerKeyMerge: _merge_by_key,
    analyzer_nodes.EncodeCache: _encode,
    analyzer_nodes.ExtractCombineMergeOutputs: _extract_outputs,
    analyzer_nodes.ExtractPackedCombineMergeOutputs: _extract_outputs,
    analyzer_nodes.ExtractVocabularyReservedTokens: _reserved,
    analyzer_nodes.FlattenLists: _flatten_lists,
    analyzer_nodes.PackedCombineMerge: _merge_packed,
    analyzer_nodes.ScaleAndFlattenPerKeyBucketBouandaries: _flatten_boundaries,
    analyzer_nodes.VocabularyCount: _count_vocabulary,
    analyzer_nodes.VocabularyMerge: _merge_vocabulary,
    analyzer_nodes.VocabularyOrderAndWrite: _write_vocabulary,
    analyzer_nodes.VocabularyPrune: _prune,
}
"""What each operation of TFT's does that reads no data itself."""
