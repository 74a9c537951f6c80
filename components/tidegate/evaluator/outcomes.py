"""Labels, predictions, weights and slice features out of what TFMA extracts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tidegate.evaluator.metrics.predicted import Predicted
from tidegate.evaluator.not_covered import NotCovered
from tidegate.evaluator.slices import Values

Array = npt.NDArray[Any]


class Outcomes:
    """Reads the extracts of a batch, by the names in an EvalConfig.

    Args:
        config: TFMA's EvalConfig.
    """

    def __init__(self, config: Any) -> None:
        self._specs = list(config.model_specs)

    @property
    def features(self) -> list[str]:
        """Features that hold labels and weights, or may do so."""
        found: list[str] = []
        for spec in self._specs:
            found += [spec.label_key, spec.example_weight_key]
            found += [*spec.label_keys.values(), *spec.example_weight_keys.values()]
        return [name for name in dict.fromkeys(found) if name]

    def predicted(
        self, extracts: Mapping[str, Any], wanted: Iterable[tuple[str, str]], rows: int
    ) -> dict[tuple[str, str], Predicted]:
        """What each (model, output) said, beside labels and weights.

        Raises:
            NotCovered: Labels, predictions or weights are not plain arrays.
        """
        labels = self._values("label_key", "label_keys", extracts, missing=True)
        weights = self._values("example_weight_key", "example_weight_keys", extracts)
        return {
            (model, output): Predicted(
                *self._pair(labels, extracts["predictions"], model, output, rows),
                _weights(_chosen(weights, [model, output]), rows),
            )
            for model, output in wanted
        }

    def slice_values(
        self, extracts: Mapping[str, Any], names: Iterable[str]
    ) -> dict[str, Values]:
        """Values of features to slice by: transformed ones before raw ones."""
        found = {}
        for name in names:
            tensors = [one[name] for one in self._transformed(extracts) if name in one]
            if not tensors and name in extracts["features"]:
                tensors = [extracts["features"][name]]
            if tensors:
                pairs = [_flat(tensor) for tensor in tensors]
                found[name] = Values.of(
                    np.concatenate([rows for rows, _ in pairs]),
                    np.concatenate([values for _, values in pairs]),
                )
        return found

    def _transformed(self, extracts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        transformed = extracts.get("transformed_features") or {}
        if len(self._specs) == 1:
            return [transformed]
        return [transformed[s.name] for s in self._specs if s.name in transformed]

    def _values(
        self, key: str, keys: str, extracts: Mapping[str, Any], missing: bool = False
    ) -> Any:
        from tensorflow_model_analysis.utils import model_util

        return model_util.get_feature_values_for_model_spec_field(
            self._specs, key, keys, extracts, missing
        )

    def _pair(
        self, labels: Any, predictions: Any, model: str, output: str, rows: int
    ) -> tuple[Array, Array]:
        """Label and prediction as TFMA finds them for each row."""
        from tensorflow_model_analysis.metrics import metric_util

        spec = self._spec(model)
        label = _chosen(labels, [spec.label_key, model, output])
        for name in (model, output):
            if name:
                if not isinstance(predictions, Mapping) or name not in predictions:
                    raise NotCovered(f"there are no predictions of {name!r}")
                predictions = predictions[name]
        label = _dense(label, "labels", rows)
        if label.dtype.kind not in "biuf":
            raise NotCovered("labels are not numbers")
        pair = metric_util.prepare_labels_and_predictions(
            label, predictions, spec.prediction_key
        )
        prediction = _dense(pair[1], "predictions", rows)
        if prediction.dtype.kind not in "biuf":
            raise NotCovered("predictions are not numbers")
        return pair[0], prediction

    def _spec(self, model: str) -> Any:
        if len(self._specs) == 1:
            return self._specs[0]
        return next(spec for spec in self._specs if spec.name == model)


def _chosen(value: Any, names: Iterable[str]) -> Any:
    """What is kept under the names, each only where there is something."""
    for name in names:
        if name and isinstance(value, Mapping) and name in value:
            value = value[name]
    return value


def _weights(value: Any, rows: int) -> Array | None:
    if value is None:
        return None
    weights = _dense(value, "weights", rows)
    if weights.dtype.kind not in "biuf" or weights.size != rows:
        raise NotCovered("weights are not one number a row")
    return weights.reshape(rows)


def _dense(value: Any, what: str, rows: int) -> Array:
    """The value as an array with one line a row, of one number or several."""
    if value is None:
        raise NotCovered(f"there are no {what}")
    if not isinstance(value, np.ndarray):
        raise NotCovered(f"{what} are not as many in every row")
    if value.ndim not in (1, 2) or len(value) != rows:
        raise NotCovered(f"{what} have the shape {value.shape}")
    return value


def _flat(tensor: Any) -> tuple[npt.NDArray[np.int64], Array]:
    """(row, value) of every value of a tensor."""
    if isinstance(tensor, np.ndarray):
        lines = tensor.reshape(len(tensor), -1)
        rows = np.repeat(np.arange(len(lines)), lines.shape[1])
        return rows, lines.reshape(-1)
    if hasattr(tensor, "indices") and hasattr(tensor, "values"):
        return np.asarray(tensor.indices)[:, 0].astype(np.int64), tensor.values
    raise NotCovered("a feature to slice by is ragged")
