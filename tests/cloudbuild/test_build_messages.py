"""Google's messages take what they should, field by field, and refuse the rest."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import yaml
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from tests.cloudbuild.checkouts import FILES, SHORT, write_checkout

from cloudbuild.build_file import examine_build, read_build
from cloudbuild.document import ROOT
from cloudbuild.faults import Fault, FaultsFound, in_order
from cloudbuild.makefile import make_call, read_makefile
from cloudbuild.messages import Filler, new_build
from tidegate.documents import Document

WORDS = st.text("abc-=/", max_size=5)
STEPS = st.fixed_dictionaries(
    {"name": WORDS},
    optional={
        "args": st.lists(WORDS, max_size=3),
        "allowFailure": st.booleans(),
        "allowExitCodes": st.lists(st.integers(0, 255), max_size=2),
        "timeout": st.integers(1, 9999).map(lambda seconds: f"{seconds}s"),
        "volumes": st.lists(st.fixed_dictionaries({"name": WORDS}), max_size=2),
    },
)
BUILDS = st.fixed_dictionaries(
    {"steps": st.lists(STEPS, max_size=3)},
    optional={
        "substitutions": st.dictionaries(WORDS, WORDS, max_size=3),
        "options": st.fixed_dictionaries(
            {}, optional={"machineType": st.just("E2_MEDIUM")}
        ),
        "tags": st.lists(WORDS, max_size=2),
    },
)


@given(BUILDS)
def test_field_by_field_is_as_all_at_once(data: dict[str, object]) -> None:
    document = Document.parse(yaml.safe_dump(data), "build.yaml")
    message = new_build()
    assert list(Filler(document, "build.yaml").fill(message, document.data)) == []
    assert message == json_format.ParseDict(data, new_build())


def test_every_field_that_is_refused_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "build.yaml"
    path.write_text(
        "steps:\n- name: a\n  argz: [1]\n  args: [x, 1]\n  waitFor: x\n- x\n"
        "timeout: 5x\noptions:\n  machineType: BIG\n  loging: NONE\n"
        "substitutions:\n  _A: x\n  _B: 1\n"
    )
    found, faults = examine_build(path, tmp_path)
    assert [fault.line for fault in in_order(faults)] == [3, 4, 5, 6, 7, 9, 10, 13]
    assert found is not None
    assert dict(found.build.substitutions) == {"_A": "x"}
    with pytest.raises(FaultsFound) as caught:
        read_build(path, tmp_path)
    assert len(caught.value.faults) == 8
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.faults == caught.value.faults
    assert str(again) == str(caught.value)


def test_names_with_underscores_are_googles_too(tmp_path: Path) -> None:
    path = tmp_path / "build.yaml"
    path.write_text("steps: [{name: a, wait_for: ['-']}]\n")
    assert list(read_build(path).build.steps[0].wait_for) == ["-"]


def test_lines_of_a_build_are_those_of_its_file(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    file = read_build(tmp_path / SHORT["main"], tmp_path)
    lines = FILES[SHORT["main"]].splitlines()
    assert "dir:" in lines[file.line(("steps", 1, "dir")) - 1]
    assert "KFP_TOKEN]" in lines[file.line(("steps", 1, "secretEnv", 0)) - 1]
    assert "- id: submit" in lines[file.line(("steps", 1, "nothing")) - 1]
    assert file.line(("nothing",)) == 1


@pytest.mark.parametrize(
    "name", [one for one in SHORT.values() if "triggers" not in one][:3]
)
def test_good_builds_are_builds(tmp_path: Path, name: str) -> None:
    assert read_build(write_checkout(tmp_path) / name).build.steps


def test_fault_reads_as_a_place_a_fact_and_a_fix() -> None:
    fault = Fault("a.yaml", 3, "it is wrong", "right it", "right")
    assert str(fault) == "a.yaml:3: it is wrong  [right]\n    fix: right it"


@pytest.mark.parametrize(
    ("args", "targets", "variables"),
    [
        (["lint", "types"], ["lint", "types"], []),
        (["-s", "image", "IMAGE=x:y=z"], ["image"], ["IMAGE"]),
        (["-C", "folder", "lint", "A:=1", "B?=2"], ["lint"], ["A", "B"]),
        (["-j2", "lint"], ["lint"], []),
        (["-j", "2", "lint"], ["lint"], []),
        (["-j", "lint"], ["lint"], []),
        ([], [], []),
    ],
)
def test_words_of_a_make_command(
    args: list[str], targets: list[str], variables: list[str]
) -> None:
    call = make_call(args)
    assert [name for _, name in call.targets] == targets
    assert [name for _, name in call.variables] == variables


def test_names_of_this_makefile() -> None:
    makefile = read_makefile(ROOT / "Makefile")
    assert makefile is not None
    assert {"test", "guards", "cloudbuild-check"} <= makefile.targets
    assert {"PYTEST_ARGS", "STACK", "UPGRADE"} <= makefile.variables
    assert not makefile.targets & {".PHONY", "IMAGE", "SHELL"}
