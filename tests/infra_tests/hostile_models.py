"""SavedModels that do harm, or fail, each in one way; made with TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import tensorflow as tf

FEATURES = {"x": tf.io.FixedLenFeature([], tf.float32, 0.0)}
Answer = Callable[[dict[str, tf.Tensor]], tf.Tensor]


def reads_a_file(given: Mapping[str, tf.Tensor]) -> tf.Tensor:
    length = tf.strings.length(tf.io.read_file("/etc/hostname"))
    return given["x"] + tf.cast(length, tf.float32)


def runs_python(given: Mapping[str, tf.Tensor]) -> tf.Tensor:
    answer = tf.py_function(lambda x: x * 2, [given["x"]], tf.float32)
    return tf.ensure_shape(answer, [None])


def runs_numpy(given: Mapping[str, tf.Tensor]) -> tf.Tensor:
    return tf.ensure_shape(
        tf.numpy_function(lambda x: x, [given["x"]], tf.float32), [None]
    )


def prints_to_a_file(given: Mapping[str, tf.Tensor]) -> tf.Tensor:
    with tf.control_dependencies(
        [tf.print(given["x"], output_stream="file:///tmp/tidegate-never")]
    ):
        return tf.identity(given["x"])


def never_ends(given: Mapping[str, tf.Tensor]) -> tf.Tensor:
    zero = tf.reduce_sum(given["x"]) * 0.0
    (end,) = tf.while_loop(lambda one: one < 1.0, lambda one: (one * 1.0,), (zero,))
    return given["x"] + end


def eats_memory(given: Mapping[str, tf.Tensor]) -> tf.Tensor:
    # In parts, of which each may be had.
    count = tf.cast(tf.reduce_sum(given["x"]) * 0.0, tf.int32) + 40
    parts = tf.map_fn(
        lambda at: tf.fill([2**27], tf.cast(at, tf.float32)),
        tf.range(count),
        fn_output_signature=tf.float32,
    )
    return given["x"] + parts[0, 0]


def answers_badly(given: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """Infinite at zero, another by the batch, and another every time."""
    of_the_batch = tf.reduce_sum(given["x"]) / given["x"]
    return of_the_batch + tf.random.uniform(tf.shape(given["x"]))


def computes(given: Mapping[str, tf.Tensor]) -> tf.Tensor:
    return tf.sigmoid(given["x"] * 2.0 + 1.0)


class WritesWhenLoaded(tf.saved_model.experimental.TrackableResource):  # type: ignore[misc]
    """A resource whose initialization, which every loader runs, writes a file."""

    def __init__(self, path: str) -> None:
        super().__init__(device="")
        self._path = path
        self._resource_handle = self._create_resource()

    def _create_resource(self) -> tf.Tensor:
        return tf.raw_ops.HashTableV2(
            key_dtype=tf.string, value_dtype=tf.int64, shared_name="written"
        )

    def _initialize(self) -> None:
        tf.io.write_file(self._path, "x")


def write(folder: Path, answer: Answer, *, written: Path | None = None) -> Path:
    """Writes a SavedModel over the float feature x.

    Args:
        folder: Where to.
        answer: From the features to the output.
        written: File that the model writes when it is loaded; None writes none.
    """
    module = tf.Module()
    module.bias = tf.Variable(0.0)
    if written is not None:
        module.resource = WritesWhenLoaded(str(written))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def served(rows: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"answer": answer(tf.io.parse_example(rows, FEATURES))}

    signatures = {"serving_default": served}
    tf.saved_model.save(module, str(folder), signatures=signatures)
    return folder


def write_with_vocabulary(folder: Path, words: Path) -> Path:
    """Writes a SavedModel that looks words up, as tf.Transform's graphs do."""
    words.write_text("a\nb\nc\n")
    module = tf.Module()
    module.table = tf.lookup.StaticVocabularyTable(
        tf.lookup.TextFileInitializer(
            str(words),
            tf.string,
            tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64,
            tf.lookup.TextFileIndex.LINE_NUMBER,
        ),
        num_oov_buckets=1,
    )
    spec = {"w": tf.io.VarLenFeature(tf.string)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def served(rows: tf.Tensor) -> dict[str, tf.Tensor]:
        found = tf.sparse.to_dense(tf.io.parse_example(rows, spec)["w"], "?")
        return {"answer": module.table.lookup(found[:, 0])}

    tf.saved_model.save(module, str(folder), signatures={"serving_default": served})
    return folder


def write_keras_attribute(folder: Path) -> Path:
    """Writes a SavedModel whose variables only `tf.saved_model.load` restores."""
    import keras

    given = keras.Input((1,))
    module = tf.Module()
    module.model = keras.Model(given, keras.layers.Dense(1, name="late")(given))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def served(rows: tf.Tensor) -> dict[str, tf.Tensor]:
        x = tf.io.parse_example(rows, FEATURES)["x"]
        return {"answer": module.model(x[:, None])}

    tf.saved_model.save(module, str(folder), signatures={"serving_default": served})
    return folder


def write_keras(folder: Path) -> Path:
    """Writes a SavedModel of Keras with the layers that people use."""
    import keras

    inputs = {
        "x": keras.Input((4,), name="x"),
        "w": keras.Input((), name="w", dtype="int64"),
    }
    hidden = keras.layers.Concatenate()(
        [inputs["x"], keras.layers.Embedding(7, 3)(inputs["w"])]
    )
    for layer in (
        keras.layers.Dense(4, activation="gelu"),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.5),
        keras.layers.Reshape((4, 1)),
        keras.layers.LSTM(3, return_sequences=True),
        keras.layers.Conv1D(2, 2),
        keras.layers.GlobalMaxPooling1D(),
        keras.layers.LayerNormalization(),
        keras.layers.Dense(1, activation="sigmoid", name="late"),
    ):
        hidden = layer(hidden)
    keras.Model(inputs, hidden).export(str(folder), verbose=False)
    return folder
