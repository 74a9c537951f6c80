"""Training goes on from the weights of an earlier model.

`keep_weights` writes them beside a SavedModel, in the folder `assets.extra` that
servers leave alone; `warm_start` takes them up. A weight is taken where its path
and shape are the same, and an embedding row by row where the vocabulary of its
rows is known: the same term keeps its row, wherever it stands now.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tidegate.errors import ComponentError
from tidegate.report.model import write_whole

if TYPE_CHECKING:
    import keras

Array = npt.NDArray[Any]
EXTRA = "assets.extra"
WEIGHTS_FILE = "weights.npz"
_ASSETS = "assets"
_LOG = logging.getLogger("tidegate.training")


@dataclass(frozen=True)
class WarmStart:
    """What a model got from an earlier one.

    Attributes:
        taken: Paths of the weights that were taken as they are.
        terms: Path of each embedding that was taken by its vocabulary to the
            number of terms that both vocabularies have.
        fresh: Paths of the weights that start anew.
    """

    taken: tuple[str, ...] = ()
    terms: Mapping[str, int] = field(default_factory=dict)
    fresh: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [f"{len(self.taken)} weights taken"]
        parts += [f"{count} rows of {path}" for path, count in self.terms.items()]
        if self.fresh:
            parts.append(f"new: {', '.join(self.fresh)}")
        return ", ".join(parts)


def keep_weights(model: keras.Model, folder: str | Path) -> Path:
    """Writes a model's weights into the folder of its SavedModel.

    Args:
        model: The trained model.
        folder: Folder with its `saved_model.pb`.
    """
    stream = io.BytesIO()
    held: dict[str, Any] = {one.path: np.asarray(one) for one in model.weights}
    np.savez(stream, **held)
    return write_whole(Path(folder) / EXTRA / WEIGHTS_FILE, stream.getvalue())


def warm_start(
    model: keras.Model,
    base_model: str | Path | None,
    vocabularies: Mapping[str, str | Path] | None = None,
) -> WarmStart | None:
    """Sets a model's weights to those of an earlier one, as far as they fit.

    Args:
        model: A built model that is to be trained on.
        base_model: `fn_args.base_model`: folder of the earlier SavedModel. Where
            it is None, or no model is there, as before the first push, nothing
            is changed.
        vocabularies: Path of an embedding to the file with the terms of its rows,
            one a line, as `TFTransformOutput.vocabulary_file_by_name` gives it. The
            earlier model has its own under the same name among its assets. Rows
            behind the terms are for what no vocabulary has, and are kept, too.

    Returns:
        What was taken; None where there is no earlier model.

    Raises:
        ComponentError: The earlier model has no weights beside it.
    """
    if not base_model or not (Path(base_model) / "saved_model.pb").is_file():
        _LOG.info("there is no earlier model to go on from")
        return None
    earlier = _read(Path(base_model))
    taken, terms, fresh = [], {}, []
    for weight in model.weights:
        path, now = str(weight.path), np.asarray(weight)
        before = earlier.get(path)
        file = (vocabularies or {}).get(path)
        if before is not None and file is not None:
            named = Path(base_model) / _ASSETS / Path(file).name
            found, terms[path] = carried(before, now, _terms(named), _terms(Path(file)))
            weight.assign(found)
        elif before is not None and before.shape == now.shape:
            weight.assign(before)
            taken.append(path)
        else:
            fresh.append(path)
    done = WarmStart(tuple(taken), terms, tuple(fresh))
    _LOG.info("going on from %s: %s", base_model, done)
    return done


def carried(
    before: Array, now: Array, old: Sequence[str], new: Sequence[str]
) -> tuple[Array, int]:
    """Rows of an embedding under a new vocabulary, and how many terms stayed.

    Args:
        before: Rows of the earlier model, terms × width or more.
        now: Rows that the new model began with.
        old: Terms of the first rows of `before`.
        new: Terms of the first rows of `now`.
    """
    found = now.copy()
    if before.shape[1:] != now.shape[1:]:
        return found, 0
    places = {term: row for row, term in enumerate(old[: len(before)])}
    shared = [(row, places[term]) for row, term in enumerate(new) if term in places]
    for row, place in shared:
        found[row] = before[place]
    rest = min(len(before) - len(old), len(now) - len(new))
    if rest > 0:
        found[len(new) : len(new) + rest] = before[len(old) : len(old) + rest]
    return found, len(shared)


def _read(folder: Path) -> dict[str, Array]:
    path = folder / EXTRA / WEIGHTS_FILE
    try:
        # Opened here: numpy leaves a file open whose directory it cannot read.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ComponentError(
            "the earlier model has no weights to go on from",
            where=str(path),
            expected="the file that training.keep_weights writes",
            got=type(error).__name__,
            fix="train once without a warm start, with "
            "training.keep_weights(model, fn_args.serving_model_dir) in the run_fn",
        ) from error


def _terms(file: Path) -> list[str]:
    """The terms of a vocabulary, one a line; none where there is no file."""
    if not file.is_file():
        return []
    return file.read_text(encoding="utf-8", errors="surrogateescape").split("\n")[:-1]
