"""Models as TFMA loads and calls them, on batches of any size.

TFMA's own extractor chooses the signature, and whether it is given records or
features; here it is called in process, without Beam around it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tidegate.evaluator.not_covered import NotCovered
from tidegate.evaluator.request import ModelFile
from tidegate.evaluator.tensors import Tensors, input_features

Extracts = dict[str, Any]
_KERAS = "tf_keras"
# What TFMA tries to call on a model that names no preprocessing function.
_DEFAULT_PREPROCESSING = ("transformed_features", "transformed_labels")


class Models:
    """The models of an evaluation, loaded.

    Args:
        files: The SavedModels.
        config: TFMA's EvalConfig.

    Raises:
        NotCovered: One of them brings metrics of its own.
    """

    def __init__(self, files: Sequence[ModelFile], config: Any) -> None:
        import tensorflow_model_analysis as tfma
        from tensorflow_model_analysis.utils import model_util

        shared = [
            tfma.default_eval_shared_model(
                eval_saved_model_path=one.path,
                model_name=one.name,
                eval_config=config,
                add_metrics_callbacks=None,
            )
            for one in files
        ]
        self.shared = model_util.verify_and_update_eval_shared_models(shared)
        if any(
            one.model_type == _KERAS and one.include_default_metrics
            for one in self.shared
        ):
            raise NotCovered("a Keras model brings metrics of its own")
        self._config = config
        self._loaded = {
            one.model_name: one.model_loader.construct_fn() for one in self.shared
        }
        self._transform = self._caller(
            "transformed_features",
            {
                name: list(model.preprocessing_function_names)
                for name, model in self._specs()
            },
            default_signature_names=list(_DEFAULT_PREPROCESSING),
            prefer_dict_outputs=True,
        )
        self._predict = self._caller(
            "predictions",
            {name: [model.signature_name] for name, model in self._specs()},
            prefer_dict_outputs=False,
        )

    @property
    def inputs(self) -> list[str]:
        """Features that the signatures may take, if the examples have them."""
        from tensorflow_model_analysis.utils import model_util

        found: list[str] = []
        for name, spec in self._specs():
            own = list(spec.preprocessing_function_names)
            for signature in [spec.signature_name, *(own or _DEFAULT_PREPROCESSING)]:
                taken = model_util.get_input_specs(
                    self._loaded[name], signature, required=False
                )
                found += input_features(taken or {})
        return list(dict.fromkeys(found))

    def apply(self, records: Sequence[bytes], features: Tensors) -> Extracts:
        """The batch with its features, transformed features and predictions."""
        batch = np.empty(len(records), object)
        batch[:] = records
        extracts: Extracts = {"input": batch, "features": dict(features)}
        # Not `process`: where a batch fails it would try each row by itself.
        for caller in (self._transform, self._predict):
            (extracts,) = caller._batch_reducible_process(extracts)
        return extracts

    def request_ms(
        self, records: Sequence[bytes], warm_up: int = 10
    ) -> dict[str, tuple[float, ...]]:
        """Milliseconds of each record as a request of its own, by model.

        The models take turns, so that whatever else the machine does slows them
        alike. Only signatures that take records can be asked so; others give ().

        Args:
            records: Serialized tf.Examples.
            warm_up: Requests before them that are not counted.
        """
        called = {
            name: _of_records(self._loaded[name], spec) for name, spec in self._specs()
        }
        taken: dict[str, list[float]] = {name: [] for name in called}
        rounds = [*records[:warm_up], *records]
        for number, record in enumerate(rounds):
            for name, call in called.items():
                if call is not None:
                    started = time.perf_counter()
                    call(record)
                    if number >= len(rounds) - len(records):
                        taken[name].append(1000 * (time.perf_counter() - started))
        return {name: tuple(times) for name, times in taken.items()}

    def _specs(self) -> Iterable[tuple[str, Any]]:
        """Each model's spec by the name under which TFMA keeps the model."""
        specs = list(self._config.model_specs)
        return [("" if len(specs) == 1 else spec.name, spec) for spec in specs]

    def _caller(
        self, key: str, signatures: dict[str, list[str]], **options: Any
    ) -> Any:
        from tensorflow_model_analysis.utils import model_util

        caller = model_util.ModelSignaturesDoFn(
            model_specs=list(self._config.model_specs),
            eval_shared_models={one.model_name: one for one in self.shared},
            output_keypath=[key],
            signature_names=signatures,
            **options,
        )
        caller._loaded_models = self._loaded
        return caller


def _of_records(loaded: Any, spec: Any) -> Callable[[bytes], Any] | None:
    """Calls a model's signature with one record; None where it takes no records."""
    import tensorflow as tf

    signature = getattr(loaded, "signatures", {}).get(spec.signature_name)
    if signature is None:
        return None
    taken = signature.structured_input_signature[1]
    if len(taken) != 1:
        return None
    ((name, tensor),) = taken.items()
    if tensor.dtype != tf.string or tensor.shape.rank != 1:
        return None

    def call(record: bytes) -> Any:
        answer = signature(**{name: tf.constant([record])})
        return [one.numpy() for one in answer.values()]

    return call
