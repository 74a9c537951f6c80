"""What is wrong with the user's code or the examples, and how it is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import transform_trial as trial

from tidegate.columnar.open_data import open_artifact
from tidegate.errors import DataError, UsageError
from tidegate.transform.executor import Executor

OUTPUTS = {"transform_graph", "transformed_examples"}
ABSENT = {*trial.OUTPUTS} - OUTPUTS
WORKING = """
import tensorflow_transform as tft

def preprocessing_fn(inputs):
    return {"score": tft.scale_to_z_score(inputs["number"])}
"""
RAISING = """
def helper(number):
    return number + nothing

def preprocessing_fn(inputs):
    return {"score": helper(inputs["number"])}
"""
CONFIGURED = RAISING.replace("(inputs)", "(inputs, custom_config)")
LACKING = """
def preprocessing_fn(inputs):
    return {"score": inputs["numbr"]}
"""


def run(folder: Path, code: str, rows: dict[str, int], **given: Any) -> Path:
    module = folder / "code_of_a_user.py"
    module.write_text(code)
    data = trial.written(folder, rows)
    given = {"preprocessing_fn": None, "module_file": str(module), **given}
    return trial.run(
        Executor, data, folder / "out", "", disable_statistics=1, absent=ABSENT, **given
    )


@pytest.mark.parametrize(
    ("code", "where", "got"),
    [
        (RAISING, "code_of_a_user.py:3, in helper", "NameError: name 'nothing'"),
        (CONFIGURED, "code_of_a_user.py:3, in helper", "NameError: name 'nothing'"),
        (LACKING, "code_of_a_user.py:3, in preprocessing_fn", "KeyError: 'numbr'"),
    ],
    ids=["helper", "custom-config", "feature"],
)
def test_a_function_that_fails_is_told_by_its_line(
    tmp_path: Path, code: str, where: str, got: str
) -> None:
    with pytest.raises(UsageError, match="preprocessing_fn fails: ") as caught:
        run(tmp_path, code, {"train": 5}, custom_config="{}")
    assert caught.value.where == where
    assert str(caught.value.got).startswith(got)
    told = "number, sometimes" in str(caught.value.expected)
    assert told == ("numbr" in got)


def test_what_tft_refuses_is_said_by_tft(tmp_path: Path) -> None:
    code = "def preprocessing_fn(inputs):\n    return {'x': 'no tensor'}\n"
    with pytest.raises(AttributeError, match="'str' object has no attribute"):
        run(tmp_path, code, {"train": 5})


@pytest.mark.parametrize(
    ("given", "got"),
    [
        ({"module_file": "nowhere.py"}, "ImportError"),
        ({"module_file": None, "preprocessing_fn": "nowhere.fn"}, "ImportError"),
        ({}, "AttributeError"),
    ],
    ids=["no-file", "no-module", "no-function"],
)
def test_a_function_that_is_not_there_is_named(
    tmp_path: Path, given: dict[str, Any], got: str
) -> None:
    with pytest.raises(UsageError, match="preprocessing_fn cannot be imported") as seen:
        run(tmp_path, "", {"train": 5}, **given)
    assert str(seen.value.got).startswith(got)
    assert seen.value.where


def test_an_empty_split_stays_empty(tmp_path: Path) -> None:
    folder = run(tmp_path, WORKING, {"train": 20, "eval": 0})
    assert len(trial.records(folder, "train")) == 20
    assert trial.records(folder, "eval") == []
    written = open_artifact(folder / "transformed_examples")
    assert sum(batch.table.num_rows for batch in written.batches()) == 20


def test_nothing_to_analyze_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no examples to analyze"):
        run(tmp_path, WORKING, {"train": 0, "eval": 20})
