"""Whether what was evaluated is what is served. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tidegate.evaluation.scored_rows import Numbers, read_rows
from tidegate.infra_tests.comparing import ABSOLUTE, RELATIVE
from tidegate.infra_tests.probe import Probe
from tidegate.infra_tests.results import result
from tidegate.infra_tests.samples import Requests
from tidegate.report.model import TestResult

_EXPECTED = "the predictions that were evaluated"


def parity(
    found: Probe,
    asked: Requests,
    evaluation: Path | None,
    rows_of_split: Callable[[], int],
) -> Iterator[TestResult]:
    """Answers of the signature beside the evaluated predictions of the same rows.

    Args:
        found: What the child told.
        asked: The requests, with the numbers of their rows.
        evaluation: Folder of the evaluation; None without one.
        rows_of_split: Counts the rows of the split that the requests are from.
    """
    reason, evaluated = _evaluated(evaluation, rows_of_split)
    batch = found.found.get("batch")
    if batch is None:
        reason = "the model was not asked"
    elif not batch["values"]:
        reason = (
            reason
            or "no output is known as the prediction: none, or several, "
            "have one number a request"
        )
    if reason is not None or batch is None or evaluated is None:
        yield result("parity", "evaluation", _EXPECTED, reason or "unknown", ok=None)
        return
    answers = np.array([float(one) for one in batch["values"]])
    expected = evaluated[list(asked.rows)]
    same = np.isclose(answers, expected, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)
    wrong = int((~same).sum())
    largest = float(np.abs(answers - expected).max())
    yield result(
        "parity",
        str(batch["output"]),
        _EXPECTED,
        f"the same for {len(answers)} rows, within {largest:.2g}"
        if not wrong
        else f"others for {wrong} of {len(answers)} rows, by up to {largest:.3g}",
        ok=not wrong,
        fix="evaluate and serve one signature, with one way to make features",
    )


def _evaluated(
    evaluation: Path | None, rows_of_split: Callable[[], int]
) -> tuple[str | None, Numbers | None]:
    """Why there is nothing to hold the answers against, or the predictions."""
    if evaluation is None:
        return "there is no evaluation to hold the answers against", None
    try:
        rows = read_rows(evaluation)
    except (OSError, ValueError) as error:
        return f"the evaluated rows cannot be read: {type(error).__name__}", None
    if rows is None:
        return "the evaluation kept no rows", None
    count = rows_of_split()
    if len(rows) != count:
        return f"{len(rows):,} rows were evaluated, but the split has {count:,}", None
    return None, rows.prediction
