"""A model that may not be loaded is not, and the report says what became of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.saved_model.graph_factory import field, node, saved_model

from tidegate.columnar.tf_record import write_records
from tidegate.errors import UsageError
from tidegate.infra_tests import check as checking
from tidegate.infra_tests import keys
from tidegate.infra_tests.check import Subject, check
from tidegate.infra_tests.confinement import Limits
from tidegate.infra_tests.probe import Probe
from tidegate.infra_tests.samples import count_rows, draw
from tidegate.infra_tests.settings import Settings
from tidegate.infra_tests.work import do, saved_model_in
from tidegate.report.model import read_report
from tidegate.runners.kubeflow.invocation import ArtifactType
from tidegate.steps.artifact import Artifact
from tidegate.steps.context import Context

Asked = list[tuple[Path, str, Sequence[bytes], Limits]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What children were asked, none of which is started."""
    seen: Asked = []

    def stub(
        folder: Path,
        signature: str,
        records: Sequence[bytes],
        limits: Limits,
        _: Any,
        **__: Any,
    ) -> Probe:
        seen.append((folder, signature, records, limits))
        return Probe(ended="it is a stub")

    monkeypatch.setattr(checking, "probe", stub)
    return seen


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(saved_model([node("a", "Const")]))
    return folder


def example(name: str, value: str) -> bytes:
    one = field(1, name) + field(2, field(1, field(1, value)))
    label = field(1, "label") + field(2, field(1, field(1, "0")))
    return field(1, field(1, one) + field(1, label))


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    folder = tmp_path / "examples"
    for split, count in (("train", 5), ("eval", 100)):
        (folder / f"Split-{split}").mkdir(parents=True)
        half = count // 2
        rows = [example("x", f"{split}{at}") for at in range(count)]
        write_records(folder / f"Split-{split}" / "a-0.gz", rows[:half])
        write_records(folder / f"Split-{split}" / "a-1.gz", rows[half:])
    return folder


def test_a_model_that_may_be_loaded_is(model: Path, asked: Asked) -> None:
    held = Settings(signature="other", seconds=7, memory=2 * 10**9)

    report = check(Subject(model), held)

    assert asked == [(model, "other", (), Limits(7, 2 * 10**9))]
    assert [one.test for one in report.failed] == ["loads"]
    assert "it is a stub" in report.failed[0].observed


@pytest.mark.parametrize(
    ("name", "content", "failed"),
    [
        ("saved_model.pb", b"\x12\xff", "ops"),
        ("saved_model.pb", b"", "ops"),
        ("saved_model.pb", saved_model([node("a", "PyFunc")]), "ops"),
        ("saved_model.pb", saved_model(assets={"a:0": "../../x"}), "whole"),
        ("variables/variables.index", b"", "whole"),
        ("own.so", b"", "whole"),
    ],
)
def test_a_model_that_may_not_be_loaded_is_not(
    name: str, content: bytes, failed: str, model: Path, asked: Asked
) -> None:
    (model / name).parent.mkdir(exist_ok=True)
    (model / name).write_bytes(content)

    report = check(Subject(model), Settings())

    assert not asked
    assert {one.test for one in report.failed} == {failed}
    assert len(report.skipped) == 8
    assert not report.passed


@pytest.mark.parametrize("name", ["saved_model.pb", ""])
def test_a_model_that_is_not_there_is_reported(
    name: str, model: Path, asked: Asked
) -> None:
    (model / "saved_model.pb").unlink()
    if not name:
        model.rmdir()

    report = check(Subject(model), Settings())

    assert report.failed[0].test == "whole"
    assert not asked


def test_requests_are_spread_over_the_split(examples: Path) -> None:
    found = draw(examples, "eval", 10)

    assert found.rows == tuple(range(0, 100, 10))
    assert found.records[7] == example("x", "eval70")
    assert count_rows(examples, "eval") == 100
    assert draw(examples, "train", 10).rows == (0, 1, 2, 3, 4)
    assert draw(examples, "eval", 3).rows == (0, 20, 40)


def test_requests_lack_what_callers_do_not_know(
    model: Path, examples: Path, asked: Asked
) -> None:
    held = Settings(sample=1, without=("label",))

    report = check(Subject(model, examples=examples), held)

    one = field(1, "x") + field(2, field(1, field(1, "eval0")))
    assert list(asked[0][2]) == [field(1, field(1, one))]
    assert report.rows == 1


def test_there_must_be_the_split(model: Path, examples: Path, asked: Asked) -> None:
    with pytest.raises(UsageError, match="no split 'test'"):
        check(Subject(model, examples=examples), Settings(split="test"))


def test_finds_the_model_in_an_artifact_and_a_pushed_one(tmp_path: Path) -> None:
    (tmp_path / "pushed").mkdir()
    (tmp_path / "pushed" / "saved_model.pb").touch()

    assert saved_model_in(tmp_path / "pushed") == tmp_path / "pushed"
    assert saved_model_in(tmp_path) == tmp_path / "Format-Serving"


def test_the_step_writes_its_report(tmp_path: Path, model: Path, asked: Asked) -> None:
    model.rename(tmp_path / "Format-Serving")
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "schema.pbtxt").write_text('feature { name: "x" }')
    kind = ArtifactType(name="Model", path="tfx.types.standard_artifacts.Model")
    output = Artifact(kind, str(tmp_path / "report"))

    do(
        {
            keys.MODEL: [Artifact(kind, str(tmp_path))],
            keys.SCHEMA: [Artifact(kind, str(tmp_path / "schema"))],
        },
        {keys.REPORT: [output]},
        {keys.SETTINGS: Settings().model_dump_json(), keys.DATASET: "flights"},
        Context(),
    )

    report = read_report(tmp_path / "report")
    assert (report.kind, report.dataset, report.passed) == ("infra", "flights", False)
    assert (tmp_path / "report" / "report.html").exists()
    assert output.get_string_custom_property("kind") == "infra"
    assert json.loads((tmp_path / "report" / "report.json").read_text())["verdict"]
