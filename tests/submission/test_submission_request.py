"""A compiled pipeline and its parameters are checked before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from submission_trial import compiled

from tidegate.cli.upload import upload
from tidegate.errors import Problems, TidegateError, UsageError
from tidegate.submission import parameters, request, spec_file

GOLDEN = Path(__file__).parents[1] / "golden"
ALL = {
    "span": {"parameterType": "NUMBER_INTEGER"},
    "rate": {"parameterType": "NUMBER_DOUBLE", "defaultValue": 0.1},
    "note": {"parameterType": "STRING", "isOptional": True},
    "deep": {"parameterType": "BOOLEAN", "defaultValue": False},
    "cols": {"parameterType": "LIST", "isOptional": True},
    "opts": {"parameterType": "STRUCT", "isOptional": True},
}


def parsed(*given: str, **known: Any) -> dict[str, Any]:
    declared = parameters.declared(compiled(**(known or ALL)))
    return parameters.parse(given, declared, "spec.yaml")


def test_values_take_their_declared_type() -> None:
    assert parsed(
        "span=9",
        "rate=3",
        "note=a=b",
        "deep=True",
        "cols=[1, 2]",
        'opts={"a": null}',
    ) == {
        "span": 9,
        "rate": 3.0,
        "note": "a=b",
        "deep": True,
        "cols": [1, 2],
        "opts": {"a": None},
    }


@pytest.mark.parametrize(
    "text",
    [
        "span=9.5", "span=", "span=1_0", "span= 9", "rate=nan", "rate=1e999",
        "rate=x", "deep=yes", "cols={}", "opts=[]", "opts={", "cols=",
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(text: str) -> None:
    others = () if text.startswith("span") else ("span=9",)
    with pytest.raises(UsageError, match="wrong type"):
        parsed(text, *others)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Problems) as caught:
        parsed("spam=1", "rate=x", "deep", "note=a", "note=b")
    texts = [str(error) for error in caught.value.errors]
    assert len(texts) == 5
    assert "did you mean span" in texts[0]
    assert any("twice" in text for text in texts)
    assert "span has no value" in texts[-1]


def test_a_pipeline_without_parameters_takes_none() -> None:
    declared = parameters.declared(compiled())
    assert parameters.parse([], declared, "spec.yaml") == {}
    with pytest.raises(UsageError, match="no parameters at all"):
        parameters.parse(["a=1"], declared, "spec.yaml")


@given(st.integers())
def test_whole_numbers_stay_what_they_are(number: int) -> None:
    assert parsed(f"span={number}")["span"] == number


@given(st.text())
def test_texts_stay_what_they_are(text: str) -> None:
    assert parsed("span=1", f"note={text}")["note"] == text


@given(st.text())
def test_no_text_breaks_the_parsing(text: str) -> None:
    for name in ALL:
        try:
            parsed("span=1", f"{name}={text}", text)
        except TidegateError:
            continue


def test_a_platform_travels_beside_the_pipeline(
    spec_path: Callable[..., Path],
) -> None:
    plain = spec_file.read(spec_path())
    assert plain.payload() == compiled()
    both = spec_file.read(spec_path({"platforms": {"kubernetes": {}}}))
    assert both.payload() == {
        "pipeline_spec": compiled(),
        "platform_spec": {"platforms": {"kubernetes": {}}},
    }


def test_a_job_of_vertex_is_read_for_its_specification(tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    path.write_text(json.dumps({"pipelineSpec": compiled(), "displayName": "x"}))
    spec = spec_file.read(path)
    assert spec.name == "flights"
    assert spec.job == {"displayName": "x"}


def test_caching_is_set_for_every_task(spec_path: Callable[..., Path]) -> None:
    spec = spec_file.read(spec_path())
    off = spec.cached(False).pipeline["root"]["dag"]["tasks"]
    assert all(t["cachingOptions"] == {"enableCache": False} for t in off.values())
    assert "cachingOptions" not in spec.pipeline["root"]["dag"]["tasks"]["gate"]


def test_caching_is_set_within_an_exit_handler_too(tmp_path: Path) -> None:
    told = compiled()
    inner = {
        "dag": {"tasks": {"a": {}, "b": {"cachingOptions": {"enableCache": True}}}}
    }
    told.setdefault("components", {})["comp-exit-handler-1"] = inner
    path = tmp_path / "spec.yaml"
    path.write_text(json.dumps(told))
    off = spec_file.read(path).cached(False).pipeline["components"]
    tasks = off["comp-exit-handler-1"]["dag"]["tasks"].values()
    assert [one["cachingOptions"]["enableCache"] for one in tasks] == [False, False]


@pytest.mark.parametrize(
    "send",
    [
        lambda path: request.local_source(request.Request(spec=path)),
        lambda path: upload(path, version="1", host="http://localhost:1"),
    ],
)
def test_what_was_compiled_for_vertex_is_not_sent_to_kubeflow(
    send: Callable[[Path], object], tmp_path: Path
) -> None:
    told = json.loads((GOLDEN / "small-vertex.json").read_text())
    path = tmp_path / "job.json"
    path.write_text(json.dumps(told))
    with pytest.raises(UsageError, match="compiled for Vertex AI"):
        send(path)
    plain = spec_file.read(GOLDEN / "small-kfp.yaml")
    assert spec_file.demand_kubeflow(plain) is plain


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"a: 1", b"{", b"\xff\xfe", b"pipelineInfo: {}", b"- 1\n---\n- 2",
        b"{pipelineInfo: {name: x}, root: {at: 2026-01-01}}",
        b"{pipelineInfo: {name: x}, root: {at: .nan}}",
        b"{pipelineInfo: {name: x}, root: &a {at: *a}}",
        b"{pipelineInfo: {name: 3}, root: {}}",
    ],
)  # fmt: skip
def test_what_is_no_pipeline_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        spec_file.read(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        spec_file.read(tmp_path / "none.yaml")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_a_digest_is_of_the_value(content: Any) -> None:
    again = json.loads(json.dumps(content))
    assert spec_file.digest(content) == spec_file.digest(again)
    assert spec_file.digest(content) != spec_file.digest([content])


@pytest.mark.parametrize(
    "wanted",
    [
        request.Request(),
        request.Request(spec=Path("a"), pipeline="b"),
        request.Request(spec=Path("a"), version="1"),
        request.Request(pipeline="b", cache=True),
    ],
)
def test_a_request_for_no_or_two_pipelines_is_refused(wanted: request.Request) -> None:
    with pytest.raises(UsageError):
        request.demand_source(wanted)
