"""An artifact without TFX: properties with their kinds, and how they are read."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.runners.kubeflow.invocation import ArtifactType
from tidegate.steps.artifact import Artifact
from tidegate.steps.reading import (
    decode_split_names,
    encode_split_names,
    get_single_instance,
    get_single_uri,
    get_split_uri,
    get_split_uris,
    shown_uri,
)

EXAMPLES = ArtifactType(
    name="Examples",
    path="tfx.types.standard_artifacts.Examples",
    properties={"span": "int", "version": "int", "split_names": "string"},
)
SPLIT_NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]*", fullmatch=True)


def examples(uri: str = "/data", **properties: Any) -> Artifact:
    made = Artifact(EXAMPLES, uri)
    for name, value in properties.items():
        setattr(made, name, value)
    return made


def test_declared_properties_are_attributes_with_their_defaults() -> None:
    artifact = examples(span=9)
    assert (artifact.span, artifact.version, artifact.split_names) == (9, 0, "")
    assert artifact.has_property("span")
    assert not artifact.has_property("version")
    assert artifact.type_name == "Examples"


@pytest.mark.parametrize("name", ["spam", "_kind", "type_name", "custom_properties"])
def test_what_is_not_declared_cannot_be_set(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(examples(), name, 1)


@pytest.mark.parametrize(
    ("name", "value"), [("span", "9"), ("span", 9.0), ("split_names", 9)]
)
def test_a_declared_property_keeps_its_kind(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        setattr(examples(), name, value)


@pytest.mark.parametrize(
    ("kind", "value", "unset"),
    [
        ("string", "a", ""),
        ("int", 2**62, 0),
        ("float", 0.1, 0.0),
        ("bool", True, False),
        ("json_value", {"a": [1, None]}, None),
    ],
)
def test_custom_properties_are_got_as_they_were_set(
    kind: str, value: object, unset: object
) -> None:
    artifact = examples()
    get = getattr(artifact, f"get_{kind}_custom_property")
    assert get("key") == unset
    getattr(artifact, f"set_{kind}_custom_property")("key", value)
    assert get("key") == value
    assert artifact.get_custom_property("key") == value
    assert artifact.has_custom_property("key")


def test_a_property_of_another_kind_counts_as_not_set() -> None:
    artifact = examples()
    artifact.set_string_custom_property("n", "12")
    assert artifact.get_int_custom_property("n") == 0
    assert artifact.get_json_value_custom_property("n") is None
    # But JSON stands for a plain value, as in TFX.
    artifact.set_json_value_custom_property("n", 12.0)
    assert artifact.get_int_custom_property("n") == 12


def test_a_copy_is_independent() -> None:
    artifact = examples(span=1)
    artifact.set_json_value_custom_property("list", [1])
    other = copy.deepcopy(artifact)
    other.get_json_value_custom_property("list").append(2)
    other.span = 2
    assert artifact.get_json_value_custom_property("list") == [1]
    assert (artifact.span, other.uri) == (1, "/data")


@given(st.lists(SPLIT_NAMES))
def test_split_names_come_back(splits: list[str]) -> None:
    assert decode_split_names(encode_split_names(splits)) == splits


@pytest.mark.parametrize("split", ["-train", "a/b", "a b", "ä", "a\n"])
def test_a_split_that_could_be_a_path_is_refused(split: str) -> None:
    with pytest.raises(ValueError, match="name for a split"):
        encode_split_names([split])


@pytest.mark.parametrize(
    ("version", "folder"),
    [("", "Split-eval"), ("1.16.0", "Split-eval"), ("0.28.1", "eval")],
)
def test_the_folder_of_a_split(version: str, folder: str) -> None:
    artifact = examples(split_names='["train", "eval"]')
    if version:
        artifact.set_string_custom_property("tfx_version", version)
    assert get_split_uri([artifact], "eval") == f"/data/{folder}"


def test_a_split_that_is_not_there_is_refused() -> None:
    both = [examples(split_names='["train"]'), examples("/other")]
    with pytest.raises(ValueError, match="/other"):
        get_split_uris(both, "train")


@pytest.mark.parametrize("number", [0, 2])
def test_a_single_artifact_is_exactly_one(number: int) -> None:
    with pytest.raises(ValueError, match=str(number)):
        get_single_instance([examples()] * number)
    assert get_single_uri([examples("/one")]) == "/one"


def test_people_are_shown_where_it_is_and_not_the_copy() -> None:
    copied = Artifact(EXAMPLES, "/minio/b/k", shown_uri="minio://b/k")
    assert shown_uri(copied) == "minio://b/k"
    assert shown_uri(examples("/data")) == "/data"
    assert shown_uri(SimpleNamespace(uri="/of/tfx")) == "/of/tfx"


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, tidegate.steps.artifact, tidegate.steps.reading, "
        "tidegate.steps.context\n"
        "heavy = {'tfx', 'tensorflow', 'apache_beam', 'kfp', 'numpy', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    source = str(Path(__file__).parents[2] / "components")
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": source},
    )
    assert said.stdout.strip() == "[]"
