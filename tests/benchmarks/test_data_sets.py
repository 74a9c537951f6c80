"""Data sets of the benchmark of drift: made once, then read from the cache."""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tidegate.errors import InfrastructureError, UsageError

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def data_sets() -> Iterator[Any]:
    sys.path.insert(0, str(BENCHMARKS))
    yield importlib.import_module("detecting.data_sets")
    sys.path.remove(str(BENCHMARKS))


@pytest.fixture
def read(data_sets: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Adds a data set `visits` of three days; lists how often it was read."""
    times: list[str] = []

    def frame(wheels: Any) -> pd.DataFrame:
        times.append("read")
        when = pd.to_datetime([f"2024-01-0{day} 07:00" for day in (2, 1, 3)] * 2)
        return pd.DataFrame({"when": when, "age": range(6), "ward": list("abcabc")})

    recipe = data_sets.Recipe("visits", "p 1.0", "t", "day", frame, "age", least=2)
    monkeypatch.setitem(data_sets.RECIPES, "visits", recipe)
    return times


def test_a_data_set_is_made_once_and_then_read(
    data_sets: Any, read: list[str], tmp_path: Path
) -> None:
    first, second = (data_sets.load("visits", tmp_path) for _ in range(2))
    assert read == ["read"]
    assert first == second
    assert first.starts == tuple(date(2024, 1, day) for day in (1, 2, 3))
    assert [one.to_pydict() for one in first.tables] == [
        {"age": [1, 4], "ward": ["b", "b"]},
        {"age": [0, 3], "ward": ["a", "a"]},
        {"age": [2, 5], "ward": ["c", "c"]},
    ]
    assert first.label == "age"


def test_changed_code_makes_a_data_set_anew(
    data_sets: Any, read: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_sets.load("visits", tmp_path)
    monkeypatch.setattr(data_sets, "_version", lambda: "another")
    data_sets.load("visits", tmp_path)
    assert read == ["read", "read"]


def test_only_the_newest_spans_are_kept_if_asked(
    data_sets: Any, read: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(data_sets.RECIPES["visits"], last=2)
    monkeypatch.setitem(data_sets.RECIPES, "visits", recipe)
    found = data_sets.load("visits", tmp_path)
    assert found.starts == (date(2024, 1, 2), date(2024, 1, 3))


def test_a_name_that_is_not_there_is_told(data_sets: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one of flights"):
        data_sets.load("fligths", tmp_path)


def test_every_recipe_can_be_listed(data_sets: Any) -> None:
    spans = importlib.import_module("detecting.data_sets_spans")
    assert data_sets.names()[0] == "flights"
    for name, recipe in data_sets.RECIPES.items():
        assert recipe.name == name
        assert recipe.period in spans.PERIODS
        assert list(recipe.changes) == sorted(recipe.changes)
        assert "\n" not in recipe.source


def test_a_wheel_of_another_digest_is_not_read(
    data_sets: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = importlib.import_module("detecting.data_sets_wheels")
    right, wrong = tmp_path / "one-1.0-py3.whl", tmp_path / "two-1.0-py3.whl"
    right.write_bytes(b"right")
    wrong.write_bytes(b"wrong")
    digest = hashlib.sha256(b"right").hexdigest()
    pinned = tmp_path / "pinned.txt"
    pinned.write_text(
        "".join(f"{name}==1.0 --hash=sha256:{digest}\n" for name in ("one", "two"))
    )
    monkeypatch.setattr(wheels, "PINNED", pinned)
    monkeypatch.setattr(wheels.sys, "executable", "/bin/false")
    assert wheels.Wheels(tmp_path).wheel("one") == right
    with pytest.raises(InfrastructureError, match="two could not be fetched"):
        wheels.Wheels(tmp_path).wheel("two")


def test_pins_are_read_from_a_requirements_file(data_sets: Any) -> None:
    wheels = importlib.import_module("detecting.data_sets_wheels")
    text = "# Why.\none==1.0 \\\n    --hash=sha256:aa\ntwo==2.0 --hash=sha256:bb\n"
    assert wheels.pins(text) == {"one": "aa", "two": "bb"}
    assert len(wheels.pins(wheels.PINNED.read_text(encoding="utf-8"))) == 6
