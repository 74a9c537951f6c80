"""What the Evaluator saw of the models besides TFMA's metrics. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tidegate.report.model import write_whole

FACTS_FILE = "tidegate-facts.json"


class ModelFacts(BaseModel):
    """One model.

    Attributes:
        uri: Where it is.
        size: Bytes of its SavedModel.
        request_ms: Milliseconds of single requests, one after the other, after
            some to warm up; empty where nobody timed it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    uri: str
    size: int
    request_ms: tuple[float, ...] = ()


class Facts(BaseModel):
    """The evaluation.

    Attributes:
        task: "binary" where every label is 0 or 1 and every prediction within 0
            and 1; "regression" for other single numbers; "other" else.
        rows: Evaluated rows.
        model: The candidate.
        champion: What it was compared with; None where there was nothing.
        slices: Features of the slicing specs, as the scored rows have them.
        without_rows: Why there are no scored rows; None where there are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: Literal[1] = 1
    task: Literal["binary", "regression", "other"]
    rows: int
    model: ModelFacts
    champion: ModelFacts | None = None
    slices: tuple[str, ...] = ()
    without_rows: str | None = Field(default=None)


def write_facts(facts: Facts, folder: Path) -> Path:
    """Writes the facts into an evaluation's folder, whole or not at all."""
    return write_whole(folder / FACTS_FILE, facts.model_dump_json(indent=2).encode())


def read_facts(folder: Path) -> Facts | None:
    """The facts of an evaluation; None for one of the stock Evaluator.

    Raises:
        ValueError: The file is not as it was written.
    """
    try:
        return Facts.model_validate_json((folder / FACTS_FILE).read_bytes())
    except FileNotFoundError:
        return None
