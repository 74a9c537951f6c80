"""A SavedModel answers the same, however it takes its rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.serving.serving_models import serialized, write_model

from tidegate.errors import ComponentError
from tidegate.serving.predictor import Predictor

ROWS = [{"x": value} for value in (-2.0, 0.0, 1.5)]
RECORDS = [serialized(row) for row in ROWS]
EXPECTED = 1 / (1 + np.exp([2.0, 0.0, -1.5]))


@pytest.mark.parametrize("takes_records", [True, False])
def test_answers_one_line_a_record(tmp_path: Path, takes_records: bool) -> None:
    folder = write_model(tmp_path / "model", takes_records=takes_records)

    found = Predictor(str(folder)).predict(RECORDS)

    np.testing.assert_allclose(found["probability"], EXPECTED, rtol=1e-6)


def test_names_what_it_takes_and_gives(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", takes_records=False)

    predictor = Predictor(str(folder))

    assert (predictor.features, predictor.outputs) == (("x",), ("probability",))


def test_refuses_a_signature_that_is_not_there(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", signature="other")

    with pytest.raises(ComponentError, match="no signature 'serving_default'") as told:
        Predictor(str(folder))

    assert "other" in str(told.value)


def test_refuses_what_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ComponentError, match="cannot be loaded"):
        Predictor(str(tmp_path))


def test_says_that_a_record_is_no_example(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")

    with pytest.raises(ComponentError, match="does not take the examples"):
        Predictor(str(folder)).predict([b"\xff\xff not an example"])
