"""What a child told becomes test results, and none is passed by silence."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.saved_model.graph_factory import field

from tidegate.evaluation.scored_rows import ROWS_FILE
from tidegate.infra_tests import results, told
from tidegate.infra_tests.comparing import difference, not_finite, single_number
from tidegate.infra_tests.parity import parity
from tidegate.infra_tests.probe import Probe
from tidegate.infra_tests.samples import Requests, without
from tidegate.infra_tests.settings import Settings, bytes_of, shown_bytes
from tidegate.report.model import Outcome, TestResult

SAME = {"rows": 0, "largest": "0.0", "what": None}
OTHER = {"rows": 2, "largest": "0.5", "what": None}
FOUND: dict[str, dict[str, Any]] = {
    "loads": {"seconds": 1.0},
    "signature": {
        "features": [],
        "inputs": {"examples": {"dtype": "string", "shape": [None]}},
        "outputs": ["p"],
    },
    "batch": {
        "outputs": {"p": {"dtype": "float32", "shape": [1]}},
        "not_finite": {},
        "output": "p",
        "values": ["0.5", "0.25"],
    },
    "requests": SAME,
    "determinism": {"twice": SAME, "two loads": SAME},
    "server": SAME,
    "latency": {"milliseconds": [float(at) for at in range(1, 101)]},
}
GOOD = Probe(found=FOUND, began="server", peak=10**9)
HELD = Settings()


def all_of(probe: Probe, held: Settings = HELD) -> list[TestResult]:
    return [
        *told.loading(probe, held),
        *told.signature(probe, held, None),
        *told.requests(probe, 2),
        *told.determinism(probe, 2),
        *told.server(probe, 2),
        *told.latency(probe, held),
        *told.memory(probe, held),
    ]


def outcomes(found: list[TestResult], outcome: Outcome) -> list[tuple[str, str]]:
    return [(one.test, one.subject) for one in found if one.outcome is outcome]


def with_found(**changed: dict[str, Any]) -> Probe:
    return dataclasses.replace(GOOD, found={**FOUND, **changed})


def test_a_good_model_passes_every_test() -> None:
    found = all_of(GOOD)

    assert {one.outcome for one in found} == {Outcome.PASSED}
    assert {one.test for one in found} == {
        "loads",
        "signature",
        "requests",
        "determinism",
        "server",
        "latency",
        "memory",
    }
    assert all(one.why and one.fix is None for one in found)


@pytest.mark.parametrize(
    ("probe", "failed"),
    [
        (
            with_found(batch={**FOUND["batch"], "not_finite": {"p": 1}}),
            ("requests", "finite"),
        ),
        (with_found(requests=OTHER), ("requests", "one by one")),
        (
            with_found(requests={**SAME, "what": "other outputs"}),
            ("requests", "one by one"),
        ),
        (
            with_found(determinism={"twice": OTHER, "two loads": SAME}),
            ("determinism", "twice"),
        ),
        (
            with_found(determinism={"twice": SAME, "two loads": OTHER}),
            ("determinism", "two loads"),
        ),
        (with_found(server=OTHER), ("server", "session")),
        (
            with_found(server={**SAME, "what": "nothing restores the variable v"}),
            ("server", "session"),
        ),
        (
            with_found(
                batch={
                    **FOUND["batch"],
                    "outputs": {"p": {"dtype": "string", "shape": []}},
                }
            ),
            ("signature", "answers"),
        ),
        (dataclasses.replace(GOOD, peak=5 * 10**9), ("memory", "process")),
    ],
)
def test_what_is_wrong_fails_its_test(probe: Probe, failed: tuple[str, str]) -> None:
    found = all_of(probe)

    assert outcomes(found, Outcome.FAILED) == [failed]
    assert all(one.fix for one in found if one.outcome is Outcome.FAILED)


@pytest.mark.parametrize(
    ("began", "last", "failed"),
    [
        (None, 0, "loads"),
        ("start", 0, "loads"),
        ("loads", 0, "loads"),
        ("batch", 2, "requests"),
        ("requests", 3, "requests"),
        ("determinism", 5, "determinism"),
        ("server", 6, "server"),
    ],
)
def test_a_child_that_ended_fails_the_test_it_was_at(
    began: str | None, last: int, failed: str
) -> None:
    names = ["loads", "signature", "batch", "requests", "latency", "determinism"]
    names = [*names, "server"][:last]
    probe = Probe({n: FOUND[n] for n in names}, began, "it was ended by SIGSEGV")

    found = all_of(probe)

    assert failed in [test for test, _ in outcomes(found, Outcome.FAILED)]
    assert "SIGSEGV" in " ".join(one.observed for one in found)


@pytest.mark.parametrize(
    ("server", "fix"),
    [
        ({**OTHER, "narrowest": "float16"}, "compare with the answers of your model"),
        ({**SAME, "what": "there are other outputs"}, "training.model_layer"),
    ],
)
def test_what_a_session_restores_otherwise_has_a_fix_of_its_own(
    server: dict[str, Any], fix: str
) -> None:
    (found,) = told.server(with_found(server=server), 2)

    assert fix in str(found.fix)
    assert ("computes in float16" in found.expectation) is ("narrowest" in server)


def test_random_answers_are_not_blamed_on_the_session_too() -> None:
    found = all_of(
        with_found(determinism={"twice": OTHER, "two loads": OTHER}, server=OTHER)
    )

    assert ("server", "session") in outcomes(found, Outcome.SKIPPED)


def test_a_signature_that_is_not_there_fails_both_tests() -> None:
    probe = Probe({}, "loads", "the model has no signature 'other'")

    assert {test for test, _ in outcomes(all_of(probe), Outcome.FAILED)} == {
        "loads",
        "signature",
    }


@pytest.mark.parametrize(
    ("budget", "failed"),
    [
        ({"latency_p50_ms": 51}, []),
        ({"latency_p50_ms": 50}, ["p50"]),
        ({"latency_p99_ms": 99}, ["p99"]),
        ({"latency_p99_ms": 100, "latency_p50_ms": 51}, []),
    ],
)
def test_holds_latency_to_its_budget(
    budget: dict[str, float], failed: list[str]
) -> None:
    found = list(told.latency(GOOD, Settings(**budget)))  # type: ignore[arg-type]

    assert [one.subject for one in found if one.outcome is Outcome.FAILED] == failed


@pytest.mark.parametrize(("most", "ok"), [(None, True), (999, False), (1000, True)])
def test_holds_size_to_its_budget(most: int | None, ok: bool) -> None:
    (found,) = results.size(1000, Settings(size_at_most=most))

    assert (found.outcome is Outcome.PASSED) is ok
    assert "1 kB" in found.observed


def test_a_signature_that_takes_what_nobody_has_fails() -> None:
    probe = with_found(signature={**FOUND["signature"], "features": ["x", "y"]})

    found = list(told.signature(probe, HELD, frozenset({"x"})))

    assert found[0].outcome is Outcome.FAILED
    assert "takes y" in found[0].observed


def evaluation(folder: Path, predictions: list[float]) -> Path:
    table = pa.table(
        {
            "label": [0.0] * len(predictions),
            "weight": [1.0] * len(predictions),
            "prediction": predictions,
        }
    )
    pq.write_table(table, folder / ROWS_FILE)
    return folder


@pytest.mark.parametrize(
    ("predictions", "outcome"),
    [
        ([0.5, 9.0, 0.25], Outcome.PASSED),
        ([0.5, 0.25, 9.0], Outcome.FAILED),
        ([0.5, 9.0, 0.251], Outcome.FAILED),
        ([0.5, 9.0, float("nan")], Outcome.FAILED),
        ([0.5, 0.25], Outcome.SKIPPED),
    ],
)
def test_holds_answers_against_the_evaluated_rows(
    tmp_path: Path, predictions: list[float], outcome: Outcome
) -> None:
    asked = Requests((b"", b""), (0, 2))

    (found,) = parity(GOOD, asked, evaluation(tmp_path, predictions), lambda: 3)

    assert found.outcome is outcome


def test_says_why_there_is_no_parity(tmp_path: Path) -> None:
    asked = Requests((b"", b""), (0, 1))
    several = with_found(batch={**FOUND["batch"], "values": [], "output": None})
    (tmp_path / ROWS_FILE).write_bytes(b"damaged")

    reasons = [
        next(iter(parity(probe, asked, folder, lambda: 2))).observed
        for probe, folder in (
            (GOOD, None),
            (GOOD, tmp_path / "none"),
            (GOOD, tmp_path),
            (Probe(), None),
        )
    ]
    (found,) = parity(several, asked, evaluation(tmp_path, [0.5, 0.25]), lambda: 2)

    assert "no evaluation" in reasons[0]
    assert "kept no rows" in reasons[1]
    assert "cannot be read" in reasons[2]
    assert "not asked" in reasons[3]
    assert (found.outcome, "one number" in found.observed) == (Outcome.SKIPPED, True)


@pytest.mark.parametrize(
    ("one", "other", "exact", "differs"),
    [
        ([1.0, 2.0], [1.0, 2.0], True, False),
        ([1.0, 2.0], [1.0, 2.0 + 1e-6], True, True),
        ([1.0, 2.0], [1.0, 2.0 + 1e-6], False, False),
        ([1.0, 2.0], [1.0, 2.1], False, True),
        ([1.0, np.nan], [1.0, np.nan], True, False),
        ([1.0, np.nan], [1.0, 2.0], False, True),
        ([1.0, np.inf], [1.0, 2.0], False, True),
        ([b"a", b"b"], [b"a", b"c"], False, True),
        ([1, 2], [1, 3], False, True),
    ],
)
def test_compares_answers(
    one: list[Any], other: list[Any], exact: bool, differs: bool
) -> None:
    found = difference({"p": np.array(one)}, {"p": np.array(other)}, exact=exact)

    assert found.any is differs
    assert found.rows == int(differs)


@pytest.mark.parametrize(("gap", "differs"), [(0.009, False), (0.011, True)])
def test_numbers_may_differ_by_a_share_of_the_largest(
    gap: float, differs: bool
) -> None:
    one = np.array([0.0, -100.0, np.inf, np.nan])
    other = one + np.array([100 * gap, 0, 0, 0])

    assert difference({"p": one}, {"p": other}, of_largest=0.01).any is differs


def test_other_outputs_or_shapes_are_a_difference() -> None:
    one = {"p": np.zeros((2, 1))}

    assert difference(one, {"q": np.zeros((2, 1))}).any
    assert difference(one, {"p": np.zeros((2, 2))}).any
    assert difference(one, {"p": np.zeros((2, 1), np.float32)}).any


def test_counts_rows_that_are_no_numbers() -> None:
    answers = {
        "p": np.array([[1.0, np.nan], [np.inf, 1.0], [0.0, 0.0]]),
        "n": np.array([1, 2, 3]),
    }

    assert not_finite(answers) == {"p": 2}
    assert single_number(answers) == "n"
    assert single_number({**answers, "m": np.zeros((3, 1))}) is None


@pytest.mark.parametrize(
    ("told_", "size"), [("4GB", 4 * 10**9), ("1.5 MB", 1_500_000), ("12", 12)]
)
def test_reads_sizes(told_: str, size: int) -> None:
    assert bytes_of(told_) == size


@pytest.mark.parametrize(
    "wrong",
    [
        {"memory": "much"},
        {"memory": "10MB"},
        {"sample": 0},
        {"seconds": 0},
        {"allow_ops": {"PyFunc": " "}},
        {"latency_p99_ms": -1},
        {"colour": 1},
    ],
)
def test_refuses_settings_that_mean_nothing(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)


@pytest.mark.parametrize(
    ("size", "words"), [(999, "999 bytes"), (368_000, "368 kB"), (4 * 10**9, "4 GB")]
)
def test_says_bytes_as_people_do(size: int, words: str) -> None:
    assert shown_bytes(size) == words


def test_takes_features_out_of_a_request() -> None:
    def feature(name: str, value: str) -> bytes:
        return field(1, field(1, name) + field(2, field(1, field(1, value))))

    record = field(1, feature("label", "x" * 300) + feature("kept", "y"))

    assert without(record, {"label"}) == field(1, feature("kept", "y"))
    assert without(record, set()) == record
