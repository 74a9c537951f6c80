from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest
from pydantic import ValidationError

from tidegate.data_tests.catalogue import CATALOGUE, Evidence
from tidegate.data_tests.evaluate import Circumstances
from tidegate.data_tests.reference import Reference, SpanSummary
from tidegate.data_tests.suite import Suite
from tidegate.data_tests.trial import try_test
from tidegate.errors import UsageError

ROWS = 3000


def predicted(flips: float = 0.0, seed: int = 1) -> pa.Table:
    generator = np.random.default_rng(seed)
    score = generator.random(ROWS)
    late = generator.random(ROWS) < score**3
    late ^= generator.random(ROWS) < flips
    return pa.table(
        {
            "id": pa.array(range(ROWS)),
            "late": pa.array(late.astype(np.int64)),
            "score": pa.array(score**3),
        }
    )


def look(table: pa.Table, spans: int = 0, **parameters: Any) -> Evidence:
    given = {"column": "late", "predictions": "score", **parameters}
    test = CATALOGUE["model_agrees"].model_validate(given)
    known = [try_test(test, predicted(seed=9 + n)).figures for n in range(spans)]
    summaries = [
        SpanSummary(name=f"s{n}", rows=ROWS, figures=dict(figures))
        for n, figures in enumerate(known)
    ]
    circumstances = Circumstances(reference=Reference(tuple(summaries)))
    found = try_test(test, table, given=circumstances)
    in_pieces = try_test(test, table, given=circumstances, batch_rows=701)
    assert (in_pieces.holds, in_pieces.observed) == (found.holds, found.observed)
    return found


@pytest.mark.parametrize(
    ("flips", "holds"), [(0.0, True), (0.1, False), (0.5, False), (1.0, False)]
)
def test_a_model_that_no_longer_fits_the_labels_is_told(
    flips: float, holds: bool
) -> None:
    assert look(predicted(flips), spans=4).holds is holds
    assert look(predicted(flips), at_least=0.85).holds is holds


def test_rows_where_a_sure_model_is_wrong_are_blamed() -> None:
    table = predicted(1.0)
    found = look(table, at_least=0.85)
    assert found.rows is not None
    rows = found.rows.positions()
    scores, late = np.asarray(table["score"])[rows], np.asarray(table["late"])[rows]
    assert len(rows) > 500
    assert ((scores > 0.5) != (late == 1)).all()


def test_scores_that_are_no_probabilities_only_rank() -> None:
    table = predicted()
    logits = pa.array(np.asarray(table["score"]) * 40 - 20)
    found = look(table.set_column(2, "score", logits), at_least=0.8)
    assert found.holds is True
    assert "log loss" not in found.observed


def test_too_few_accepted_spans_say_nothing() -> None:
    found = look(predicted(), spans=2)
    assert found.holds is None
    assert "AUC 0.8" in found.observed


def test_predictions_may_be_in_a_file_with_keys(tmp_path: Path) -> None:
    table = predicted()
    shuffled = table.take(np.random.default_rng(1).permutation(ROWS))
    pa_csv.write_csv(shuffled.drop(["late"]), tmp_path / "scores.csv")
    test = CATALOGUE["model_agrees"].model_validate(
        {"column": "late", "predictions": "score", "file": "scores.csv", "key": ["id"]}
        | {"at_least": 0.8}
    )
    with pytest.raises(UsageError, match=r"no scores\.csv of predictions"):
        test.located(tmp_path / "elsewhere")
    found = try_test(test.located(tmp_path), table.drop(["score"]))
    assert found.observed == look(table, at_least=0.8).observed
    other = table.drop(["score"]).set_column(0, "id", pa.array(range(5000, 8000)))
    unknown = try_test(test.located(tmp_path), other)
    assert unknown.holds is False
    assert unknown.observed.startswith("0 rows of 3,000")
    lost = test.model_copy(update={"predictions": "skore"}).located(tmp_path)
    assert "there is score" in try_test(lost, table.drop(["score"])).observed


def test_a_file_without_a_key_is_refused_and_the_suite_gives_one() -> None:
    asked = {"predictions": "score", "file": "scores.csv"}
    with pytest.raises(ValidationError, match="file needs key"):
        CATALOGUE["model_agrees"].model_validate(asked)
    suite = {"dataset": "x", "key": ["id"], "label": "late"}
    held = Suite.model_validate({**suite, "tests": [{"model_agrees": asked}]})
    assert set(held.tests[0].columns) == {"late", "id"}


ODD = {
    "nothing": pa.nulls(4),
    "nan": pa.array([float("nan"), float("inf"), None, -1.0], pa.float32()),
    "text": pa.array(["x", "0.5", None, ""], pa.large_string()),
    "bytes": pa.array([b"\xff", b"", None, b"x"], pa.large_binary()),
    "lists": pa.array([[1, 2], [], None, [3]], pa.large_list(pa.int64())),
    "empty": pa.array([], pa.int64()),
    "one": pa.array([1]),
    "infinite": pa.array([float("inf"), float("-inf")] * 50),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_scores_are_no_crash(kind: str) -> None:
    rows = len(ODD[kind])
    table = pa.table({"late": pa.array([n % 2 for n in range(rows)]), "x": ODD[kind]})
    found = look(table, predictions="x", at_least=0.7)
    assert found.holds in (None, False)
