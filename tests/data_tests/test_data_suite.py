from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from tidegate.data_tests.catalogue import Missing, OneOf, Unique
from tidegate.data_tests.suite import Suite, load_suite, parse_suite
from tidegate.errors import Problems, TidegateError, UsageError

GOOD = """\
dataset: flights
key: [carrier, flight]
pii: [tailnum]
tests:
  - rows: {at_least: 100}
  - missing: {column: dep_delay, at_most: 5%}
  - between: {column: distance, low: 80, high: 5000, level: warn}
  - one_of: {column: origin, values: [EWR, NO, 1]}
  - unique:
  - rows_where: {sql: "dep_time is null and air_time is not null", at_most: 0.1%}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "data_tests.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusals(folder: Path, tests: str) -> list[TidegateError]:
    path = written(folder, f"dataset: d\ntests:\n{tests}")
    with pytest.raises((UsageError, Problems)) as refused:
        load_suite(path)
    error = refused.value
    assert pickle.loads(pickle.dumps(error)).lines() == error.lines()
    return list(error.errors) if isinstance(error, Problems) else [error]


def test_suite_survives_the_way_through_json(tmp_path: Path) -> None:
    suite = load_suite(written(tmp_path, GOOD))
    assert parse_suite(suite.model_dump_json()) == suite
    assert [test.name for test in suite.tests][-2:] == ["unique", "rows_where"]


def test_python_builds_the_same_suite(tmp_path: Path) -> None:
    text = "dataset: d\ntests:\n  - missing: {column: a, at_most: 5%}\n"
    from_yaml = load_suite(written(tmp_path, text))
    missing = Missing.model_validate({"column": "a", "at_most": "5%"})
    assert Suite(dataset="d", tests=[missing]).tests == from_yaml.tests


def test_unique_takes_the_suite_s_key(tmp_path: Path) -> None:
    suite = load_suite(written(tmp_path, GOOD))
    (unique,) = (test for test in suite.tests if isinstance(test, Unique))
    assert unique.columns == ("carrier", "flight")


def test_norway_stays_a_country(tmp_path: Path) -> None:
    suite = load_suite(written(tmp_path, GOOD))
    (one_of,) = (test for test in suite.tests if isinstance(test, OneOf))
    assert one_of.values == ["EWR", "NO", 1]


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("  - missing: {column: a, at_mots: 5%}", "did you mean at_most"),
        ("  - mising: {column: a}", "did you mean missing"),
        ("  - missing: {column: a, at_most: 0.05}", "such as 5%"),
        ("  - missing: {column: a, at_most: 500%}", "such as 5%"),
        ("  - missing: {column: a, at_most: -1}", "such as 5%"),
        ("  - between: {column: a}", "low, high or both"),
        ("  - between: {column: a, low: 9, high: 1}", "above"),
        ("  - between: {column: a, low: x}", "low"),
        ("  - one_of: {column: a, values: []}", "values"),
        ("  - rows: {}", "at_least, at_most or both"),
        ("  - rows: {at_least: 9, at_most: 1}", "above"),
        ("  - unique:", "columns is missing"),
        ("  - rows_where: {sql: 'a >'}", "SQL"),
        ("  - rows_where: {sql: '1=1); drop table examples; --'}", "SQL"),
        ("  - rows_where: {sql: a > 1, level: worn}", "warn"),
        ("  - rows: {at_least: 1}\n    missing: {column: a}", "one test an item"),
        ("  - just text", "one test an item"),
    ],
)
def test_wrong_test_is_refused_with_its_line(
    tmp_path: Path, test: str, words: str
) -> None:
    (refused,) = refusals(tmp_path, f"  - rows: {{at_least: 1}}\n{test}\n")
    assert str(refused.where).endswith(":4")
    assert words in str(refused)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    found = refusals(
        tmp_path,
        "  - missing: {colum: a, at_most: 5}\n"
        "  - nonsense: {}\n"
        "  - between: {column: a, low: 2, high: 1}\n",
    )
    lines = {str(error.where).rpartition(":")[2] for error in found}
    assert lines == {"3", "4", "5"}


def test_missing_suite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        load_suite(tmp_path / "absent.yaml")


def test_list_of_columns_is_a_test_of_each(tmp_path: Path) -> None:
    suite = load_suite(
        written(
            tmp_path,
            "dataset: d\ntests:\n"
            "  - missing: {column: [a, b], at_most: 0}\n"
            "  - rows: {at_least: 1}\n"
            "  - between:\n      column: [c]\n      low: 0\n",
        )
    )
    assert [test.subject for test in suite.tests] == ["a", "b", "rows", "c"]
    assert [place.rpartition(":")[2] for place in suite.places] == ["3", "3", "4", "5"]
    assert parse_suite(suite.model_dump_json()) == suite
    listed = {"missing": {"column": ["a", "b"], "at_most": 0}}
    assert Suite(dataset="d", tests=[listed]).tests == suite.tests[:2]


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("[]", "names no column"),
        ("[a, a]", "a stands twice"),
        ("[a, 7]", "must be text"),
        ("[a, [b]]", "must be text"),
    ],
)
def test_wrong_list_of_columns_is_refused(
    tmp_path: Path, column: str, words: str
) -> None:
    (refused,) = refusals(tmp_path, f"  - missing: {{column: {column}, at_most: 0}}\n")
    assert words in str(refused)
    assert str(refused.where).endswith(":3")


def test_mistake_beside_a_list_of_columns_is_told_once(tmp_path: Path) -> None:
    (refused,) = refusals(tmp_path, "  - missing: {column: [a, b], at_mots: 0}\n")
    assert "did you mean at_most" in str(refused)


def test_suite_in_python_refuses_an_empty_list_of_columns() -> None:
    with pytest.raises(ValueError, match="at least one column"):
        Suite(dataset="d", tests=[{"missing": {"column": [], "at_most": 0}}])  # type: ignore[list-item]
