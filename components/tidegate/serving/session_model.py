"""A SavedModel as a model server has it: a graph, and variables restored to it.

TensorFlow Serving and tfx-bsl's RunInference import the graph of a SavedModel into
a session, restore the checkpoint and run the initialization. What
`tf.saved_model.load` makes of the objects of a model plays no part in that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tidegate.errors import ComponentError
from tidegate.saved_model.loadable import demand_safe_operations

Array = npt.NDArray[Any]
_SERVE = "serve"
_NARROW = ("bfloat16", "float16")  # the narrowest first
_VARIABLE = re.compile(r"Could not find variable (\S+?)\. ")


class SessionModel:
    """A SavedModel in a session, to be used in a `with` statement.

    Attributes:
        narrowest: The float type with the fewest digits that its graph computes in.

    Args:
        folder: Folder with `saved_model.pb`.
        allow_ops: Operations that somebody answers for.

    Raises:
        SecurityError: It has operations or files for which it is not loaded.
        ComponentError: It cannot be loaded so.
    """

    def __init__(self, folder: str, allow_ops: Collection[str] = ()) -> None:
        demand_safe_operations(folder, allow_ops)
        import tensorflow as tf

        self._errors = tf.errors.OpError
        v1 = tf.compat.v1
        self._session = v1.Session(graph=tf.Graph())
        try:
            loaded = v1.saved_model.load(self._session, [_SERVE], str(folder))
        except Exception as error:  # TensorFlow raises types of its own.
            self._session.close()
            raise _failed("a session cannot load it", error) from None
        self._signatures = loaded.signature_def
        self.narrowest = _narrowest(loaded.graph_def)

    def __enter__(self) -> SessionModel:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def run(self, signature: str, inputs: Mapping[str, Any]) -> dict[str, Array]:
        """The outputs of a signature, by name.

        Args:
            signature: Its name.
            inputs: Name of each input to its values.

        Raises:
            ComponentError: It has no such signature, or does not answer.
        """
        if signature not in self._signatures:
            raise ComponentError(f"a session has no signature {signature!r}")
        asked = self._signatures[signature]
        fetched = {name: one.name for name, one in asked.outputs.items()}
        try:
            fed = {asked.inputs[name].name: values for name, values in inputs.items()}
            found = self._session.run(fetched, fed)
        except (self._errors, KeyError, TypeError, ValueError) as error:
            raise _failed("a session does not answer", error) from None
        return {name: np.asarray(values) for name, values in found.items()}


def _narrowest(graph: Any) -> str:
    import tensorflow as tf

    within = [graph.node, *(one.node_def for one in graph.library.function)]
    used = {
        value.type for nodes in within for node in nodes for value in node.attr.values()
    }
    narrow = (name for name in _NARROW if tf.as_dtype(name).as_datatype_enum in used)
    return next(narrow, "float32")


def _failed(what: str, error: Exception) -> ComponentError:
    # Its text may show a record; a variable's name shows none.
    variable = _VARIABLE.search(str(error))
    got = f"nothing restores the variable {variable[1]}" if variable else None
    return ComponentError(
        what,
        expected="a model that TensorFlow Serving answers with",
        got=got or type(error).__name__,
        fix="hold a Keras model by training.model_layer(model) in the module that is "
        "saved, and what else signatures read as attributes of it",
    )
