"""A suite of model tests is read whole, and everything wrong is told at once."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tidegate.documents import Document
from tidegate.errors import Problems, TidegateError
from tidegate.model_tests.catalogue import AgainstChampion, Bounds, ModelTest
from tidegate.model_tests.json_schema import own_tests, suite_json_schema
from tidegate.model_tests.suite import ModelSuite, load_suite, parse_suite

ROOT = Path(__file__).parents[2]
TESTS = sorted(own_tests().values(), key=lambda test: test.name)
GOOD = """\
dataset: flights
private: [carrier]
tests:
  - bounds: {metric: auc, at_least: 0.85, confident: true}
  - against_champion:
      metric: auc
      worse_by_at_most: 0.005
      waiver: {owner: flights team, reason: "new airport", expires: 2030-01-31}
  - predictions_like_champion:
  - too_good: {off: the label is known at once}
  - size: {at_most: 50 MB, growth_at_most: 20%}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "model_tests.yaml"
    path.write_text(text)
    return path


def faults(folder: Path, tests: str) -> list[str]:
    path = written(folder, f"tests:\n{tests}")
    with pytest.raises(TidegateError) as raised:
        load_suite(path)
    found = raised.value
    errors = found.errors if isinstance(found, Problems) else [found]
    return [str(error).replace(str(folder), "") for error in errors]


def test_a_suite_is_read_with_the_place_of_each_test(tmp_path: Path) -> None:
    suite = load_suite(written(tmp_path, GOOD))
    assert [test.name for test in suite.tests] == [
        "bounds",
        "against_champion",
        "predictions_like_champion",
        "too_good",
        "size",
    ]
    assert [int(place.rsplit(":", 1)[1]) for place in suite.places] == [4, 5, 9, 10, 11]
    assert suite.private == ["carrier"]


def test_a_suite_survives_json(tmp_path: Path) -> None:
    suite = load_suite(written(tmp_path, GOOD))
    assert parse_suite(suite.model_dump_json()) == suite


def test_a_suite_is_built_in_python() -> None:
    suite = ModelSuite(tests=[AgainstChampion(metric="auc", worse_by_at_most=0.01)])
    assert parse_suite(suite.model_dump_json()) == suite
    assert ModelSuite.model_validate({"tests": [Bounds(metric="auc", at_least=0.5)]})


def test_everything_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        "  - bounds: {metric: auc}\n"
        "  - bound: {metric: auc, at_least: 1}\n"
        "  - slices: {metric: auc, by: [], at_least: 0.5, leest_rows: 3}\n"
        "  - against_champion: {metric: positive_rate, worse_by_at_most: 0.1}\n"
        "  - bounds\n",
    )
    text = "\n".join(found)
    for line, words in (
        (2, "at_least or at_most"),
        (3, "did you mean bounds?"),
        (4, "did you mean least_rows?"),
        (4, "by is not valid"),
        (5, "must be one of auc"),
        (6, "one name with its parameters"),
    ):
        assert any(
            f"/model_tests.yaml:{line}:" in one and words in one for one in found
        ), (line, words, text)


@pytest.mark.parametrize(
    "test",
    [
        "slices: {metric: auc, by: [a]}",
        "slices: {metric: nonsense, by: [a], at_least: 1}",
        "slices: {metric: positive_rate, by: [a], worse_by_at_most: 0.1}",
        "fairness: {by: [a]}",
        "fairness: {by: [a], metric: nonsense, gap_at_most: 0.1}",
        "fairness: {by: [a], ratio_at_least: 1.5}",
        "calibration: {bins: 10}",
        "calibration: {slope: [1.2, 0.8]}",
        "calibration: {error_at_most: 0}",
        "size: {at_most: 50 miles}",
        "size: {}",
        "latency: {least_requests: 5}",
        "latency: {p50_at_most_ms: 0}",
        "too_good: {metric: positive_rate}",
        "too_good: {metric: log_loss}",
        "too_good: {metric: f1, confidence: 90%}",
        "too_good: {off: x}",
        "single_feature: {share_at_most: 120%}",
        "against_champion: {metric: auc, worse_by_at_most: -0.1}",
        "against_champion: {metric: auc, worse_by_at_most: 0.1, undecided: pass}",
        "bounds: {metric: auc, at_least: 0.5, level: error}",
        "predictions_like_champion: {at_most: 0}",
    ],
)
def test_what_says_nothing_sensible_is_refused(tmp_path: Path, test: str) -> None:
    assert all(":2:" in fault for fault in faults(tmp_path, f"  - {test}\n"))


@pytest.mark.parametrize(
    "test",
    [
        "too_good: {metric: auc}",
        "too_good: {metric: r2}",
        "too_good: {metric: log_loss, at_most: 0.1}",
        "too_good: {metric: log_loss, better_by_at_most: 0.1}",
        "too_good: {metric: log_loss, off: a solved problem}",
    ],
)
def test_an_alarm_needs_a_bound_where_there_is_no_default(
    tmp_path: Path, test: str
) -> None:
    assert load_suite(written(tmp_path, f"tests:\n  - {test}\n")).tests


@pytest.mark.parametrize(
    ("test", "line"),
    [
        (f"{test}, {key}: {value}", 4)
        for test in (
            "bounds: {metric: auc, at_least: 0.5",
            "against_champion: {metric: auc, worse_by_at_most: 0.1",
            "slices: {metric: auc, by: [a], at_least: 0.5",
            "too_good: {metric: auc",
            "calibration: {error_at_most: 0.1",
            "predictions_like_champion: {bins: 9",
            "fairness: {by: [a], gap_at_most: 0.1",
        )
        for key, value in (
            ("confidence", 0),
            ("confidence", "49%"),
            ("confidence", 0.99991),
            ("confidence", "100%"),
            ("confidence", ".nan"),
        )
    ]
    + [
        (test.replace("X", value), 4)
        for test in (
            "bounds: {metric: auc, at_least: X",
            "bounds: {metric: auc, at_least: 0.5, at_most: X",
            "bounds: {metric: auc, at_least: 0.5, threshold: X",
            "against_champion: {metric: auc, worse_by_at_most: X",
            "slices: {metric: auc, by: [a], at_least: X",
            "slices: {metric: auc, by: [a], at_most: X",
            "slices: {metric: auc, by: [a], worse_by_at_most: X",
            "too_good: {metric: auc, at_most: X",
            "too_good: {metric: auc, better_by_at_most: X",
            "single_feature: {share_at_most: X",
            "single_feature: {alone_at_most: X",
            "calibration: {error_at_most: X",
            "calibration: {slope: [0.5, X]",
            "calibration: {ratio: [X, 1.5]",
            "predictions_like_champion: {at_most: X",
            "size: {at_most: X",
            "size: {growth_at_most: X",
            "latency: {p50_at_most_ms: X",
            "latency: {slower_than_champion_at_most: X",
            "fairness: {by: [a], gap_at_most: X",
            "fairness: {by: [a], ratio_at_least: X",
        )
        for value in (".inf", "-.inf", ".nan", "1e999")
    ]
    + [("size: {at_most: " + "9" * 400 + " GB", 4)],
)
def test_a_bound_that_can_never_or_always_hold_is_refused(
    tmp_path: Path, test: str, line: int
) -> None:
    name, _, parameters = test.partition(": {")
    text = f"  - size: {{at_most: 1 MB}}\n  - {name}:\n      {{{parameters}}}\n"
    (fault,) = faults(tmp_path, text)
    assert f"model_tests.yaml:{line}:" in fault


@pytest.mark.parametrize("confidence", ["50%", "99.99%", "0.9"])
def test_a_confidence_may_be_a_half_or_nearly_all(
    tmp_path: Path, confidence: str
) -> None:
    text = f"bounds: {{metric: auc, at_least: 0.5, confidence: {confidence}}}"
    suite = load_suite(written(tmp_path, f"tests:\n  - {text}\n"))
    assert parse_suite(suite.model_dump_json()) == suite


def test_no_tests_are_no_suite(tmp_path: Path) -> None:
    with pytest.raises(TidegateError, match="tests"):
        load_suite(written(tmp_path, "tests: []\n"))


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.name)
def test_every_test_tells_why_and_its_defaults_and_has_a_valid_example(
    test: type[ModelTest], tmp_path: Path
) -> None:
    for text in (test.why, test.default):
        assert text
        assert not text.endswith(".")
    for field in test.model_fields.values():
        assert field.description, field
    suite = load_suite(written(tmp_path, f"tests:\n  - {test.example}\n"))
    assert suite.tests[0].expectation
    assert suite.tests[0].subject


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.name)
def test_the_json_schema_takes_every_example(test: type[ModelTest]) -> None:
    data = Document.parse(f"tests:\n  - {test.example}\n", "here").data
    Draft202012Validator(suite_json_schema()).validate(data)


def test_the_json_schema_in_docs_is_current() -> None:
    writer = runpy.run_path(str(ROOT / "scripts" / "write_catalogue.py"))
    held = json.loads(writer["MODEL_SCHEMA"].read_text(encoding="utf-8"))
    assert held == suite_json_schema()


def test_the_guide_tells_of_every_test() -> None:
    guide = (ROOT / "docs" / "model-tests.md").read_text(encoding="utf-8")
    assert [t.name for t in TESTS if f"### `{t.name}`" not in guide] == []
