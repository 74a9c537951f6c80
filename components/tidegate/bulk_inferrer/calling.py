"""The model called on batches; a row that it does not take is named."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from tidegate.columnar.provenance import read_provenance
from tidegate.errors import ComponentError, TidegateError
from tidegate.serving.predictor import Predictor

Array = npt.NDArray[Any]


class Caller:
    """Calls one signature of a SavedModel.

    Args:
        folder: Folder of the SavedModel.
        signature: Name of the signature.
        examples: Folder of the examples, which may know the rows' source lines.
        allow_ops: Operations that somebody answers for.

    Raises:
        SecurityError: The model could do more than compute.
        ComponentError: The model cannot be loaded or has no such signature.
    """

    def __init__(
        self,
        folder: str,
        signature: str,
        examples: Path,
        allow_ops: Collection[str] = (),
    ) -> None:
        self._predictor = Predictor(folder, signature, allow_ops)
        self._examples = examples

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs."""
        return tuple(self._predictor.outputs)

    def __call__(
        self, records: Sequence[bytes], split: str, first: int
    ) -> dict[str, Array]:
        """The outputs for a batch, each with one line a record.

        Args:
            records: Serialized tf.Examples.
            split: Their split.
            first: Number of the first one in the split, counted from 0.

        Raises:
            ComponentError: The model does not take a record; says which.
        """
        try:
            return self._outputs(records)
        except TidegateError as error:
            raise self._refused(error, records, split, first) from None

    def _outputs(self, records: Sequence[bytes]) -> dict[str, Array]:
        try:
            return self._predictor.predict(records)
        except (TidegateError, MemoryError):
            raise
        except Exception as error:
            # TensorFlow's own words may show a record.
            raise ComponentError(
                "the model does not take the examples", got=type(error).__name__
            ) from None

    def _refused(
        self, error: TidegateError, records: Sequence[bytes], split: str, first: int
    ) -> ComponentError:
        place = self._first_refused(records)
        where, got = f"split {split!r}", error.message
        if place is not None:
            where = self._place(split, first + place)
        else:
            where += f", rows {first + 1:,} to {first + len(records):,}"
        if error.got:
            got += f" ({error.got})"
        return ComponentError(
            "the model does not take a row"
            if place is not None
            else "the model does not take the rows",
            where=where,
            expected="a row as the model was trained on",
            got=got,
            fix="mend or drop such rows, and have a data test hold it; no row is "
            "left out in silence",
        )

    def _first_refused(self, records: Sequence[bytes]) -> int | None:
        """The first record that is not taken even by itself; None if all are."""
        low, high = 0, len(records)
        while high - low > 1:
            middle = (low + high) // 2
            if not self._takes(records[low:middle]):
                high = middle
            elif not self._takes(records[middle:high]):
                low = middle
            else:
                return None
        return low

    def _takes(self, records: Sequence[bytes]) -> bool:
        try:
            self._outputs(records)
        except TidegateError:
            return False
        return True

    def _place(self, split: str, row: int) -> str:
        """A row as people find it, by its source line where that is known."""
        said = f"split {split!r}, row {row + 1:,}"
        try:
            known = read_provenance(self._examples, split)
        except TidegateError:
            return said
        if known is None or row >= len(known):
            return said
        file, line = known.at(row)
        return f"{file}:{line} ({said})"
