"""What changed since a run is found, all of it and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lineage.lineage_records import a_file, code, record

from tidegate.ledger.events import EnvironmentRecord
from tidegate.lineage.changes import changes
from tidegate.lineage.run_record import ChampionAt, StoreState

ENVIRONMENT = {"python": "3.10.13", "platform": "Linux"}
SCHEMA = a_file("schema_file", "/s/schema.pbtxt", "b" * 64)
DATA = a_file("data")

# What to change of a run, by what the change is to be called.
ALTERED: dict[tuple[str, str], dict[str, Any]] = {
    ("data", "/data/a.csv"): {"inputs": (a_file("data", sha256="9" * 64), SCHEMA)},
    ("schema", "/s/schema.pbtxt"): {
        "inputs": (DATA, a_file("schema_file", "/s/schema.pbtxt", "9" * 64))
    },
    ("code", "model.py changed"): {"code": code(pipeline="1", model="3")},
    ("environment", "numpy"): {
        "environment": EnvironmentRecord(**ENVIRONMENT, packages={"numpy": "2.0"})
    },
    ("champion", "the model to compare with"): {
        "champion": ChampionAt(version=6, uri="/pushed/6", digest="e" * 64)
    },
    ("setting", "epochs"): {
        "settings": {"epochs": 4, "splits": {"train": 4}, "output": "/runs/toy"}
    },
}


def named(then: Any, now: Any) -> set[tuple[str, str]]:
    return {(one.kind, one.name) for one in changes(then, now)}


def test_nothing_changed_between_a_run_and_itself() -> None:
    assert changes(record(), record()) == ()


@given(st.sets(st.sampled_from(sorted(ALTERED))))
def test_exactly_what_was_changed_is_found(altered: set[tuple[str, str]]) -> None:
    # Two of them are of one field, and cannot be changed both by replacing it.
    fields: dict[str, Any] = {}
    for one in altered:
        for field, value in ALTERED[one].items():
            if field in fields:
                return
            fields[field] = value
    assert named(record(), record(**fields)) == altered


@pytest.mark.parametrize(
    ("inputs", "then", "now"),
    [
        ((SCHEMA,), "aaaaaaaaaaaa (7 bytes)", "gone"),
        (
            (DATA, a_file("data", "/data/b.csv"), SCHEMA),
            "none",
            "aaaaaaaaaaaa (7 bytes)",
        ),
    ],
    ids=["gone", "new"],
)
def test_a_file_that_is_gone_or_new_is_a_change(
    inputs: tuple[Any, ...], then: str, now: str
) -> None:
    (change,) = changes(record(), record(inputs=inputs))
    assert (change.kind, change.then, change.now) == ("data", then, now)


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"pipeline": "1"}, "model.py is gone"),
        ({"pipeline": "1", "model": "2", "more": "3"}, "more.py is new"),
        ({"pipeline": "0", "model": "0"}, "model.py changed, pipeline.py changed"),
    ],
)
def test_code_is_compared_file_by_file(files: dict[str, str], name: str) -> None:
    (change,) = changes(record(), record(code=code(**files)))
    assert change.name == name


def test_many_files_are_counted() -> None:
    files = {f"f{n}": "1" for n in range(9)}
    (change,) = changes(record(code=code(**files)), record(code=code(f0="1")))
    assert change.name.endswith("f6.py is gone and 2 more")


def test_another_tidegate_of_the_same_version_is_a_change() -> None:
    other = code(pipeline="1", model="2").model_copy(update={"package": "q"})
    (change,) = changes(record(), record(code=other))
    assert (change.kind, change.name) == ("code", "tidegate itself")


def test_another_commit_with_the_same_files_is_none() -> None:
    other = code(pipeline="1", model="2").model_copy(update={"commit": "e" * 40})
    assert changes(record(), record(code=other)) == ()


def test_a_setting_of_the_file_does_not_matter_to_the_repetition() -> None:
    settings = {"epochs": 3, "splits": {"train": 5}, "output": "/runs/toy"}
    (change,) = changes(record(), record(settings=settings))
    assert (change.name, change.then, change.now) == ("splits.train", "4", "5")
    assert not change.matters


def test_data_in_a_store_are_compared_by_what_it_says() -> None:
    then = (StoreState(node="ExampleGen", fingerprint="1" * 64),)
    now = (StoreState(node="ExampleGen", fingerprint="2" * 64),)
    (change,) = changes(record(stores=then), record(stores=now))
    assert (change.kind, change.name) == ("store", "input of ExampleGen")


@pytest.mark.parametrize(
    ("packages", "then", "now"),
    [({}, "1.26", "gone"), ({"numpy": "1.26", "zz": "1"}, "none", "1")],
)
def test_a_package_that_is_gone_or_new_is_a_change(
    packages: dict[str, str], then: str, now: str
) -> None:
    other = EnvironmentRecord(**ENVIRONMENT, packages=packages)
    (change,) = changes(record(), record(environment=other))
    assert (change.then, change.now) == (then, now)


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        (None, None, []),
        (ChampionAt(version=5, uri="u", digest="d"), None, ["version 5 (d) → none"]),
        (
            ChampionAt(version=5, uri="u", digest="d"),
            ChampionAt(version=5, uri="u", digest="e"),
            ["version 5 (d) → version 5 (e)"],
        ),
        (
            ChampionAt(version=5, uri="u"),
            ChampionAt(version=5, uri="u"),
            ["version 5 (unknown) → version 5 (unknown)"],
        ),
    ],
    ids=["none", "gone", "overwritten", "nobody knows"],
)
def test_the_champion_is_compared_by_its_digest(
    then: ChampionAt | None, now: ChampionAt | None, told: list[str]
) -> None:
    found = changes(record(champion=then), record(champion=now))
    assert [f"{one.then} → {one.now}" for one in found] == told
