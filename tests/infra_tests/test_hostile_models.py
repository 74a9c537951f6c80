"""Models of TensorFlow's own making: the harmful are not loaded, the rest told."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.infra_tests import hostile_models
from tests.serving.serving_models import serialized

from tidegate.columnar.tf_record import write_records
from tidegate.infra_tests.check import Subject, check
from tidegate.infra_tests.settings import Settings
from tidegate.report.model import TestReport
from tidegate.saved_model.catalogue import catalogue

NEVER_LOADED = "a model that may not be loaded was loaded"


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    (folder / "Split-eval").mkdir()
    rows = [{"x": float(at % 7) - 3, "w": "abc?"[at % 4]} for at in range(60)]
    write_records(folder / "Split-eval" / "data.gz", [serialized(one) for one in rows])
    return folder


def refused_ops(report: TestReport) -> set[str]:
    return {one.subject for one in report.failed if one.test == "ops"}


@pytest.mark.parametrize(
    ("name", "op"),
    [
        ("reads_a_file", "ReadFile"),
        ("runs_python", "EagerPyFunc"),
        ("runs_numpy", "PyFunc"),
        ("prints_to_a_file", "PrintV2"),
    ],
)
def test_does_not_load_what_reaches_out(
    name: str, op: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.infra_tests.check.probe", _never)
    hostile_models.write(tmp_path / "model", getattr(hostile_models, name))

    report = check(Subject(tmp_path / "model"), Settings())

    assert refused_ops(report) == {op}
    assert all("security" in str(one.fix) for one in report.failed)
    assert {"loads", "requests"} <= {one.test for one in report.skipped}


def test_does_not_load_what_writes_when_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.infra_tests.check.probe", _never)
    hostile_models.write(
        tmp_path / "model", hostile_models.computes, written=tmp_path / "written"
    )

    report = check(Subject(tmp_path / "model"), Settings())

    assert refused_ops(report) == {"WriteFile"}
    assert not (tmp_path / "written").exists()


def test_loads_what_somebody_answers_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.infra_tests.check.probe", _never)
    hostile_models.write(tmp_path / "model", hostile_models.reads_a_file)
    settings = Settings(allow_ops={"ReadFile": "it reads the host's name"})

    with pytest.raises(AssertionError, match=NEVER_LOADED):
        check(Subject(tmp_path / "model"), settings)


@pytest.mark.parametrize("kind", ["keras", "vocabulary"])
def test_knows_what_ordinary_models_have(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.infra_tests.check.probe", _never)
    if kind == "keras":
        hostile_models.write_keras(tmp_path / "model")
    else:
        hostile_models.write_with_vocabulary(tmp_path / "model", tmp_path / "words")

    with pytest.raises(AssertionError, match=NEVER_LOADED):
        check(Subject(tmp_path / "model"), Settings())


def test_a_good_model_passes(tmp_path: Path, examples: Path) -> None:
    hostile_models.write_with_vocabulary(tmp_path / "model", tmp_path / "words")

    report = check(Subject(tmp_path / "model", examples=examples), Settings())

    assert report.passed, report.failed
    assert {one.test for one in report.skipped} == {"parity"}


def test_says_that_no_model_server_would_answer(tmp_path: Path, examples: Path) -> None:
    hostile_models.write_keras_attribute(tmp_path / "model")

    report = check(Subject(tmp_path / "model", examples=examples), Settings())

    (failed,) = report.failed
    assert (failed.test, failed.subject) == ("server", "session")
    assert "nothing restores the variable late/bias" in failed.observed


def test_says_all_that_is_wrong_with_answers(tmp_path: Path, examples: Path) -> None:
    hostile_models.write(tmp_path / "model", hostile_models.answers_badly)

    report = check(Subject(tmp_path / "model", examples=examples), Settings())

    assert {(one.test, one.subject) for one in report.failed} == {
        ("requests", "finite"),
        ("requests", "one by one"),
        ("determinism", "twice"),
        ("determinism", "two loads"),
    }


def test_ends_a_model_that_never_ends(tmp_path: Path, examples: Path) -> None:
    hostile_models.write(tmp_path / "model", hostile_models.never_ends)

    report = check(Subject(tmp_path / "model", examples=examples), Settings(seconds=4))

    (failed,) = report.failed
    assert (failed.test, failed.observed) == ("requests", "it was not done after 4 s")


def test_ends_a_model_that_eats_memory(tmp_path: Path, examples: Path) -> None:
    hostile_models.write(tmp_path / "model", hostile_models.eats_memory)

    report = check(
        Subject(tmp_path / "model", examples=examples), Settings(memory=15 * 10**8)
    )

    assert {one.test for one in report.failed} == {"requests", "memory"}
    assert "more than 1.5 GB" in report.failed[0].observed


def test_the_catalogue_has_every_operation_of_tensorflow() -> None:
    from tensorflow.core.framework import op_def_pb2
    from tensorflow.python.client import pywrap_tf_session

    held = op_def_pb2.OpList()
    held.ParseFromString(
        bytes(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    )
    new = {one.name for one in held.op} - catalogue().known

    assert not new, "read what they do, and put them into ops.json"


def test_the_catalogue_has_every_operation_once() -> None:
    known = catalogue()
    counts = len(known.allowed) + len(known.refused) + len(known.bound)

    assert counts == len(known.known)


def _never(*_: object, **__: object) -> None:
    raise AssertionError(NEVER_LOADED)
