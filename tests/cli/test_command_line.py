"""A command line that is wrong ends with exit code 2 and says where help is."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.hostile.command import tidegate


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["check"], "'data'"),
        (["check", "--nope"], "--nope"),
        (["chekc"], "'chekc'"),
        (["check", "a.csv", "--span", "x"], "--span"),
        (["check", "a.csv", "--tests"], "--tests"),
        (["check", "a.csv", "--now", "2013-13-01"], "--now"),
        (["tests", "show"], "'name'"),
        (["tests", "lint"], "'suites"),
        (["run"], "'"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_a_wrong_command_line_is_a_usage_error(words: list[str], says: str) -> None:
    ended = tidegate(*words)
    assert ended.code == 2, ended.text
    assert "itself broke" not in ended.text
    assert says in ended.err.casefold()
    assert "--help" in ended.err


def test_the_choices_of_an_option_are_told_on_one_line() -> None:
    ended = tidegate("models", "serving")
    assert ended.code == 2
    said = " ".join(ended.err.split())
    assert "tf-serving, kserve, vertex" in said
    assert "\\t" not in said


def test_a_wrong_command_line_is_told_as_json() -> None:
    ended = tidegate("check", "--json")
    assert ended.code == 2
    assert ended.json["error"]["exit_code"] == 2


@pytest.mark.parametrize("words", [[], ["schema"], ["tests"]], ids=" ".join)
def test_no_words_show_help(words: list[str]) -> None:
    ended = tidegate(*words)
    assert "Usage" in ended.out
    assert "✗" not in ended.text


def test_a_test_is_shown_as_json() -> None:
    ended = tidegate("tests", "show", "missing", "--json")
    assert ended.code == 0
    assert ended.json["name"] == "missing"
    assert "column" in ended.json["parameters"]


def test_lint_tells_valid_suites_and_errors_as_json(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("dataset: orders\ntests:\n  - rows: {at_least: 1}\n")
    bad.write_text("dataset: orders\ntests:\n  - nope:\n  - nada:\n")
    valid = [{"file": str(good), "dataset": "orders", "tests": 1}]
    ended = tidegate("tests", "lint", str(good), "--json")
    assert (ended.code, ended.json) == (0, {"suites": valid, "errors": []})
    ended = tidegate("tests", "lint", str(bad), str(good), "--json")
    assert ended.code == 2
    assert ended.json["suites"] == valid
    assert len(ended.json["errors"]) == 2
    assert str(bad) in ended.json["errors"][0]["where"]
