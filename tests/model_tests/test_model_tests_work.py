"""ModelTests does its work without TFX, and its component says what it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.model_tests.evaluations import draw, explained, write

from tidegate.errors import ComponentError
from tidegate.explain.importance import write_importance
from tidegate.model_tests import keys
from tidegate.model_tests.suite import ModelSuite
from tidegate.model_tests.work import do
from tidegate.report.model import PAGE_FILE, REPORT_FILE, read_report
from tidegate.runners.kubeflow.invocation import ArtifactType
from tidegate.steps.artifact import Artifact
from tidegate.steps.context import Context

SUITE = ModelSuite.model_validate(
    {"tests": [{"bounds": {"metric": "auc", "at_least": 0.7}}, {"single_feature": {}}]}
)


def artifact(uri: Path) -> Artifact:
    return Artifact(ArtifactType(name="Any", path="any.Any"), str(uri))


def run(folder: Path, **inputs: Artifact) -> Artifact:
    output = artifact(folder / "report")
    do(
        {name: [one] for name, one in inputs.items()},
        {keys.REPORT: [output]},
        {
            keys.DATASET: "flights",
            keys.SUITE: SUITE.model_dump_json(),
            keys.SUITE_FILE: "model_tests.yaml",
        },
        Context(),
    )
    return output


def an_evaluation(folder: Path) -> Artifact:
    label, first, second = draw(2000)
    return artifact(write(folder / "evaluation", label, first, second))


def test_it_writes_the_report_and_describes_it(tmp_path: Path) -> None:
    write_importance(explained(arr_delay=0.99), tmp_path / "explanation")
    output = run(
        tmp_path,
        evaluation=an_evaluation(tmp_path),
        model=artifact(tmp_path / "model"),
        explanation=artifact(tmp_path / "explanation"),
    )
    report = read_report(tmp_path / "report")
    assert (report.dataset, report.suite_file) == ("flights", "model_tests.yaml")
    assert [one.subject for one in report.failed] == ["arr_delay"]
    assert (tmp_path / "report" / PAGE_FILE).is_file()
    assert output.get_string_custom_property("kind") == "model"
    assert output.get_int_custom_property("failed") == 1


def test_a_damaged_explanation_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "importance.json").write_text("{")
    with pytest.raises(ComponentError, match="explanation cannot be read"):
        run(
            tmp_path,
            evaluation=an_evaluation(tmp_path),
            explanation=artifact(tmp_path),
        )
    assert not (tmp_path / "report" / REPORT_FILE).exists()


def test_it_loads_neither_tfx_nor_tensorflow(tmp_path: Path) -> None:
    an_evaluation(tmp_path)
    code = f"""
import json, sys
from pathlib import Path
from tidegate.model_tests.judging import judge
from tidegate.model_tests.tfma_protos import message
from tidegate.model_tests import work
judge(Path({str(tmp_path / "evaluation")!r}))
message("EvalRun")
heavy = ("tensorflow", "tfx", "apache_beam", "tensorflow_model_analysis", "scipy")
print(json.dumps([name for name in heavy if name in sys.modules]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []


def test_the_component_takes_a_suite_and_an_explanation(tmp_path: Path) -> None:
    tfx_types = pytest.importorskip("tfx.types")
    from tidegate.artifacts import Explanation
    from tidegate.model_tests.component import ModelTests

    standard = tfx_types.standard_artifacts
    path = tmp_path / "model_tests.yaml"
    path.write_text("tests:\n  - bounds: {metric: auc, at_least: 0.7}\n")

    def built(**more: Any) -> Any:
        return ModelTests(
            evaluation=tfx_types.Channel(type=standard.ModelEvaluation),
            model=tfx_types.Channel(type=standard.Model),
            **more,
        ).spec

    plain = built()
    assert keys.SUITE not in plain.exec_properties
    assert keys.EXPLANATION not in plain.inputs
    explanation = tfx_types.Channel(type=Explanation)
    whole = built(suite=path, explanation=explanation, dataset="flights")
    assert whole.exec_properties[keys.SUITE_FILE] == str(path)
    assert ModelSuite.model_validate_json(whole.exec_properties[keys.SUITE]).tests
    assert keys.EXPLANATION in whole.inputs
    assert keys.SUITE_FILE not in built(suite=SUITE).exec_properties
