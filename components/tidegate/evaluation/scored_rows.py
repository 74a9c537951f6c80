"""The evaluated rows with label, weight, predictions and slices, as columns. Pure.

TFMA keeps sums only. Intervals, curves and the comparison of two models row by
row need the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

ROWS_FILE = "tidegate-rows.parquet"
SLICE = "slice."
LABEL, WEIGHT, PREDICTION, CHAMPION = "label", "weight", "prediction", "champion"

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ScoredRows:
    """The rows of an evaluation, in the order of the examples.

    Attributes:
        label: Label of each row.
        weight: Weight of each row, 1 where the examples have none; 0 counts not.
        prediction: What the candidate predicts.
        champion: What the champion predicts; None where there is none.
        slices: Feature of the slicing specs to its value in each row, as text;
            null where the row has none. Of several values one.
    """

    label: Numbers
    weight: Numbers
    prediction: Numbers
    champion: Numbers | None = None
    slices: Mapping[str, pa.Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.label)


def schema_of(slices: tuple[str, ...], with_champion: bool) -> pa.Schema:
    """Columns of the file.

    Args:
        slices: Features to slice by.
        with_champion: Whether there is a champion's prediction.
    """
    numbers = [LABEL, WEIGHT, PREDICTION, *([CHAMPION] if with_champion else [])]
    texts = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(
        [
            *((name, pa.float64()) for name in numbers),
            *((f"{SLICE}{name}", texts) for name in slices),
        ]
    )


def read_rows(folder: Path) -> ScoredRows | None:
    """The scored rows of an evaluation; None where there are none.

    Raises:
        OSError: The file cannot be read whole.
        ValueError: It is no such file (pyarrow's errors are of this type).
    """
    path = folder / ROWS_FILE
    if not path.is_file():
        return None
    table = pq.read_table(path)
    names = table.column_names
    return ScoredRows(
        label=_numbers(table, LABEL),
        weight=_numbers(table, WEIGHT),
        prediction=_numbers(table, PREDICTION),
        champion=_numbers(table, CHAMPION) if CHAMPION in names else None,
        slices={
            name.removeprefix(SLICE): _texts(table.column(name))
            for name in names
            if name.startswith(SLICE)
        },
    )


def _numbers(table: pa.Table, name: str) -> Numbers:
    return np.asarray(table.column(name).to_numpy(), np.float64)


def _texts(column: pa.ChunkedArray) -> pa.Array:
    whole = column.unify_dictionaries().combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
