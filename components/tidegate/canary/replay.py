"""Rows replayed to two models: labels, weights, and what each answers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.columnar.example_decoding import decode_columns
from tidegate.errors import ComponentError, UsageError
from tidegate.evaluation.scored_rows import (
    CHAMPION,
    LABEL,
    PREDICTION,
    SLICE,
    WEIGHT,
    schema_of,
)

Numbers = npt.NDArray[np.float64]
BATCH_ROWS = 1024
TIMED, WARM_UP = 50, 10


class Model(Protocol):
    """What answers serialized tf.Examples: `tidegate.serving.predictor.Predictor`."""

    outputs: tuple[str, ...]

    def predict(self, records: Sequence[bytes]) -> dict[str, npt.NDArray[Any]]:
        """Output to one line a record."""


@dataclass(frozen=True)
class Question:
    """What the rows are asked.

    Attributes:
        label: Name of the label.
        weight: Name of the weight; None for 1.
        output: Output that is the prediction; None for the only one.
        slices: Features to slice by.
    """

    label: str
    weight: str | None = None
    output: str | None = None
    slices: tuple[str, ...] = ()


def scored(
    records: Sequence[bytes],
    question: Question,
    candidate: Model,
    champion: Model,
    transform: Model | None,
) -> Iterator[pa.Table]:
    """The scored rows, a batch a table, as an evaluation has them.

    A row without a label has the weight 0: it cannot be judged.

    Args:
        records: Serialized tf.Examples.
        question: What they are asked.
        candidate: The canary.
        champion: The champion.
        transform: The canary's signature that gives label and weight; None where
            it has none.

    Raises:
        UsageError: There is no such label, weight or output.
        ComponentError: A model does not answer with one number a row.
    """
    schema = schema_of(question.slices, True)
    for start in range(0, len(records), BATCH_ROWS):
        batch = list(records[start : start + BATCH_ROWS])
        names = [question.label, *([question.weight] if question.weight else [])]
        truth = _truth(batch, names, transform)
        label = truth[question.label]
        weight = truth[question.weight] if question.weight else np.ones(len(batch))
        unknown = np.isnan(label)
        columns = {
            LABEL: np.where(unknown, 0.0, label),
            WEIGHT: np.where(unknown, 0.0, weight),
            PREDICTION: _prediction(candidate, batch, question.output, "the canary"),
            CHAMPION: _prediction(champion, batch, question.output, "the champion"),
        }
        texts = _texts(batch, question.slices)
        arrays = [*map(pa.array, columns.values())]
        arrays += [texts[f"{SLICE}{name}"] for name in question.slices]
        yield pa.table(arrays, schema=schema)


def request_ms(
    models: Mapping[str, Model], records: Sequence[bytes]
) -> dict[str, tuple[float, ...]]:
    """Milliseconds of single requests by model, which take turns."""
    taken: dict[str, list[float]] = {name: [] for name in models}
    timed = list(records[:TIMED])
    for number, record in enumerate([*timed[:WARM_UP], *timed]):
        for name, model in models.items():
            started = time.perf_counter()
            model.predict([record])
            if number >= len(timed[:WARM_UP]):
                taken[name].append(1000 * (time.perf_counter() - started))
    return {name: tuple(times) for name, times in taken.items()}


def _truth(
    batch: list[bytes], names: Sequence[str], transform: Model | None
) -> dict[str, Numbers]:
    """Label and weight: what the model makes of the rows, or else their features."""
    found: dict[str, Numbers] = {}
    made = (
        transform.predict(batch)
        if transform is not None and set(names) & set(transform.outputs)
        else {}
    )
    columns = decode_columns(batch, [name for name in names if name not in made])
    for name in names:
        if name in made:
            found[name] = _single(made[name], len(batch), f"the output {name!r}")
        elif name in columns:
            found[name] = _numbers(columns[name], name)
        else:
            raise UsageError(
                f"the rows have no {name!r}",
                where="Canary(label=…, weight=…)",
                expected="an output of the signature transform_features, or a feature",
                got=", ".join(transform.outputs) if transform else "no such signature",
                fix="correct the name, or export it with the model",
            )
    return found


def _prediction(
    model: Model, batch: list[bytes], output: str | None, who: str
) -> Numbers:
    if output is None and len(model.outputs) == 1:
        output = model.outputs[0]
    if output is None or output not in model.outputs:
        raise UsageError(
            f"it is not said which output of {who} is the prediction",
            where="Canary(output=…)",
            expected=" or ".join(model.outputs),
            got=repr(output),
            fix=f'Canary(output="{model.outputs[0]}")' if model.outputs else None,
        )
    return _single(model.predict(batch)[output], len(batch), f"{who}'s {output!r}")


def _single(values: npt.NDArray[Any], rows: int, what: str) -> Numbers:
    """One number a row.

    Raises:
        ComponentError: There are more, or they are no numbers.
    """
    if values.size == rows and values.dtype.kind in "fiub":
        return np.asarray(values, np.float64).reshape(rows)
    raise ComponentError(
        f"{what} is not one number a row",
        where="Canary",
        expected=f"{rows} numbers",
        got=f"{values.dtype} of shape {values.shape}",
        fix="name an output of one number, such as the probability",
    )


def _numbers(column: pa.Array, name: str) -> Numbers:
    """A feature as numbers; NaN where a row has none."""
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise UsageError(
            f"the feature {name!r} is not one number a row",
            where="Canary(label=…, weight=…)",
            expected="a number, or an output of the signature transform_features",
            got=str(kind),
            fix="export what the training makes of it with the model",
        )
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False))


def _texts(batch: list[bytes], slices: Sequence[str]) -> dict[str, pa.Array]:
    """The value of each row as text, for each feature to slice by."""
    columns = decode_columns(batch, list(slices)) if slices else {}
    found = {}
    for name in slices:
        values = columns[name].to_pylist() if name in columns else [None] * len(batch)
        texts = pa.array([_text(one) for one in values], pa.string())
        found[f"{SLICE}{name}"] = texts.dictionary_encode()
    return found


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)
