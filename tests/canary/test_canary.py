"""A canary beside the champion: promoted, abandoned, and never decided twice."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.canary.replayed import (
    SUITE,
    Bench,
    Scaled,
    plain,
    pushed_artifact,
    records,
    write_examples,
)
from tests.pusher.pushed_models import write_saved_model

from tidegate.canary import keys, verdict
from tidegate.errors import ComponentError, SecurityError, UsageError
from tidegate.evaluation.facts import read_facts
from tidegate.evaluation.scored_rows import read_rows
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.moving import canary, promote
from tidegate.report.model import Outcome, TestReport, read_report
from tidegate.steps.artifact import Artifact


@dataclass(frozen=True)
class Models:
    """Models of known worth.

    Attributes:
        champion: Knows what x tells.
        same: Knows the same.
        worse: Knows the opposite.
    """

    champion: Path
    same: Path
    worse: Path


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Models:
    monkeypatch.setattr("tidegate.serving.predictor.Predictor", Scaled)
    # Drawing takes longer than all the rest.
    monkeypatch.setattr("tidegate.canary.work.write_page", lambda *given: None)
    made = [
        write_saved_model(tmp_path / f"model-{number}", str(scale).encode())
        for number, scale in enumerate((1.0, 2.0, -1.0))
    ]
    return Models(*made)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    examples = write_examples(
        tmp_path / "examples", train=records(50), eval=records(1500, 1)
    )
    return Bench(tmp_path, examples)


def state(bench: Bench) -> tuple[int | None, Any]:
    """Champion and canary."""
    found = Ledger(bench.pushed).state()
    return found.champion, found.canary


def reported(artifact: Any) -> tuple[str, TestReport]:
    """The decision and the report."""
    decision = artifact.get_string_custom_property("decision")
    return decision, read_report(Path(artifact.uri))


def test_a_canary_that_holds_is_promoted(bench: Bench, models: Models) -> None:
    old = bench.push(models.champion).version
    new = bench.push(models.same, "canary").version
    decision, report = reported(bench.run(new))
    assert decision == "promoted"
    assert report.passed
    assert state(bench) == (new, None)
    event = Ledger(bench.pushed).events()[-1]
    assert (event.kind, event.by, event.run) == ("promote", "Canary", "a-run")
    assert f"on 1,500 replayed rows beside {old}" in event.reason
    assert event.reason.startswith("no failure in ")


def test_a_worse_canary_is_abandoned_and_the_run_goes_on(
    bench: Bench, models: Models
) -> None:
    old = bench.push(models.champion).version
    new = bench.push(models.worse, "canary").version
    artifact = bench.run(new)
    decision, report = reported(artifact)
    assert decision == "abandoned"
    assert not report.passed
    assert artifact.get_int_custom_property("passed") == 0
    assert state(bench) == (old, None)
    event = Ledger(bench.pushed).events()[-1]
    assert (event.kind, event.version) == ("abandon", new)
    assert event.reason.endswith(f"beside {old}: auc · champion")


def test_the_report_says_which_versions_were_replayed(
    bench: Bench, models: Models
) -> None:
    old = bench.push(models.champion).version
    new = bench.push(models.same, "canary").version
    artifact = bench.run(new)
    _, report = reported(artifact)
    first = report.results[0]
    assert (first.test, first.subject) == ("canary", f"version {new}")
    assert str(old) in first.expectation
    assert str(old) in (report.reference or "")


def test_the_evaluation_has_rows_and_facts_of_both(
    bench: Bench, models: Models
) -> None:
    old = bench.push(models.champion).version
    new = bench.push(models.same, "canary").version
    bench.more[keys.SLICES] = '["x"]'
    bench.run(new)
    rows, facts = read_rows(bench.evaluation), read_facts(bench.evaluation)
    assert rows is not None
    assert len(rows) == 1500
    assert rows.champion is not None
    # The canary is twice as sure of everything.
    odds = [np.log(one / (1 - one)) for one in (rows.prediction, rows.champion)]
    np.testing.assert_allclose(odds[0], 2 * odds[1], rtol=1e-2)
    assert set(rows.slices) == {"x"}
    assert facts is not None
    assert facts.task == "binary"
    assert facts.model.uri == f"{bench.pushed}/{new}"
    assert facts.champion is not None
    assert facts.champion.uri == f"{bench.pushed}/{old}"
    assert len(facts.model.request_ms) == len(facts.champion.request_ms) == 50
    files = [one for one in models.same.rglob("*") if one.is_file()]
    assert facts.model.size == sum(one.stat().st_size for one in files)


@pytest.mark.parametrize("worth", ["same", "worse"])
def test_run_again_it_decides_nothing_twice(
    bench: Bench, models: Models, worth: str
) -> None:
    bench.push(models.champion)
    new = bench.push(getattr(models, worth), "canary").version
    first = reported(bench.run(new))
    before = Ledger(bench.pushed).events()
    again = reported(bench.run(new))
    assert Ledger(bench.pushed).events() == before
    assert again[0] == first[0]
    assert again[1].passed == first[1].passed
    # Judged again beside the same champion, and it says that it was decided.
    assert again[1].rows == 1500
    assert f"event {before[-1].number}" in again[1].results[0].observed


def test_the_first_model_of_all_has_nothing_beside_it(
    bench: Bench, models: Models
) -> None:
    first = bench.push(models.champion, "canary").version
    decision, report = reported(bench.run(first))
    assert decision == "champion"
    assert report.passed
    assert "no champion" in report.results[0].observed
    assert len(Ledger(bench.pushed).events()) == 1


def test_a_version_that_was_passed_over_is_not_decided_upon(
    bench: Bench, models: Models
) -> None:
    bench.push(models.champion)
    new = bench.push(models.same, "canary").version
    newer = bench.push(models.same, "canary").version
    decision, report = reported(bench.run(new))
    assert decision == "passed over"
    assert not report.passed
    canary_now = state(bench)[1]
    assert canary_now.version == newer


def test_nothing_is_decided_where_the_champion_changed_meanwhile(
    bench: Bench, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.push(models.champion)
    new = bench.push(models.same, "canary").version
    other = bench.push(models.same, "none").version

    def judged_slowly(*given: Any, **named: Any) -> TestReport:
        promote(bench.pushed, other, by="eve", reason="could not wait")
        return judge(*given, **named)

    from tidegate.model_tests.judging import judge

    monkeypatch.setattr("tidegate.canary.work.judge", judged_slowly)
    decision, report = reported(bench.run(new))
    assert decision == "passed over"
    assert report.failed[0].test == "canary"
    champion, beside = state(bench)
    assert champion == other
    assert beside is not None
    assert beside.version == new


def test_nothing_is_decided_where_the_champion_changed_in_the_last_moment(
    bench: Bench, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.push(models.champion)
    new = bench.push(models.same, "canary").version
    other = bench.push(models.same, "none").version

    def changed_after(*given: Any) -> bool:
        promote(bench.pushed, other, by="eve", reason="could not wait")
        return True

    monkeypatch.setattr(verdict, "still", changed_after)
    with pytest.raises(UsageError, match="meanwhile"):
        bench.run(new)
    assert state(bench)[0] == other


def test_stopped_before_the_decision_it_goes_on(
    bench: Bench, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = bench.push(models.champion).version
    new = bench.push(models.same, "canary").version

    def stopped(*given: Any, **named: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(verdict, "promote", stopped)
        with pytest.raises(KeyboardInterrupt):
            bench.run(new)
    assert state(bench)[0] == old
    assert reported(bench.run(new))[0] == "promoted"
    assert state(bench) == (new, None)


def test_changed_files_are_not_loaded(bench: Bench, models: Models) -> None:
    bench.push(models.champion)
    new = bench.push(models.same, "canary").version
    path = bench.pushed / str(new) / "variables" / "variables.index"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(SecurityError, match="not those that were pushed"):
        bench.run(new)


def test_a_version_that_is_gone_is_taken_out(bench: Bench, models: Models) -> None:
    old = bench.push(models.champion).version
    new = bench.push(models.same, "canary").version
    shutil.rmtree(bench.pushed / str(new))
    # The ledger heals itself first, and takes a canary out that cannot serve.
    with pytest.raises(UsageError, match="cannot be served"):
        bench.run(new)
    assert state(bench) == (old, None)


def test_a_version_of_another_ledger_is_refused(bench: Bench, models: Models) -> None:
    bench.push(models.champion)
    with pytest.raises(ComponentError, match="not on the ledger"):
        bench.run(12)


def test_a_pusher_that_did_not_push_is_refused(bench: Bench, models: Models) -> None:
    from tidegate.canary.work import _version

    with pytest.raises(ComponentError, match="no model was pushed"):
        _version({keys.PUSHED_MODEL: [pushed_artifact(12, pushed=0)]})


def test_one_that_is_made_canary_by_hand_is_decided_upon(
    bench: Bench, models: Models
) -> None:
    bench.push(models.champion)
    new = bench.push(models.same, "none").version
    canary(bench.pushed, new, 0, by="ada", reason="replay it first")
    assert reported(bench.run(new))[0] == "promoted"


def test_a_sample_of_the_rows_is_replayed(bench: Bench, models: Models) -> None:
    bench.push(models.champion)
    new = bench.push(models.same, "canary").version
    bench.more[keys.ROWS] = 700
    _, report = reported(bench.run(new))
    assert report.rows == 700


def test_a_label_that_is_nowhere_is_told(bench: Bench, models: Models) -> None:
    bench.push(models.champion)
    new = bench.push(models.same, "canary").version
    bench.more[keys.LABEL] = "late"
    with pytest.raises(UsageError, match="the rows have no 'late'"):
        bench.run(new)


def test_failures_are_told_by_their_names(bench: Bench, models: Models) -> None:
    bench.push(models.champion)
    new = bench.push(models.worse, "canary").version
    _, report = reported(bench.run(new))
    assert all(one.outcome is not Outcome.SKIPPED for one in report.failed)
    assert {"against_champion"} <= {one.test for one in report.failed}


def test_a_feature_that_explains_all_is_seen_in_an_explanation(
    bench: Bench, models: Models
) -> None:
    from tidegate.explain.importance import (
        FeatureImportance,
        Importance,
        write_importance,
    )

    bench.push(models.champion)
    new = bench.push(models.same, "canary").version
    single = {"single_feature": {"share_at_most": "90%"}}
    bench.suite = {"tests": [*SUITE["tests"], single]}
    x = FeatureImportance(feature="x", drop=0.4, spread=0.01, share=0.99, alone=0.9)
    write_importance(
        Importance(
            metric="auc",
            value=0.9,
            constant=0.5,
            rows=9,
            repeats=1,
            seed=1,
            features=(x,),
        ),
        bench.folder / "explanation",
    )
    explanation = Artifact(plain("Explanation"), str(bench.folder / "explanation"))
    bench.inputs[keys.EXPLANATION] = [explanation]
    decision, report = reported(bench.run(new))
    assert decision == "abandoned"
    assert [one.test for one in report.failed] == ["single_feature"]
    assert report.failed[0].subject == "x"


def test_a_lost_explanation_is_told(bench: Bench, models: Models) -> None:
    bench.push(models.champion)
    new = bench.push(models.same, "canary").version
    bench.inputs[keys.EXPLANATION] = [Artifact(plain("Explanation"), "nowhere")]
    with pytest.raises(ComponentError, match="explanation cannot be read"):
        bench.run(new)
