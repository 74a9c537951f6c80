"""A SavedModel in this process, called on serialized tf.Examples.

The way of TensorFlow Serving's Classify and Predict: a signature with one input
of strings gets the records; one with named inputs gets the features of these
names.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tidegate.columnar.example_decoding import decode_columns
from tidegate.errors import ComponentError
from tidegate.saved_model.loadable import demand_safe_operations
from tidegate.training.features import Feature
from tidegate.training.rows import to_rows

Array = npt.NDArray[Any]
SERVING_DEFAULT = "serving_default"


class Predictor:
    """One signature of a SavedModel.

    Attributes:
        signature: Its name.
        features: Names of its inputs; empty where it takes serialized examples.
        outputs: Names of its outputs, sorted.

    Args:
        folder: Folder with `saved_model.pb`.
        signature: Name of the signature.
        allow_ops: Operations that the model may have although they do more than
            compute, because somebody answers for them.

    Raises:
        SecurityError: It has operations or files for which it is not loaded.
        ComponentError: The model cannot be loaded, or has no such signature, or
            one that takes something else than rows.
    """

    def __init__(
        self,
        folder: str,
        signature: str = SERVING_DEFAULT,
        allow_ops: Collection[str] = (),
    ) -> None:
        demand_safe_operations(folder, allow_ops)
        import tensorflow as tf

        self.signature = signature
        try:
            # Kept: a signature holds its variables weakly.
            self._model = tf.saved_model.load(str(folder))
        except Exception as error:  # TensorFlow raises types of its own.
            raise _unloadable(folder, error) from error
        signatures = getattr(self._model, "signatures", {})
        if signature not in signatures:
            raise ComponentError(
                f"the model has no signature {signature!r}",
                where=str(folder),
                expected=f"a SavedModel with the signature {signature!r}",
                got=", ".join(sorted(signatures)) or "no signature",
                fix="export it with tf.saved_model.save(…, signatures={…})",
            )
        self._function = signatures[signature]
        self._inputs = dict(self._function.structured_input_signature[1])
        self.outputs = tuple(sorted(self._function.structured_outputs))
        only = next(iter(self._inputs.values())) if len(self._inputs) == 1 else None
        self._takes_records = only is not None and _is_batch_of_texts(only, tf)
        self.features = () if self._takes_records else tuple(sorted(self._inputs))

    def predict(self, records: Sequence[bytes]) -> dict[str, Array]:
        """The outputs for a batch: name to an array with one line a record.

        Args:
            records: Serialized tf.Examples, at least one.

        Raises:
            ComponentError: The model does not take them.
        """
        import tensorflow as tf

        try:
            given = {
                name: tf.constant(values, dtype=self._inputs[name].dtype)
                for name, values in self.given(records).items()
            }
            found = self._function(**given)
        except (tf.errors.OpError, UnicodeDecodeError) as error:
            # Its text may show a record; with bytes in it, it is no text at all.
            raise ComponentError(
                "the model does not take the examples",
                where=f"signature {self.signature!r}",
                got=type(error).__name__,
                fix="check that it is served with the features it was trained on",
            ) from None
        return {name: np.asarray(value) for name, value in found.items()}

    def given(self, records: Sequence[bytes]) -> dict[str, Any]:
        """What the signature gets for a batch: name of an input to its values."""
        if self._takes_records:
            (name,) = self._inputs
            return {name: list(records)}
        import pyarrow as pa
        import tensorflow as tf

        columns = decode_columns(list(records), list(self.features))
        table = pa.table(dict(columns))
        wanted = tuple(
            Feature(name, name, _kind(spec.dtype, tf), tuple(spec.shape[1:]))
            for name, spec in sorted(self._inputs.items())
        )
        rows = to_rows(table, wanted)
        return {name: rows[name].flat for name in self._inputs}


def _is_batch_of_texts(spec: Any, tf: Any) -> bool:
    return bool(spec.dtype == tf.string and spec.shape.rank == 1)


def _kind(dtype: Any, tf: Any) -> str:
    if dtype == tf.string:
        return "bytes"
    return "int64" if dtype.is_integer else "float"


def _unloadable(folder: str, error: Exception) -> ComponentError:
    said = (str(error).splitlines() or [""])[0][:300]
    return ComponentError(
        "the model cannot be loaded",
        where=str(folder),
        expected="a SavedModel",
        got=f"{type(error).__name__}: {said}",
        fix="export it with tf.saved_model.save",
    )
