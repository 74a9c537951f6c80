"""The rows of a batch with label, weight and predictions, for the file of rows.

What TFMA keeps of rows are sums. Whoever compares two models row by row, or draws
a curve, reads the file that is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.parquet_sink import ParquetSink
from tidegate.evaluation.scored_rows import (
    CHAMPION,
    LABEL,
    PREDICTION,
    ROWS_FILE,
    WEIGHT,
    schema_of,
)
from tidegate.evaluator.metrics.predicted import Predicted
from tidegate.evaluator.slices import Values

_NO_VALUE = -1


class Scoring:
    """Makes the scored rows of batches.

    Attributes:
        champion: Name of the baseline model; None without one.
        features: Features that the rows are sliced by.
        fault: Why rows cannot be kept; None while they can.

    Args:
        config: TFMA's EvalConfig with its defaults.
        outputs: (model, output) of all predictions that metrics are made of.
        features: Features to slice by.
    """

    def __init__(
        self,
        config: Any,
        outputs: Sequence[tuple[str, str]],
        features: Sequence[str],
    ) -> None:
        names = ["" if len(config.model_specs) == 1 else s.name for s in _specs(config)]
        baselines = [s.name for s in config.model_specs if s.is_baseline]
        self.champion = baselines[0] if len(names) > 1 and baselines else None
        self.features = tuple(features)
        self._outputs = list(dict.fromkeys(outputs))
        self._models = [name for name in names if name != self.champion]
        self.fault = self._uncovered()

    def table(
        self,
        predicted: Mapping[tuple[str, str], Predicted],
        values: Mapping[str, Values],
        rows: int,
    ) -> pa.Table | None:
        """The batch as a table; None, and a `fault`, where it is no such batch."""
        if self.fault is not None:
            return None
        by_model = {model: predicted[model, output] for model, output in self._outputs}
        candidate = by_model[self._models[0]]
        numbers = {
            LABEL: _single(candidate.labels, rows),
            WEIGHT: candidate.weighted(example_weighted=True),
            PREDICTION: _single(candidate.predictions, rows),
        }
        if self.champion is not None:
            numbers[CHAMPION] = _single(by_model[self.champion].predictions, rows)
        if any(one is None for one in numbers.values()):
            self.fault = "the model gives more than one number a row"
            return None
        texts = [_texts(values.get(name), rows) for name in self.features]
        schema = schema_of(self.features, self.champion is not None)
        return pa.table([*map(pa.array, numbers.values()), *texts], schema=schema)

    def _uncovered(self) -> str | None:
        if len(self._models) != 1:
            return "there is not one model to judge"
        named = [model for model, _ in self._outputs]
        if len(set(named)) != len(named):
            return "the model has several outputs"
        wanted = {self._models[0]} | ({self.champion} - {None})
        if not wanted <= set(named):
            return "no metric looks at the predictions of both models"
        return None


class RowsFile:
    """The file of scored rows, and what can be said of all of them.

    Attributes:
        is_binary: Whether every label is 0 or 1 and every prediction within.

    Args:
        folder: Folder of the evaluation.
    """

    def __init__(self, folder: Path) -> None:
        self.is_binary = True
        self._sink = ParquetSink(folder / ROWS_FILE)

    def __call__(self, table: pa.Table) -> None:
        """Adds the rows of a batch."""
        label = table.column(LABEL).to_numpy()
        self.is_binary &= bool(np.isin(label, (0.0, 1.0)).all())
        for name in (PREDICTION, CHAMPION):
            if name in table.column_names:
                scores = table.column(name).to_numpy()
                self.is_binary &= bool(((scores >= 0) & (scores <= 1)).all())
        self._sink(table)

    def close(self) -> None:
        """Lets the file appear."""
        self._sink.close()

    def discard(self) -> None:
        """Removes what was written."""
        self._sink.discard()


def _specs(config: Any) -> list[Any]:
    return list(config.model_specs)


def _single(values: npt.NDArray[Any], rows: int) -> npt.NDArray[np.float64] | None:
    """One number a row; None where there are more."""
    if values.size != rows:
        return None
    return np.asarray(values, np.float64).reshape(rows)


def _texts(values: Values | None, rows: int) -> pa.Array:
    """One value of each row as text; null where it has none."""
    codes = np.full(rows, _NO_VALUE, np.int32)
    table: list[str] = []
    if values is not None:
        codes[values.rows] = values.codes
        table = [_text(value) for value in values.table]
    indices = pa.array(codes, pa.int32(), mask=codes == _NO_VALUE)
    return pa.DictionaryArray.from_arrays(indices, pa.array(table, pa.string()))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
