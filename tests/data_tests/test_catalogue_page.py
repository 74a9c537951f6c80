"""Everything that people read about the tests is there, valid and current."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tidegate.data_tests.catalogue import DataTest
from tidegate.data_tests.json_schema import own_tests, suite_json_schema
from tidegate.data_tests.suite import load_suite
from tidegate.documents import Document

ROOT = Path(__file__).parents[2]
TESTS = sorted(own_tests().values(), key=lambda test: test.name)
WRITER = runpy.run_path(str(ROOT / "scripts" / "write_catalogue.py"))


def test_page_and_json_schema_are_current() -> None:
    assert WRITER["PAGE"].read_text(encoding="utf-8") == WRITER["page"]()
    held = json.loads(WRITER["JSON_SCHEMA"].read_text(encoding="utf-8"))
    assert held == suite_json_schema()


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.name)
def test_every_test_says_what_it_catches_and_why_its_defaults(
    test: type[DataTest],
) -> None:
    assert test.why
    assert test.default
    assert not test.why.endswith(".")
    assert not test.default.endswith(".")
    for field in test.model_fields.values():
        assert field.description, field


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.name)
def test_every_example_is_valid_in_a_suite(
    test: type[DataTest], tmp_path: Path
) -> None:
    path = tmp_path / "data_tests.yaml"
    (tmp_path / "rules.py").write_text(
        "def contradicts(table): return [False] * len(table)\n"
    )
    for name in ("airports.csv", "scores.parquet", "predictions.csv"):
        (tmp_path / name).write_text("faa\nJFK\n")
    head = "dataset: d\nkey: [a, b]\ntime: time_hour\nlabel: late\ntests:\n"
    path.write_text(f"{head}  - {test.example}\n")
    suite = load_suite(path)
    assert {one.name for one in suite.tests} == {test.name}


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.name)
def test_json_schema_takes_every_example(test: type[DataTest]) -> None:
    data = Document.parse(f"dataset: d\ntests:\n  - {test.example}\n", "here").data
    schema = Draft202012Validator(suite_json_schema())
    schema.validate(data)
    ((name, parameters),) = data["tests"][0].items()
    data["tests"] = [{name: {**(parameters or {}), "no_such_parameter": 1}}]
    assert not schema.is_valid(data)
