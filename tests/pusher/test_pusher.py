"""A model is pushed with where it comes from, or refused aloud."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.pusher.pushed_models import (
    RUN,
    Step,
    plain,
    write_metrics,
    write_saved_model,
    write_some_report,
)

from tidegate.errors import GateShut, UsageError
from tidegate.ledger.events import Event
from tidegate.ledger.ledger import Ledger
from tidegate.pusher import keys
from tidegate.pusher.metrics import overall_metrics
from tidegate.steps.artifact import Artifact


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return Step(tmp_path)


def only_event(step: Step) -> Event:
    """The one event of the ledger."""
    (event,) = Ledger(step.pushed).events()
    return event


def test_a_pushed_model_is_described_as_the_stock_pusher_does(step: Step) -> None:
    output = step.run()
    version = only_event(step).version
    assert output.get_int_custom_property("pushed") == 1
    assert output.get_string_custom_property("pushed_version") == str(version)
    destination = output.get_string_custom_property("pushed_destination")
    assert destination == f"{step.pushed}/{version}"
    assert (Path(destination) / "saved_model.pb").read_bytes() == b"\x08\x01\x12\x00"


def test_the_artifact_keeps_the_event(step: Step) -> None:
    output = step.run()
    kept = Event.model_validate_json((Path(output.uri) / "push.json").read_bytes())
    assert kept == only_event(step)


def test_the_ledger_says_where_the_model_comes_from(step: Step) -> None:
    step.with_evidence().run()
    event = only_event(step)
    assert (event.by, event.reason, event.run) == (
        "Pusher",
        "every gate before it was open",
        RUN,
    )
    assert event.model is not None
    said = event.model.provenance
    assert (said.pipeline, said.run) == ("small", RUN)
    (examples,) = said.examples
    assert examples.uri == "gs://b/examples"
    assert (examples.span, examples.version) == (9, 2)
    assert examples.splits == ("train", "eval")
    assert examples.rows == {"train": 200, "eval": 100}
    assert examples.fingerprint == "split:x,num_files:1"
    assert said.data_schema is not None
    schema = (step.folder / "schema" / "schema.pbtxt").read_bytes()
    assert said.data_schema.sha256 == hashlib.sha256(schema).hexdigest()
    data, model = said.reports
    assert (data.kind, model.kind) == ("data", "model")
    assert data.uri == "gs://b/data"
    assert (data.passed, data.tests, data.failed, data.warned) == (True, 2, 0, 1)
    report = (step.folder / "data" / "report.json").read_bytes()
    assert data.sha256 == hashlib.sha256(report).hexdigest()
    assert said.metrics == {"auc": 0.9, "binary_accuracy": 0.75}
    assert said.parameters == {"epochs": 3}
    assert said.environment is not None
    assert said.environment.packages["numpy"]


def test_the_digest_of_examples_follows_from_names_and_contents(
    step: Step, tmp_path: Path
) -> None:
    step.with_evidence()
    files = sorted((step.folder / "examples").glob("Split-*/*"))
    lines = [
        f"{file.parent.name}/{file.name}:"
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}\n"
        for file in files
    ]
    # What stands beside the splits is made of them.
    (step.folder / "examples" / "columns.json").write_text("{}")
    step.run()
    event = only_event(step)
    assert event.model is not None
    (examples,) = event.model.provenance.examples
    assert examples.digest == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_examples_in_a_store_are_not_read_again(
    step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    step.with_evidence()
    (examples,) = step.inputs[keys.EXAMPLES]
    examples.uri = "memory://bucket/examples"
    # What would be found by taking the URL for a path.
    monkeypatch.chdir(step.folder)
    wrong = step.folder / "memory:" / "bucket" / "examples" / "Split-eval"
    wrong.mkdir(parents=True)
    (wrong / "data.gz").write_bytes(b"x")
    step.run()
    event = only_event(step)
    assert event.model is not None
    assert event.model.provenance.examples[0].digest is None


def test_examples_without_a_span_have_none(step: Step) -> None:
    step.with_evidence()
    (examples,) = step.inputs[keys.EXAMPLES]
    examples.span = examples.version = 0
    step.run()
    event = only_event(step)
    assert event.model is not None
    (said,) = event.model.provenance.examples
    assert (said.span, said.version) == (None, None)


@pytest.mark.parametrize("key", keys.REPORTS)
def test_a_report_that_did_not_pass_is_refused_aloud(step: Step, key: str) -> None:
    kind = key.partition("_")[0]
    report = write_some_report(step.folder / key, kind, passed=False)
    step.inputs[key] = [report]
    with pytest.raises(GateShut, match=f"1 of 2 {kind} tests failed") as caught:
        step.run()
    assert caught.value.exit_code == 1
    # Where the report is, so that it can be shown.
    assert caught.value.reports == (f"gs://b/{kind}",)
    assert not step.pushed.exists()


@pytest.mark.parametrize(("blessed", "refused"), [(1, False), (0, True), (None, True)])
def test_a_model_that_is_not_blessed_is_refused_aloud(
    step: Step, blessed: int | None, refused: bool
) -> None:
    blessing = Artifact(plain("ModelBlessing"), str(step.folder))
    if blessed is not None:
        blessing.set_int_custom_property("blessed", blessed)
    step.inputs[keys.MODEL_BLESSING] = [blessing]
    if refused:
        with pytest.raises(GateShut, match="not blessed"):
            step.run()
        assert not step.pushed.exists()
    else:
        step.run()
        assert only_event(step).champion is not None


def test_everything_against_a_model_is_told_at_once(step: Step) -> None:
    step.inputs[keys.MODEL_BLESSING] = [Artifact(plain("ModelBlessing"), "x")]
    for kind in ("data", "model"):
        report = write_some_report(step.folder / kind, kind, passed=False)
        step.inputs[f"{kind}_report"] = [report]
    with pytest.raises(GateShut) as caught:
        step.run()
    for text in ("1 of 2 data tests", "1 of 2 model tests", "not blessed"):
        assert text in caught.value.message


def test_a_run_that_is_tried_again_pushes_once(step: Step) -> None:
    first = step.run()
    again = step.run()
    name = "pushed_version"
    assert again.get_string_custom_property(name) == first.get_string_custom_property(
        name
    )
    assert len(Ledger(step.pushed).events()) == 1


def test_a_try_that_was_stopped_before_servers_knew_is_put_right(step: Step) -> None:
    step.run()
    pointer = step.pushed / "ledger" / "champion.json"
    pointer.unlink()
    step.run()
    assert json.loads(pointer.read_text())["champion"] == only_event(step).version


def test_another_model_of_the_same_run_is_another_version(step: Step) -> None:
    step.run()
    weights = "variables/variables.data-00000-of-00001"
    (step.folder / "model" / "Format-Serving" / weights).write_bytes(b"others")
    step.run()
    assert len(Ledger(step.pushed).events()) == 2


def test_another_run_pushes_the_same_model_again(step: Step) -> None:
    step.run()
    step.context = replace(step.context, run="another")
    step.run()
    assert len(Ledger(step.pushed).state().versions) == 2


def test_a_canary_stands_beside_the_champion(step: Step) -> None:
    step.properties[keys.BECOMES] = "canary"
    step.properties[keys.PERCENT] = 7
    # There is nothing yet that it could stand beside.
    step.run()
    first = Ledger(step.pushed).state()
    assert (first.champion, first.canary) == (only_event(step).version, None)
    step.context = replace(step.context, run="another")
    output = step.run()
    state = Ledger(step.pushed).state()
    assert state.champion == first.champion
    assert state.canary is not None
    version = output.get_string_custom_property("pushed_version")
    assert (str(state.canary.version), state.canary.percent) == (version, 7)


def test_who_and_why_are_said(step: Step) -> None:
    step.properties |= {keys.BY: "ada", keys.REASON: "the old one is stale"}
    step.run()
    event = only_event(step)
    assert (event.by, event.reason) == ("ada", "the old one is stale")


def test_a_model_that_is_not_whole_is_not_pushed(step: Step) -> None:
    (step.folder / "model" / "Format-Serving" / "variables/variables.index").unlink()
    with pytest.raises(UsageError, match="whole SavedModel"):
        step.run()
    assert not Ledger(step.pushed).events()


def test_metrics_are_those_of_the_candidate(tmp_path: Path) -> None:
    write_metrics(tmp_path / "evaluation", champion=True)
    found = overall_metrics(tmp_path / "evaluation")
    assert found == {"auc": 0.9, "binary_accuracy": 0.75}


def test_an_evaluation_without_tfmas_files_has_no_metrics(tmp_path: Path) -> None:
    assert overall_metrics(tmp_path) == {}


def test_helpers_make_a_whole_model(tmp_path: Path) -> None:
    from tidegate.ledger.model_folder import demand_whole

    folder: Any = write_saved_model(tmp_path / "model")
    assert demand_whole(folder) == folder
