"""The Explainer leaves a document of what the model hangs on."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.explain.known_models import rows, write_examples, write_known
from tfx.types import channel, standard_artifacts

import tidegate
from tidegate.artifacts import Explanation
from tidegate.errors import DataError, Problems, UsageError
from tidegate.explain.importance import read_importance
from tidegate.explain.question import Question
from tidegate.explainer import keys, work
from tidegate.explainer.executor import Executor
from tidegate.saved_model.allowing import allowed_in

EXAMPLES = channel.Channel(type=standard_artifacts.Examples)
MODEL = channel.Channel(type=standard_artifacts.Model)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    folder = tmp_path_factory.mktemp("inputs")
    model, examples = standard_artifacts.Model(), standard_artifacts.Examples()
    model.uri, examples.uri = str(folder / "model"), str(folder / "examples")
    examples.split_names = '["eval"]'
    write_known(folder / "model" / "Format-Serving")
    write_examples(folder / "examples", rows(300))
    return {keys.EXAMPLES: [examples], keys.MODEL: [model]}


def explainer(**settings: Any) -> Any:
    return tidegate.Explainer(
        EXAMPLES, MODEL, **{"label": "answer", "weight": "mass", **settings}
    )


def executed(
    inputs: dict[str, list[Any]], folder: Path, **settings: Any
) -> Explanation:
    output = Explanation()
    output.uri = str(folder / "explanation")
    node = explainer(**settings)
    Executor().Do(inputs, {keys.EXPLANATION: [output]}, node.exec_properties)
    return output


def test_it_writes_and_describes_the_importance(
    inputs: dict[str, list[Any]], tmp_path: Path
) -> None:
    output = executed(inputs, tmp_path, rows=250, repeats=2, seed=3)
    held = read_importance(Path(output.uri))
    assert held.features[0].feature == "strong"
    assert (held.metric, held.repeats, held.seed) == ("auc", 2, 3)
    assert held.rows <= 250
    assert output.get_string_custom_property("method") == "permutation"
    assert output.get_string_custom_property("metric") == "auc"
    assert output.get_string_custom_property("top") == "strong"
    assert [one.name for one in Path(output.uri).iterdir()] == ["importance.json"]


def test_every_setting_reaches_the_question() -> None:
    given: dict[str, Any] = {
        "label": "a",
        "weight": "b",
        "label_from": "c",
        "signature": "d",
        "output": "e",
        "metric": "mae",
        "features": ("f", "g"),
        "rows": 11,
        "repeats": 12,
        "seed": 13,
        "method": "shap",
    }
    allowed = {"XlaCallModule": "our own trainer writes it"}
    held = explainer(**given, split="test", allow_ops=allowed).exec_properties
    assert work.question_of(held) == Question(**given)
    assert held["split"] == "test"
    assert allowed_in(held) == ("XlaCallModule",)
    accepted = inspect.signature(tidegate.Explainer.__init__).parameters
    assert set(accepted) == {*given, "split", "allow_ops", "self", "examples", "model"}


def test_what_is_left_out_is_what_the_question_takes() -> None:
    held = tidegate.Explainer(EXAMPLES, MODEL, label="late").exec_properties
    assert work.question_of(held) == Question(label="late")
    raw = explainer(label_from=None).exec_properties
    assert work.question_of(raw).label_from is None


def test_a_model_that_reads_nothing_has_no_top(
    inputs: dict[str, list[Any]], tmp_path: Path
) -> None:
    output = executed(inputs, tmp_path, features=["unread"])
    assert output.get_string_custom_property("top") == ""


def test_a_split_that_is_not_there_is_refused(
    inputs: dict[str, list[Any]], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="no split 'test'"):
        executed(inputs, tmp_path, split="test")
    assert not list(tmp_path.iterdir())


def test_all_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(Problems) as told:
        explainer(
            label="",
            method="guess",
            metric="f1",
            rows=1,
            repeats=0,
            seed=-1,
            features=[],
        )
    where = [error.where for error in told.value.errors]
    assert where == [
        f"Explainer: {name}"
        for name in ("label", "method", "metric", "rows", "repeats", "seed", "features")
    ]
    assert told.value.exit_code == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"metric": "f1"}, "'auc' or 'accuracy' or 'log_loss' or 'rmse' or 'mae'"),
        ({"method": "lime"}, "'permutation' or 'shap'"),
        ({"repeats": 0}, "from 1 on"),
    ],
)
def test_a_wrong_setting_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        explainer(**wrong)


def test_the_work_imports_nothing_heavy() -> None:
    """Neither TFX, which it never needs, nor what it needs only to load a model."""
    code = (
        "import sys\n"
        "from tidegate.explainer import work\n"
        "names = {'tfx', 'tensorflow', 'apache_beam', 'shap', 'scipy', 'pandas'}\n"
        "assert not names & set(sys.modules), names & set(sys.modules)\n"
    )
    source = str(Path(work.__file__).parents[2])
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env={**os.environ, "PYTHONPATH": source},
    )
