"""Tests of values, placeholders, metadata and copies, each by itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import SecurityError
from tidegate.runners.spec_run import artifacts, conditions, placeholders, values
from tidegate.runners.spec_run.cache import Cache, Outputs, fingerprint_of
from tidegate.runners.spec_run.store import Store

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**50), 2**50)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (5.0, "5"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1e21, "1000000000000000000000"),
        (True, "true"),
        (None, ""),
        ("a b", "a b"),
        ([1, "<a>"], '[1,"\\u003ca\\u003e"]'),
        ({"b": 1.0, "a": None}, '{"a":null,"b":1}'),
    ],
)
def test_a_value_is_the_text_that_go_makes_of_it(value: Any, text: str) -> None:
    assert values.text_of(value) == text


# As Go 1.26 printed them.
@pytest.mark.parametrize(
    ("number", "by_driver", "by_launcher", "in_json"),
    [
        (1e-7, "1e-07", "0.0000001", "1e-7"),
        (-2.5e-9, "-2.5e-09", "-0.0000000025", "-2.5e-9"),
        (1e-5, "1e-05", "0.00001", "0.00001"),
        (1.5e-6, "1.5e-06", "0.0000015", "0.0000015"),
        (0.0001, "0.0001", "0.0001", "0.0001"),
        (99999.5, "99999.5", "99999.5", "99999.5"),
        (1234567.5, "1.2345675e+06", "1234567.5", "1234567.5"),
        (12345678901, "12345678901", "12345678901", "12345678901"),
        (1e20, "1e+20", "100000000000000000000", "100000000000000000000"),
        (1e21, "1e+21", "1000000000000000000000", "1e+21"),
        (2.0**62, "4611686018427387904", "4611686018427388000", "4611686018427388000"),
    ],
)
def test_numbers_are_written_as_go_writes_them(
    number: float, by_driver: str, by_launcher: str, in_json: str
) -> None:
    assert values.driver_text_of(number) == by_driver
    assert values.text_of(number) == by_launcher
    assert values.go_json([number]) == f"[{in_json}]"


@pytest.mark.parametrize(
    ("text", "type_name", "value"),
    [
        ("x\n", "STRING", "x\n"),
        (" 5\n", "NUMBER_INTEGER", 5),
        ("5.50", "NUMBER_DOUBLE", 5.5),
        ("True\n", "BOOLEAN", True),
        ("0", "BOOLEAN", False),
        ("[1.0]", "LIST", [1]),
        ('{"a": 1}', "STRUCT", {"a": 1}),
    ],
)
def test_a_parameters_file_is_read_by_its_type(
    text: str, type_name: str, value: Any
) -> None:
    assert values.from_text(text, type_name) == value


@pytest.mark.parametrize(
    ("text", "type_name"),
    [
        ("5.5", "NUMBER_INTEGER"),
        ("1_000", "NUMBER_INTEGER"),
        ("9223372036854775808", "NUMBER_INTEGER"),
        ("", "NUMBER_DOUBLE"),
        ("yes", "BOOLEAN"),
        ("{}", "LIST"),
        ("[]", "STRUCT"),
        ("{", "STRUCT"),
        ("{}", "TASK_FINAL_STATUS"),
    ],
)
def test_a_parameters_file_of_another_type_is_an_error(
    text: str, type_name: str
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json and float have their own words
        values.from_text(text, type_name)


@given(JSON)
def test_a_lists_and_structs_text_reads_back_as_itself(value: Any) -> None:
    text = values.text_of({"value": value})
    assert values.from_text(text, "STRUCT") == values.whole({"value": value})


@given(st.text(max_size=30), st.dictionaries(st.just("A"), st.text(max_size=4)))
def test_kubernetes_changes_nothing_that_has_no_dollar(
    text: str, environment: dict[str, str]
) -> None:
    text = text.replace("$", "")
    assert placeholders.by_kubernetes(text, environment) == text


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$(A)", "x"),
        ("$$(A)", "$(A)"),
        ("$(B)", "$(B)"),
        ("cost $$5", "cost $5"),
        ("$(echo A)", "$(echo A)"),
        ("$A", "$A"),
    ],
)
def test_kubernetes_expands_variables(text: str, expanded: str) -> None:
    assert placeholders.by_kubernetes(text, {"A": "x"}) == expanded


def test_the_driver_resolves_clauses_and_leaves_outputs_to_the_launcher() -> None:
    clause = json.dumps(
        {
            "IfPresent": {
                "InputName": "a",
                "Then": ["--a", "{{$.inputs.parameters['a']}}"],
            }
        }
    )
    out = "{{$.outputs.parameters['x'].output_file}}{{$.inputs.parameters['a']}}"
    words = [clause, out, "n={{$.inputs.parameters['n']}}"]
    given_both = {"a": "1", "n": 2.5}
    assert placeholders.by_driver(words, given_both) == ["--a", "1", out, "n=2.5"]
    assert placeholders.by_driver(words, {"a": None, "n": 3}) == [out, "n=3"]
    with pytest.raises(ValueError, match='parameter "n" not found in executor input'):
        placeholders.by_driver(words, {})


def test_the_launcher_fills_in_placeholders_inside_the_executor_input() -> None:
    said = {
        "inputs": {"parameterValues": {"a": "x", "b": "{{$.inputs.parameters['a']}}"}}
    }
    first, second = placeholders.by_launcher(["{{$}}", "{{$}}"], said, {})
    assert json.loads(first) == said
    assert json.loads(second)["inputs"]["parameterValues"]["b"] == "x"


def test_a_null_in_metadata_cannot_be_stored() -> None:
    with pytest.raises(ValueError, match="a is null"):
        artifacts.recorded({"a": None})


@pytest.mark.parametrize(
    ("schema", "title"),
    [
        ({"schemaTitle": "system.Model"}, "system.Model"),
        ({"instanceSchema": "title: tfx.Examples\ntype: object\n"}, "tfx.Examples"),
    ],
)
def test_the_type_of_an_artifact_is_its_title(schema: Any, title: str) -> None:
    assert artifacts.title(schema) == title


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"schemaUri": "x"}, "SchemaUri is unsupported"),
        ({"instanceSchema": "type: object"}, "No title specified"),
        ({}, "unknown type"),
    ],
)
def test_a_type_without_a_title_is_refused(schema: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        artifacts.title(schema)


@pytest.mark.parametrize(
    ("expression", "value", "part"),
    [
        ('parseJson(string_value)["a"]', '{"a": [1]}', [1]),
        ('parseJson(string_value)["a"]', {"a": 1.5}, 1.5),
        ("list_value[1]", ["x", "y"], "y"),
        ("string_value", 5, "5"),
    ],
)
def test_a_part_of_a_parameter_is_selected(
    expression: str, value: Any, part: Any
) -> None:
    assert conditions.selected(value, expression) == part


files = st.dictionaries(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join),
    st.binary(max_size=9),
    max_size=6,
)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


@given(files)
def test_a_folder_comes_back_from_the_store_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, bytes]
) -> None:
    tmp_path = tmp_path_factory.mktemp("store")
    local = tmp_path / "local"
    local.mkdir()
    for name, data in content.items():
        # A name that is a file cannot be a folder, too.
        file = local / name.replace("/", "+/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    store = Store(tmp_path / "store")
    store.upload(local, "gs://bucket/key")
    assert store.download("gs://bucket/key", tmp_path / "back") == len(content)
    assert tree(tmp_path / "back") == tree(local)


def test_a_key_is_no_prefix_of_its_neighbours(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    file = tmp_path / "a"
    file.write_text("a")
    store.upload(file, "s3://b/key")
    store.upload(file, "s3://b/key2")
    store.upload(file, "s3://b/folder/x")
    assert store.download("s3://b/key", tmp_path / "one") == 1
    assert (tmp_path / "one").read_text() == "a"
    assert store.download("s3://b/folder", tmp_path / "two") == 1
    assert store.download("s3://b/fold", tmp_path / "three") == 0
    assert not (tmp_path / "three").exists()


def test_an_empty_folder_is_nothing_in_the_store(tmp_path: Path) -> None:
    (tmp_path / "local" / "empty").mkdir(parents=True)
    store = Store(tmp_path / "store")
    store.upload(tmp_path / "local", "gs://b/k")
    assert not store.holds("gs://b/k")


def test_a_link_to_a_folder_cannot_be_uploaded(tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    os.symlink(tmp_path, tmp_path / "local" / "link")
    with pytest.raises(IsADirectoryError):
        Store(tmp_path / "store").upload(tmp_path / "local", "gs://b/k")


def test_a_uri_does_not_lead_out_of_its_bucket(tmp_path: Path) -> None:
    with pytest.raises(SecurityError):
        Store(tmp_path).path("gs://bucket/../../secret")
    with pytest.raises(ValueError, match="unsupported storage scheme"):
        Store(tmp_path).path("file:///etc")


def fingerprint(**changed: Any) -> str:
    artifact = {"name": "7", "uri": "gs://b/k", "metadata": {"a": 1}}
    output = {"name": "o", "uri": changed.pop("uri", "gs://b/1"), "type": {}}
    said: dict[str, Any] = {
        "pipeline": "p",
        "executor_input": {
            "inputs": {
                "artifacts": {
                    "i": {"artifacts": [artifact | changed.pop("input", {})]}
                },
                "parameterValues": {"n": changed.pop("n", 1)},
            },
            "outputs": {"artifacts": {"o": {"artifacts": [output]}}},
        },
        "output_types": {"x": "STRING"},
        "image": "i:1",
        "words": ["a", "b"],
        **changed,
    }
    return fingerprint_of(**said)


@pytest.mark.parametrize(
    "changed",
    [
        {"pipeline": "q"},
        {"image": "i:2"},
        {"words": ["a", "c"]},
        {"words": ["ab"]},
        {"output_types": {"x": "LIST"}},
        {"n": 2},
        {"n": "1"},
        {"input": {"name": "8"}},
        {"volumes": ["claim"]},
        {"cache_key": "k"},
    ],
)
def test_what_goes_into_a_task_changes_its_fingerprint(changed: Any) -> None:
    assert fingerprint(**changed) != fingerprint()


@pytest.mark.parametrize(
    "changed", [{"uri": "gs://b/2"}, {"input": {"metadata": {}}}, {"n": 1.0}]
)
def test_where_things_are_does_not_change_the_fingerprint(changed: Any) -> None:
    assert fingerprint(**changed) == fingerprint()


def test_an_entry_of_the_cache_is_written_once(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.keep("f", Outputs(parameters={"a": 1}))
    cache.keep("f", Outputs(parameters={"a": 2}))
    found = cache.find("f")
    assert found is not None
    assert found.parameters == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["f.json"]


def test_an_entry_that_cannot_be_read_is_made_anew(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    (tmp_path / "f.json").write_text("{")
    assert cache.find("f") is None
    cache.keep("f", Outputs(parameters={"a": 2}))
    assert cache.find("f") == Outputs(parameters={"a": 2})
