"""What each model test says of good, bad and unlikely models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.model_tests.evaluations import Numbers, draw, explained, sigmoid, write

from tidegate.errors import ComponentError
from tidegate.evaluation.facts import Facts, ModelFacts, write_facts
from tidegate.evaluation.scored_rows import ROWS_FILE
from tidegate.model_tests.case import Case
from tidegate.model_tests.catalogue import Bounds
from tidegate.model_tests.judging import judge
from tidegate.model_tests.model_test import Finding, ModelTest
from tidegate.model_tests.suite import ModelSuite
from tidegate.report.model import Curves, Intervals, Outcome, TestReport, TestResult

BASE: dict[str, Any] = {"bounds": {"metric": "auc", "at_least": 0.6}}

SLICES: dict[str, Any] = {"metric": "auc", "by": ["carrier"], "at_least": 0.5}
WAIVER = {"owner": "flights team", "reason": "new airport", "expires": "2999-01-01"}


def suite_of(*tests: dict[str, Any], **more: Any) -> ModelSuite:
    return ModelSuite.model_validate({"tests": list(tests), **more})


def the(report: TestReport, test: str) -> TestResult:
    (found,) = [one for one in report.results if one.test == test]
    return found


def all_of(report: TestReport, test: str) -> list[TestResult]:
    return [one for one in report.results if one.test == test]


@pytest.fixture(scope="module")
def equal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models of one quality, on 20,000 rows of eight carriers."""
    label, first, second = draw(20_000, shared=0.8)
    random = np.random.default_rng(0)
    carrier = random.choice(list("ABCDEFGH"), 20_000)
    carrier[:50] = "tiny"
    origin = random.choice(["EWR", "JFK", "LGA"], 20_000)
    return write(
        tmp_path_factory.mktemp("equal"),
        label,
        first,
        second,
        slices={"carrier": carrier.tolist(), "origin": origin.tolist()},
    )


def with_rows(
    folder: Path, *, spoiled: float = 0.0, rows: int = 20_000, **more: Any
) -> Path:
    """A candidate whose odds carry so much more noise than the champion's."""
    label, first, second = draw(rows, shared=0.95)
    noise = np.random.default_rng(7).normal(size=rows) * spoiled
    odds = np.log(first / (1 - first)) + noise
    return write(folder, label, sigmoid(odds), second, **more)


def test_a_good_model_passes_and_is_told_with_its_interval(equal: Path) -> None:
    against = {"against_champion": {"metric": "auc", "worse_by_at_most": 0.005}}
    report = judge(equal, suite=suite_of(BASE, against), dataset="flights")
    assert report.passed
    assert report.rows == 20_000
    assert (report.kind, report.dataset) == ("model", "flights")
    told = the(report, "against_champion").observed
    assert "(95 %: " in told
    assert ", champion 0." in told
    assert "; change " in told


@pytest.mark.parametrize(
    ("bound", "holds"),
    [
        ({"at_least": 0.84}, True),
        ({"at_least": 0.9}, False),
        ({"at_most": 0.9}, True),
        ({"at_most": 0.84}, False),
        ({"at_least": 0.848, "confident": True}, False),
        ({"at_least": 0.84, "confident": True}, True),
        ({"at_most": 0.853, "confident": True}, False),
    ],
)
def test_bounds_hold_or_not(equal: Path, bound: dict[str, Any], holds: bool) -> None:
    report = judge(equal, suite=suite_of({"bounds": {"metric": "auc", **bound}}))
    found = the(report, "bounds")
    value, low, high = (
        float(found.observed[a:b]) for a, b in ((0, 6), (14, 20), (24, 30))
    )
    assert low < value < high
    assert low < 0.848 < value < 0.853 < high
    assert (found.outcome is Outcome.PASSED) is holds
    assert bool(found.fix) is not holds


def test_a_warning_does_not_shut_the_gate(equal: Path) -> None:
    low = {"bounds": {"metric": "auc", "at_least": 0.99, "level": "warn"}}
    report = judge(equal, suite=suite_of(low, {"slices": SLICES}))
    assert the(report, "bounds").outcome is Outcome.WARNED
    assert report.passed


@pytest.mark.parametrize(
    ("bound", "proved"),
    [
        ({"at_least": 0.6}, True),
        ({"at_least": 0.6, "level": "warn"}, True),
        ({"at_least": 0.6, "waiver": WAIVER}, True),
        ({"at_least": 0.99}, True),
        ({"at_least": 0.99, "level": "warn"}, False),
        ({"at_least": 0.99, "waiver": WAIVER}, False),
        ({"at_least": 0.99, "confident": True, "level": "warn"}, False),
    ],
)
def test_what_did_not_hold_and_stopped_nothing_is_no_proof(
    equal: Path, bound: dict[str, Any], proved: bool
) -> None:
    report = judge(equal, suite=suite_of({"bounds": {"metric": "auc", **bound}}))
    refused = all_of(report, "threshold")
    assert bool(refused) is not proved
    held = the(report, "bounds").outcome is Outcome.PASSED
    assert report.passed is (held and proved)


@pytest.mark.parametrize(
    ("expires", "outcome"),
    [("2999-01-01", Outcome.WAIVED), ("2020-01-01", Outcome.FAILED)],
)
def test_somebody_may_answer_for_a_failure(
    equal: Path, expires: str, outcome: Outcome
) -> None:
    waiver = {"owner": "flights team", "reason": "new airport", "expires": expires}
    low = {"bounds": {"metric": "auc", "at_least": 0.99, "waiver": waiver}}
    found = the(judge(equal, suite=suite_of(low)), "bounds")
    assert found.outcome is outcome
    assert found.waiver is not None
    assert ("expired" in found.observed) is (outcome is Outcome.FAILED)


def test_a_waiver_that_ended_has_to_go(equal: Path) -> None:
    waiver = {"owner": "flights team", "reason": "new airport", "expires": "2020-01-01"}
    held = {"metric": "auc", "at_least": 0.6, "level": "warn", "waiver": waiver}
    found = the(judge(equal, suite=suite_of({"bounds": held})), "bounds")
    assert found.outcome is Outcome.FAILED
    assert found.fix == "ask flights team to renew the waiver or to end it"


@pytest.mark.parametrize(
    ("spoiled", "tolerance", "rows", "told"),
    [
        (0.0, 0.01, 20_000, None),
        (2.0, 0.01, 20_000, ": worse"),
        (0.0, 0.004, 400, "not proved, evaluate on about"),
    ],
)
def test_a_model_is_proved_no_worse_or_worse_or_neither(
    tmp_path: Path, spoiled: float, tolerance: float, rows: int, told: str | None
) -> None:
    folder = with_rows(tmp_path / "e", spoiled=spoiled, rows=rows)
    test = {"against_champion": {"metric": "auc", "worse_by_at_most": tolerance}}
    found = the(judge(folder, suite=suite_of(test)), "against_champion")
    assert (found.outcome is Outcome.PASSED) is (told is None)
    assert told is None or told in found.observed
    assert isinstance(found.plot, Intervals)


def test_what_is_not_proved_may_be_a_warning(tmp_path: Path) -> None:
    folder = with_rows(tmp_path / "e", rows=400)
    test = {"metric": "auc", "worse_by_at_most": 0.004, "undecided": "warn"}
    report = judge(folder, suite=suite_of({"against_champion": test}))
    assert the(report, "against_champion").outcome is Outcome.WARNED


def test_a_lower_loss_is_better(tmp_path: Path) -> None:
    folder = with_rows(tmp_path / "e", spoiled=2.0)
    test = {"against_champion": {"metric": "log_loss", "worse_by_at_most": 0.01}}
    found = the(judge(folder, suite=suite_of(test)), "against_champion")
    assert found.outcome is Outcome.FAILED
    assert "change +" in found.observed


def test_an_identical_model_passes_any_tolerance(tmp_path: Path) -> None:
    label, first, _ = draw(1000)
    folder = write(tmp_path / "e", label, first, first)
    test = {"against_champion": {"metric": "auc", "worse_by_at_most": 0.001}}
    assert judge(folder, suite=suite_of(test)).passed


def test_a_first_model_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    label, first, _ = draw(1000)
    folder = write(tmp_path / "e", label, first)
    against = {"against_champion": {"metric": "auc", "worse_by_at_most": 0.001}}
    slices = {"slices": {"metric": "auc", "by": ["x"], "worse_by_at_most": 0.01}}
    others = [{"predictions_like_champion": {}}, {"size": {"growth_at_most": "5%"}}]
    report = judge(folder, suite=suite_of(BASE, against, *others))
    for name in ("against_champion", "predictions_like_champion", "size"):
        assert the(report, name).outcome is Outcome.SKIPPED
        assert "no earlier good model" in the(report, name).observed
    assert report.passed
    assert not judge(folder, suite=suite_of(against)).passed, "nothing was proved"
    assert not judge(folder, suite=suite_of(slices)).passed


def test_a_model_that_nothing_is_asked_of_fails(equal: Path) -> None:
    for suite in (None, suite_of({"size": {"at_most": "1 GB"}})):
        report = judge(equal, suite=suite)
        assert the(report, "threshold").outcome is Outcome.FAILED
        assert not report.passed


def slices_of(**more: Any) -> dict[str, Any]:
    return {"slices": {"metric": "auc", "by": ["carrier"], **more}}


def test_every_slice_holds_and_small_ones_are_counted(equal: Path) -> None:
    test = slices_of(at_least=0.8, worse_by_at_most=0.05)
    found = all_of(judge(equal, suite=suite_of(test)), "slices")
    assert [one.outcome for one in found] == [Outcome.PASSED] * 2
    for one in found:
        assert "0 of 8 slices broken" in one.observed
        assert "1 slice too small" in one.observed
        assert "worst carrier=" in one.observed
        assert isinstance(one.plot, Intervals)
        assert len(one.plot.labels) == 8


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A candidate that is as good as noise for carrier B."""
    label, first, second = draw(20_000, shared=0.95)
    random = np.random.default_rng(2)
    carrier = random.choice(list("ABCDEFGH"), 20_000)
    first = np.where(carrier == "B", random.random(20_000), first)
    return write(
        tmp_path_factory.mktemp("uneven"),
        label,
        first,
        second,
        slices={"carrier": carrier.tolist()},
    )


def test_the_lowest_slice_is_told_where_none_is_broken(uneven: Path) -> None:
    found = the(judge(uneven, suite=suite_of(slices_of(at_least=0.3))), "slices")
    assert found.outcome is Outcome.PASSED
    assert found.observed.startswith("worst carrier=B: ")
    assert isinstance(found.plot, Intervals)
    assert list(found.plot.now) == sorted(found.plot.now)


@pytest.mark.parametrize("bound", [{"at_least": 0.8}, {"worse_by_at_most": 0.05}])
def test_the_worst_slice_is_named(uneven: Path, bound: dict[str, float]) -> None:
    found = the(judge(uneven, suite=suite_of(slices_of(**bound))), "slices")
    assert found.outcome is Outcome.FAILED
    assert found.observed.startswith("worst carrier=B: ")
    assert "1 of 8 slices broken" in found.observed
    assert "carrier=B" in (found.fix or "")
    assert isinstance(found.plot, Intervals)
    assert found.plot.marked == (0,)
    assert found.plot.labels[0] == "carrier=B"


def test_an_upper_bound_reads_as_it_is(uneven: Path) -> None:
    test = {"slices": {"metric": "brier", "by": ["carrier"], "at_most": 0.2}}
    found = the(judge(uneven, suite=suite_of(test)), "slices")
    assert found.outcome is Outcome.FAILED
    assert found.observed.startswith("worst carrier=B: 0.3")
    assert isinstance(found.plot, Intervals)
    assert found.plot.low[0] <= found.plot.now[0] <= found.plot.high[0]
    assert found.plot.limits == (-np.inf, 0.2)


@pytest.mark.parametrize(
    ("undecided", "outcome"),
    [
        ("pass", Outcome.PASSED),
        ("warn", Outcome.WARNED),
        ("fail", Outcome.FAILED),
    ],
)
def test_an_undecided_slice_does_as_it_is_told(
    equal: Path, undecided: str, outcome: Outcome
) -> None:
    test = slices_of(at_least=0.85, undecided=undecided)
    found = the(judge(equal, suite=suite_of(test)), "slices")
    assert found.outcome is outcome
    assert "undecided" in found.observed


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"by": ["plane"]}, "not sliced by plane, only by: carrier, origin"),
        ({"least_rows": 19_999}, "none of 9 slices has enough rows"),
    ],
)
def test_slices_that_cannot_be_judged_fail(
    equal: Path, more: dict[str, Any], reason: str
) -> None:
    test = slices_of(at_least=0.5, **more) | {}
    found = the(judge(equal, suite=suite_of(test)), "slices")
    assert found.outcome is Outcome.FAILED
    assert reason in found.observed
    assert found.fix


def test_what_only_warns_warns_where_it_cannot_be_judged(equal: Path) -> None:
    test = slices_of(at_least=0.5, by=["plane"], level="warn")
    found = the(judge(equal, suite=suite_of(BASE, test)), "slices")
    assert found.outcome is Outcome.WARNED


def test_rows_of_each_label_are_needed(tmp_path: Path) -> None:
    label, first, _ = draw(2000)
    slices = {"carrier": ["A"] * 1000 + ["B"] * 1000}
    label[:1000] = 0
    label[:5] = 1
    folder = write(tmp_path / "e", label, first, slices=slices)
    found = the(judge(folder, suite=suite_of(slices_of(at_least=0.2))), "slices")
    assert "0 of 1 slices broken; 1 slice too small" in found.observed


def test_a_missing_value_is_a_slice(tmp_path: Path) -> None:
    label, first, _ = draw(2000)
    slices = {"carrier": ["A"] * 1000 + [None] * 1000}
    folder = write(tmp_path / "e", label, first, slices=slices)
    found = the(judge(folder, suite=suite_of(slices_of(at_least=0.2))), "slices")
    assert isinstance(found.plot, Intervals)
    assert set(found.plot.labels) == {"carrier=A", "carrier=(none)"}


def test_values_of_a_private_feature_are_not_shown(uneven: Path) -> None:
    fair = {"fairness": {"by": ["carrier"], "gap_at_most": 0.01}}
    suite = suite_of(slices_of(at_least=0.8), fair, private=["carrier"])
    report = judge(uneven, suite=suite)
    assert report.private == ("carrier",)
    assert re.match(r"worst carrier [1-8]: ", the(report, "slices").observed)
    text = report.model_dump_json()
    assert "carrier=" not in text
    assert (
        "carrier=B"
        in judge(uneven, suite=suite_of(slices_of(at_least=0.8))).model_dump_json()
    )


def leaky(folder: Path, sharpness: float, champion: bool = True) -> Path:
    label, _first, second = draw(5000)
    noise = np.random.default_rng(1).normal(size=5000)
    odds = sharpness * (label - 0.5) + noise
    return write(folder, label, sigmoid(odds), second if champion else None)


def test_a_model_that_is_too_good_is_stopped_without_being_asked(
    tmp_path: Path,
) -> None:
    report = judge(leaky(tmp_path / "e", 12.0), suite=suite_of(BASE))
    found = all_of(report, "too_good")
    assert [one.outcome for one in found] == [Outcome.FAILED] * 2
    assert "only known after the fact" in (found[0].fix or "")
    assert "change +0.1" in found[1].observed
    alone = judge(leaky(tmp_path / "f", 12.0, champion=False), suite=suite_of(BASE))
    assert not alone.passed


def test_a_jump_over_the_champion_alone_is_an_alarm(tmp_path: Path) -> None:
    folder = leaky(tmp_path / "e", 3.5)
    found = all_of(judge(folder, suite=suite_of(BASE)), "too_good")
    assert [one.outcome for one in found] == [Outcome.PASSED, Outcome.FAILED]


def test_it_can_be_allowed_with_a_reason(tmp_path: Path) -> None:
    off = {"too_good": {"off": "a solved problem"}}
    report = judge(leaky(tmp_path / "e", 12.0), suite=suite_of(BASE, off))
    assert the(report, "too_good").outcome is Outcome.SKIPPED
    assert the(report, "too_good").observed == "off: a solved problem"
    assert report.passed


def test_its_bounds_can_be_set(equal: Path) -> None:
    tight = {"too_good": {"metric": "log_loss", "at_most": 0.6}}
    report = judge(equal, suite=suite_of(BASE, tight))
    assert the(report, "too_good").outcome is Outcome.FAILED
    assert "at least 0.6" in the(report, "too_good").expectation


class _Mute(ModelTest):
    """It has nothing to say."""

    @property
    def subject(self) -> str:
        return "model"

    @property
    def expectation(self) -> str:
        return "something"

    def judge(self, case: Case) -> Iterator[Finding]:
        yield from ()


def test_a_test_that_says_nothing_has_failed(
    equal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Mute, "name", "mute", raising=False)
    monkeypatch.setattr(_Mute, "why", "silence", raising=False)
    suite = ModelSuite(tests=[Bounds(metric="auc", at_least=0.6), _Mute()])
    report = judge(equal, suite=suite)
    found = the(report, "mute")
    assert (found.outcome, found.subject) == (Outcome.FAILED, "model")
    assert "it said nothing" in found.observed
    assert found.fix
    assert not report.passed


def test_one_feature_that_explains_all_is_named(equal: Path) -> None:
    report = judge(
        equal, suite=suite_of(BASE), importance=explained(arr_delay=0.97, hour=0.1)
    )
    found = the(report, "single_feature")
    assert (found.outcome, found.subject) == (Outcome.FAILED, "arr_delay")
    assert "97 % of the gain" in found.observed
    assert "arr_delay" in (found.fix or "")


def test_a_model_below_chance_is_not_blamed_on_a_feature(equal: Path) -> None:
    below = explained(x=0.2).model_copy(update={"value": 0.4})
    suite = suite_of(BASE, {"single_feature": {"alone_at_most": 0.95}})
    found = the(judge(equal, suite=suite, importance=below), "single_feature")
    assert found.outcome is Outcome.FAILED
    assert "no better than a constant" in found.observed


@pytest.mark.parametrize(
    ("parameters", "outcome"),
    [
        ({"share_at_most": "99%"}, Outcome.PASSED),
        ({"allowed": ["arr_delay"]}, Outcome.PASSED),
        ({"off": "it is the schedule"}, Outcome.SKIPPED),
        ({"share_at_most": "99%", "alone_at_most": 0.8}, Outcome.FAILED),
        ({"share_at_most": "99%", "alone_at_most": 0.9}, Outcome.PASSED),
    ],
)
def test_a_single_feature_may_be_allowed(
    equal: Path, parameters: dict[str, Any], outcome: Outcome
) -> None:
    suite = suite_of(BASE, {"single_feature": parameters})
    found = judge(equal, suite=suite, importance=explained(arr_delay=0.97, hour=0.1))
    assert the(found, "single_feature").outcome is outcome


def test_without_an_explanation_it_fails_where_it_is_asked_for(equal: Path) -> None:
    report = judge(equal, suite=suite_of(BASE, {"single_feature": None}))
    assert the(report, "single_feature").outcome is Outcome.FAILED
    unasked = judge(equal, suite=suite_of(BASE))
    assert the(unasked, "single_feature").outcome is Outcome.SKIPPED
    assert "give ModelTests the explanation" in the(unasked, "single_feature").observed
    assert unasked.passed


def calibrated(folder: Path, shift: float, rows: int = 20_000) -> Path:
    random = np.random.default_rng(6)
    prediction = 0.1 + 0.8 * random.random(rows)
    label = (random.random(rows) < prediction - shift).astype(np.float64)
    return write(folder, label, prediction)


@pytest.mark.parametrize(("shift", "holds"), [(0.0, True), (0.06, False)])
def test_calibration_is_judged_by_error_slope_and_ratio(
    tmp_path: Path, shift: float, holds: bool
) -> None:
    test = {
        "calibration": {
            "error_at_most": 0.02,
            "slope": [0.8, 1.25],
            "ratio": [0.9, 1.1],
        }
    }
    folder = calibrated(tmp_path / "e", shift)
    found = all_of(judge(folder, suite=suite_of(BASE, test)), "calibration")
    assert [one.subject for one in found] == [
        "calibration error",
        "calibration slope",
        "calibration ratio",
    ]
    outcomes = [one.outcome is Outcome.PASSED for one in found]
    assert outcomes == [holds, True, holds]
    assert isinstance(found[0].plot, Curves)
    assert {line.role for line in found[0].plot.lines} == {"now", "guide"}


@pytest.mark.parametrize(
    ("undecided", "outcome"),
    [("pass", Outcome.PASSED), ("warn", Outcome.WARNED), ("fail", Outcome.FAILED)],
)
def test_few_rows_do_not_decide_calibration(
    tmp_path: Path, undecided: str, outcome: Outcome
) -> None:
    folder = calibrated(tmp_path / "e", 0.0, rows=300)
    test = {"calibration": {"ratio": [0.98, 1.02], "undecided": undecided}}
    found = the(judge(folder, suite=suite_of(BASE, test)), "calibration")
    assert found.outcome is outcome


def test_predictions_are_like_the_champions_or_not(tmp_path: Path, equal: Path) -> None:
    test = {"predictions_like_champion": {}}
    found = the(judge(equal, suite=suite_of(BASE, test)), "predictions_like_champion")
    assert found.outcome is Outcome.PASSED
    label, first, second = draw(5000)
    folder = write(tmp_path / "e", label, first**3, second)
    found = the(judge(folder, suite=suite_of(BASE, test)), "predictions_like_champion")
    assert found.outcome is Outcome.FAILED
    assert "; mean 0.2" in found.observed
    assert found.plot is not None


@pytest.mark.parametrize(
    ("parameters", "outcomes"),
    [
        ({"at_most": "5 MB"}, [Outcome.PASSED]),
        ({"at_most": "2 MB"}, [Outcome.FAILED]),
        (
            {"at_most": "2 MB", "growth_at_most": "60%"},
            [Outcome.FAILED, Outcome.PASSED],
        ),
        ({"growth_at_most": "40%"}, [Outcome.FAILED]),
    ],
)
def test_size_is_held_against_its_budget(
    tmp_path: Path, parameters: dict[str, Any], outcomes: list[Outcome]
) -> None:
    label, first, second = draw(500)
    folder = write(tmp_path / "e", label, first, second, champion_size=2_000_000)
    found = all_of(judge(folder, suite=suite_of(BASE, {"size": parameters})), "size")
    assert [one.outcome for one in found] == outcomes
    assert found[0].observed.startswith("3 MB")


def test_the_size_is_that_of_the_folder_without_facts(tmp_path: Path) -> None:
    label, first, _ = draw(500)
    folder = write(tmp_path / "e", label, first)
    (folder / "tidegate-facts.json").unlink()
    (tmp_path / "model" / "variables").mkdir(parents=True)
    (tmp_path / "model" / "variables" / "data").write_bytes(b"x" * 2000)
    suite = suite_of(BASE, {"size": {"at_most": "1 kB"}})
    found = the(judge(folder, suite=suite, model=tmp_path / "model"), "size")
    assert (found.outcome, found.observed) == (Outcome.FAILED, "2 kB")


@pytest.mark.parametrize(
    ("parameters", "slower", "outcomes"),
    [
        ({"p50_at_most_ms": 10, "p99_at_most_ms": 10}, 1.0, [Outcome.PASSED] * 2),
        ({"p50_at_most_ms": 3}, 1.0, [Outcome.FAILED]),
        ({"p99_at_most_ms": 6}, 1.0, [Outcome.FAILED]),
        ({"slower_than_champion_at_most": "20%"}, 1.0, [Outcome.PASSED]),
        ({"slower_than_champion_at_most": "20%"}, 3.0, [Outcome.FAILED]),
        ({"p50_at_most_ms": 10, "least_requests": 71}, 1.0, [Outcome.FAILED]),
    ],
)
def test_latency_is_held_against_its_budget(
    tmp_path: Path, parameters: dict[str, Any], slower: float, outcomes: list[Outcome]
) -> None:
    label, first, second = draw(500)
    champion = tuple((1 + n % 7) / slower for n in range(70))
    folder = write(tmp_path / "e", label, first, second, champion_times=champion)
    report = judge(folder, suite=suite_of(BASE, {"latency": parameters}))
    assert [one.outcome for one in all_of(report, "latency")] == outcomes


@pytest.mark.parametrize(
    ("bound", "shift", "outcome"),
    [
        ({"gap_at_most": 0.1}, 0.0, Outcome.PASSED),
        ({"gap_at_most": 0.1}, 2.0, Outcome.FAILED),
        ({"ratio_at_least": 0.8}, 0.0, Outcome.PASSED),
        ({"ratio_at_least": 0.8}, 2.0, Outcome.FAILED),
    ],
)
def test_fairness_names_the_worst_pair(
    tmp_path: Path, bound: dict[str, float], shift: float, outcome: Outcome
) -> None:
    label, first, _ = draw(9000)
    origin = np.resize(["EWR", "JFK", "LGA"], 9000)
    odds = np.log(first / (1 - first)) + shift * (origin == "JFK")
    folder = write(
        tmp_path / "e", label, sigmoid(odds), slices={"origin": origin.tolist()}
    )
    test = {"fairness": {"by": ["origin"], **bound}}
    found = the(judge(folder, suite=suite_of(BASE, test)), "fairness")
    assert found.outcome is outcome
    if outcome is Outcome.FAILED:
        assert "worst pair origin=JFK" in found.observed
        assert "2 of 3 pairs too far apart" in found.observed
        assert isinstance(found.plot, Intervals)
        assert "origin=JFK" in [found.plot.labels[n] for n in found.plot.marked]


def test_the_widest_pair_is_told_where_none_is_too_far_apart(tmp_path: Path) -> None:
    label, first, _ = draw(9000)
    origin = np.resize(["EWR", "JFK", "LGA"], 9000)
    odds = np.log(first / (1 - first)) + (origin == "JFK") - (origin == "LGA")
    folder = write(
        tmp_path / "e", label, sigmoid(odds), slices={"origin": origin.tolist()}
    )
    test = {"fairness": {"by": ["origin"], "gap_at_most": 0.9}}
    found = the(judge(folder, suite=suite_of(BASE, test)), "fairness")
    assert found.observed.startswith("worst pair origin=JFK 0.")
    assert "and origin=LGA 0." in found.observed


def test_one_slice_is_no_pair(tmp_path: Path) -> None:
    label, first, _ = draw(900)
    folder = write(tmp_path / "e", label, first, slices={"origin": ["EWR"] * 900})
    test = {"fairness": {"by": ["origin"], "gap_at_most": 0.1}}
    found = the(judge(folder, suite=suite_of(BASE, test)), "fairness")
    assert "fewer than two slices" in found.observed
    assert found.outcome is Outcome.FAILED


def test_predictions_that_are_no_numbers_fail(tmp_path: Path) -> None:
    label, first, second = draw(1000)
    first[3], first[7] = np.nan, np.inf
    folder = write(tmp_path / "e", label, first, second)
    report = judge(folder, suite=suite_of(BASE))
    found = the(report, "finite")
    assert (found.outcome, found.failing_rows) == (Outcome.FAILED, 2)
    assert the(report, "bounds").outcome is Outcome.PASSED


def test_a_champion_without_numbers_is_told_and_left_out(tmp_path: Path) -> None:
    label, first, second = draw(1000)
    second[:9] = np.nan
    report = judge(write(tmp_path / "e", label, first, second), suite=suite_of(BASE))
    found = the(report, "finite")
    assert (found.outcome, found.subject) == (Outcome.WARNED, "champion")
    assert found.failing_rows == 9
    assert report.passed


def test_rows_without_weight_do_not_count(tmp_path: Path) -> None:
    label, first, second = draw(2000)
    weight = np.where(np.arange(2000) < 1000, 1.0, 0.0)
    bad = np.where(weight > 0, first, 1 - first)
    folder = write(
        tmp_path / "e",
        label,
        bad,
        second,
        weight=weight,
        slices={"origin": ["EWR"] * 1000 + ["JFK"] * 1000},
    )
    kept = write(tmp_path / "f", label[:1000], first[:1000], second[:1000])
    both = [the(judge(f, suite=suite_of(BASE)), "bounds") for f in (folder, kept)]
    assert both[0].observed == both[1].observed
    nothing = write(tmp_path / "g", label, first, weight=np.zeros(2000))
    found = the(judge(nothing, suite=suite_of(BASE)), "bounds")
    assert found.outcome is Outcome.FAILED
    assert "no row counts" in found.observed


def regression(folder: Path, error: float = 1.0) -> Path:
    random = np.random.default_rng(3)
    truth = random.normal(0, 10, 3000)
    both: list[Numbers] = [truth + random.normal(0, e, 3000) for e in (error, 1.0)]
    return write(folder, truth, *both, task="regression")


def test_a_regression_is_judged_by_its_errors(tmp_path: Path) -> None:
    bounds = {"bounds": {"metric": "rmse", "at_most": 1.5}}
    against = {"against_champion": {"metric": "mae", "worse_by_at_most": 0.1}}
    good = judge(regression(tmp_path / "e"), suite=suite_of(bounds, against))
    assert good.passed
    worse = judge(regression(tmp_path / "f", 2.0), suite=suite_of(bounds, against))
    assert len(worse.failed) == 2
    leaky = judge(regression(tmp_path / "g", 0.05), suite=suite_of(bounds))
    assert all_of(leaky, "too_good")[0].outcome is Outcome.FAILED
    wrong = judge(regression(tmp_path / "h"), suite=suite_of(BASE))
    assert "auc is no metric of a regression model" in the(wrong, "bounds").observed
    titles = [figure.title for figure in good.figures]
    assert "label by prediction" in titles
    assert "ROC curve" not in titles


def test_pictures_are_there_whatever_became_of_the_tests(equal: Path) -> None:
    report = judge(equal)
    assert [one.title for one in report.figures] == [
        "ROC curve",
        "calibration",
        "predictions, share of rows",
        "candidate and champion, 95 % intervals",
        "auc by carrier, 95 % intervals",
        "auc by origin, 95 % intervals",
    ]
    curves = report.figures[0]
    assert isinstance(curves, Curves)
    assert [line.role for line in curves.lines] == ["now", "reference", "guide"]
    assert max(len(line.x) for line in curves.lines) <= 200
    assert TestReport.model_validate_json(report.model_dump_json()) == report


def test_a_report_without_rows_says_why(tmp_path: Path) -> None:
    model = ModelFacts(uri="m", size=10, request_ms=())
    reason = "the model has several outputs"
    facts = Facts(task="other", rows=0, model=model, without_rows=reason)
    write_facts(facts, tmp_path)
    report = judge(tmp_path, suite=suite_of(BASE))
    assert reason in the(report, "bounds").observed
    assert the(report, "bounds").outcome is Outcome.FAILED
    assert report.figures == ()


def test_files_that_are_not_whole_are_an_error(tmp_path: Path, equal: Path) -> None:
    content = (equal / ROWS_FILE).read_bytes()
    (tmp_path / ROWS_FILE).write_bytes(content[: len(content) // 2])
    with pytest.raises(ComponentError, match="cannot be read"):
        judge(tmp_path, suite=suite_of(BASE))
    with pytest.raises(ComponentError, match="cannot be read"):
        judge(tmp_path / "nothing", suite=suite_of(BASE))
