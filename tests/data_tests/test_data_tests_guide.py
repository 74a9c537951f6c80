"""The guide's suites are valid, its classes work, and it names every test."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.data_tests.catalogue import CATALOGUE, Evidence
from tidegate.data_tests.catalogue.shapes import ProfileTest
from tidegate.data_tests.suite import Suite, load_suite
from tidegate.data_tests.trial import try_test
from tidegate.data_tests.whole import Whole
from tidegate.errors import UsageError

GUIDE = Path(__file__).parents[2] / "docs" / "data-tests.md"


def blocks(language: str) -> list[str]:
    text = GUIDE.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    path = tmp_path / "data_tests.yaml"
    path.write_text(blocks("yaml")[0])
    return path


def test_suite_of_the_guide_is_valid(whole: Path) -> None:
    assert {test.name for test in load_suite(whole).tests} == {
        "rows",
        "unique",
        "missing",
        "between",
        "one_of",
        "rows_where",
    }


def test_conditions_of_the_guide_are_valid(tmp_path: Path) -> None:
    path = tmp_path / "data_tests.yaml"
    path.write_text("dataset: d\ntests:\n" + blocks("yaml")[1])
    assert len(load_suite(path).tests) == 4


def test_every_test_that_the_guide_names_is_in_the_catalogue() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    table = text.split("| what may happen | tests |", 1)[1].split("\n\n", 1)[0]
    named = set(re.findall(r"`(\w+)`", table)) - {"pii"}
    assert named <= set(CATALOGUE)
    assert len(named) > 40


def test_mistake_reads_as_the_guide_shows(tmp_path: Path) -> None:
    path = tmp_path / "data_tests.yaml"
    path.write_text(blocks("yaml")[0].replace("at_most: 5%", "at_mots: 5%"))
    with pytest.raises(UsageError) as refused:
        load_suite(path)
    assert _after_the_file(str(refused.value)) in GUIDE.read_text(encoding="utf-8")


def _after_the_file(text: str) -> str:
    return text.split("data_tests.yaml", 1)[1]


def test_python_of_the_guide_works() -> None:
    held: dict[str, Any] = {}
    (suite,) = (code for code in blocks("python") if "Suite(" in code)
    exec(suite, held)
    assert isinstance(held["suite"], Suite)
    (own,) = (code for code in blocks("python") if "class " in code)
    names = {
        "ClassVar": ClassVar,
        "ColumnProfile": ColumnProfile,
        "Evidence": Evidence,
        "ProfileTest": ProfileTest,
        "Whole": Whole,
    }
    try:
        exec(own, names | {"__name__": __name__})
        test = CATALOGUE["not_constant"].model_validate({"column": "a"})
        table = pa.table({"a": [1, 1]})
        assert try_test(test, table).holds is False
    finally:
        CATALOGUE.pop("not_constant", None)
