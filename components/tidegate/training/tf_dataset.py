"""A `tf.data.Dataset` of a split, read once and cut into batches of whole arrays.

It stands for `fn_args.data_accessor.tf_dataset_factory`, which parses every
record again in every epoch. TensorFlow is imported by the functions.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tidegate.training import batches, source
from tidegate.training import rows as arrays
from tidegate.training.features import Feature, NotCovered, read_features
from tidegate.training.rows import Rows, Values

if TYPE_CHECKING:
    import tensorflow as tf
    from tensorflow_metadata.proto.v0 import schema_pb2
    from tfx.components import FnArgs

_LOG = logging.getLogger("tidegate.training")
HELD_BYTES = 256 * 2**20
# A pool is joined, mixed and cut, and so held some three times over.
_POOL_SHARE = 4
_SEEDS = 2**32


def dataset(
    fn_args: FnArgs,
    files: Sequence[str],
    schema: schema_pb2.Schema,
    *,
    batch_size: int,
    shuffle: bool = True,
    shuffle_seed: int | None = None,
    num_epochs: int | None = 1,
    drop_final_batch: bool = False,
    label_key: str | None = None,
    held_bytes: int = HELD_BYTES,
) -> tf.data.Dataset:
    """The examples in batches, as `tf_dataset_factory` gives them, but sooner.

    The arguments are called as in `tfxio.TensorFlowDatasetOptions`, and tensors
    have the same keys, types and shapes. Examples that it cannot read go to
    `fn_args.data_accessor`, and a line in the log says why.

    Args:
        fn_args: From the Trainer.
        files: `fn_args.train_files` or `fn_args.eval_files`.
        schema: Of the examples; for transformed ones that of their metadata.
        batch_size: Examples in a batch.
        shuffle: True gives all examples a new order in every epoch.
        shuffle_seed: Decides the orders. None draws one from Python's `random`,
            which `keras.utils.set_random_seed` makes repeatable.
        num_epochs: Times that one iteration passes over the examples; None
            goes on for ever.
        drop_final_batch: True leaves out a last batch that is not full.
        label_key: Gives pairs of features and this label; None gives features.
        held_bytes: Examples up to this size stay in memory. More are read again
            in every epoch, and shuffled among as many of them as fit.

    Raises:
        DataError: A file cannot be read whole, or a value is not as the schema
            says.
    """
    seed = _seed(shuffle_seed) if shuffle else None
    try:
        features = _features(schema)
        splits = source.find_splits(files)
    except NotCovered as reason:
        _LOG.info("the stock reader reads the examples: %s", reason)
        options = _options(
            batch_size=batch_size,
            drop_final_batch=drop_final_batch,
            num_epochs=num_epochs,
            shuffle=shuffle,
            shuffle_seed=shuffle_seed,
            label_key=label_key,
        )
        return fn_args.data_accessor.tf_dataset_factory(list(files), options, schema)
    held = source.hold(splits, features, held_bytes)
    rows = None if held is None else arrays.count(held)
    epoch = 0

    def begin() -> Iterator[Rows]:
        """Each iteration goes on with the epochs where the last one began."""
        nonlocal epoch
        numbers = batches.epochs_from(epoch, num_epochs)
        epoch += num_epochs or 1
        if held is not None:
            return batches.held_batches(held, batch_size, numbers, seed)
        return batches.streamed_batches(
            lambda: source.read(splits, features),
            batch_size,
            numbers,
            seed,
            held_bytes // _POOL_SHARE,
        )

    drop = drop_final_batch or num_epochs is None
    made = _from_batches(begin, features, batch_size if drop else None, label_key)
    return _with_size(made, rows, batch_size, num_epochs, drop)


def _features(schema: schema_pb2.Schema) -> tuple[Feature, ...]:
    from tfx_bsl.tfxio import tensor_representation_util as stock

    given = stock.InferTensorRepresentationsFromMixedSchema(schema)
    features = read_features(given, {one.name: one.type for one in schema.feature})
    if not features:
        raise NotCovered("the schema has no features")
    return features


def _options(**options: Any) -> Any:
    from tfx_bsl.public import tfxio

    return tfxio.TensorFlowDatasetOptions(**options)


def _seed(given: int | None) -> int:
    return random.randrange(_SEEDS) if given is None else given


def _from_batches(
    begin: Callable[[], Iterator[Rows]],
    features: Sequence[Feature],
    full: int | None,
    label_key: str | None,
) -> tf.data.Dataset:
    """The batches as tensors; `full` leaves out those of another size."""
    import tensorflow as tf

    def generate() -> Iterator[dict[str, Any]]:
        for batch in begin():
            if full is None or arrays.count(batch) == full:
                yield {name: _parts(values) for name, values in batch.items()}

    def tensors(batch: Mapping[str, Any]) -> Any:
        made = {
            one.name: batch[one.name] if one.is_dense else _sparse(*batch[one.name])
            for one in features
        }
        return made if label_key is None else (made, made.pop(label_key))

    signature = {one.name: _signature(one, full) for one in features}
    made = tf.data.Dataset.from_generator(generate, output_signature=signature)
    return made.map(tensors).prefetch(tf.data.AUTOTUNE)


def _parts(values: Values) -> Any:
    if values.lengths is None:
        return values.flat
    return values.flat, values.lengths


def _signature(feature: Feature, full: int | None) -> Any:
    import tensorflow as tf

    kinds = {"int64": tf.int64, "float": tf.float32, "bytes": tf.string}
    kind = kinds[feature.kind]
    if feature.shape is not None:
        return tf.TensorSpec([full, *feature.shape], kind)
    return tf.TensorSpec([None], kind), tf.TensorSpec([full], tf.int64)


def _sparse(flat: tf.Tensor, lengths: tf.Tensor) -> tf.SparseTensor:
    import tensorflow as tf

    # The values come from our own arrays: checking them would cost and find nothing.
    ragged = tf.RaggedTensor.from_row_lengths(flat, lengths, validate=False)
    return ragged.to_sparse()


def _with_size(
    made: tf.data.Dataset,
    rows: int | None,
    batch_size: int,
    num_epochs: int | None,
    drop: bool,
) -> tf.data.Dataset:
    """The data set with its number of batches, where that is known."""
    import tensorflow as tf

    if num_epochs is None:
        size = tf.data.INFINITE_CARDINALITY
    elif rows is None:
        return made
    else:
        whole, rest = divmod(rows * num_epochs, batch_size)
        size = whole + (1 if rest and not drop else 0)
    return made.apply(tf.data.experimental.assert_cardinality(size))
