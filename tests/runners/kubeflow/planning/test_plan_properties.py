"""A plan misses nothing: of equal specs it is empty, of others it never is."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import plan_specs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.runners.kubeflow.planning import plan
from tidegate.runners.kubeflow.planning.differences import differences
from tidegate.runners.kubeflow.planning.reading import Compiled, of

Place = tuple[Any, ...]


def whole() -> dict[str, Any]:
    return {"spec": plan_specs.spec(), "platform": plan_specs.platform()}


def compiled(parts: dict[str, Any]) -> Compiled:
    if "job" in parts:
        return of(parts["job"], None, "job.json")
    return of(parts["spec"], parts["platform"], "spec.yaml")


def nested() -> dict[str, Any]:
    """The same steps in a group, with a step at the end of every run."""
    made = plan_specs.spec()
    made["components"]["comp-exit-handler-1"] = {"dag": made["root"].pop("dag")}
    end = {
        "taskInfo": {"name": "notify"},
        "componentRef": {"name": "comp-trainer"},
        "dependentTasks": ["exit-handler-1"],
        "inputs": {"parameters": {"s": {"taskFinalStatus": {"producerTask": "x"}}}},
        "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
    }
    group = {
        "taskInfo": {"name": "exit-handler-1"},
        "componentRef": {"name": "comp-exit-handler-1"},
    }
    made["root"]["dag"] = {"tasks": {"exit-handler-1": group, "notify": end}}
    return {"spec": made, "platform": plan_specs.platform()}


SPECS = {
    "plain": whole(),
    "nested": nested(),
    "vertex": {"job": plan_specs.job()},
}


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    """Every place of a value, but the document itself."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


# What makes a document a spec at all; without it, it is refused.
NEEDED = {
    (),
    ("spec",),
    ("platform",),
    ("job",),
    ("job", "pipelineSpec"),
    ("spec", "root"),
    ("spec", "pipelineInfo"),
    ("job", "pipelineSpec", "root"),
    ("job", "pipelineSpec", "pipelineInfo"),
}


def parent(parts: dict[str, Any], path: Place) -> tuple[Any, Any]:
    holder: Any = parts
    for key in path[:-1]:
        holder = holder[key]
    return holder, path[-1]


def reported(before: dict[str, Any], after: dict[str, Any]) -> bool:
    there = plan(compiled(before), compiled(after))
    back = plan(compiled(after), compiled(before))
    assert all(change.text for change in (*there.changes, *back.changes))
    return bool(there.changes) and bool(back.changes)


@pytest.mark.parametrize("name", SPECS)
def test_nothing_changes_from_a_spec_to_itself(name: str) -> None:
    made = SPECS[name]
    found = plan(compiled(made), compiled(copy.deepcopy(made)))
    assert found.empty
    assert found.consequences == ["the same run as before: nothing changes"]


@pytest.mark.parametrize("name", SPECS)
def test_whatever_is_removed_is_reported(name: str) -> None:
    made = SPECS[name]
    silent = []
    for path in places(made):
        if path in NEEDED:
            continue
        changed = copy.deepcopy(made)
        holder, key = parent(changed, path)
        del holder[key]
        if not reported(made, changed):
            silent.append(path)
    assert silent == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (1, True),
        (0, False),
        (1, 1.0),
        (0.0, -0.0),
        (1, "1"),
        (None, {}),
        ("", None),
        ([], {}),
        ("{}", "{ }"),
        ("[1]", "[1.0]"),
        ([1, 2], [2, 1]),
        ([{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}]),
    ],
)
def test_values_that_python_or_a_reader_takes_for_equal_differ(
    old: object, new: object
) -> None:
    assert list(differences(old, new))
    assert list(differences({"a": [old]}, {"a": [new]}))
    assert not list(differences(old, copy.deepcopy(old)))


def test_not_a_number_is_itself() -> None:
    assert not list(differences(float("nan"), float("nan")))


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.0, -0.0, 1.0, float("nan"), 3.0]),
    st.sampled_from(["", "a", "{}", "[]", '{"a":1}', "example-gen", "exec-trainer"]),
    st.sampled_from([{}, [], {"a": 1}, [1], {"name": "comp-transform"}]),
)


def alike(one: Any, other: Any) -> bool:
    return repr(one) == repr(other)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_is_put_in_its_place_is_reported(data: st.DataObject) -> None:
    made = SPECS[data.draw(st.sampled_from(sorted(SPECS)))]
    path = data.draw(st.sampled_from([p for p in places(made) if p not in NEEDED]))
    value = data.draw(VALUES)
    changed = copy.deepcopy(made)
    holder, key = parent(changed, path)
    if alike(holder[key], value):
        return
    holder[key] = value
    assert reported(made, changed)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_is_added_is_reported(data: st.DataObject) -> None:
    made = SPECS[data.draw(st.sampled_from(sorted(SPECS)))]
    changed = copy.deepcopy(made)
    path = data.draw(st.sampled_from([*places(made)]))
    holder, key = parent(changed, path)
    inner = holder[key]
    value = data.draw(VALUES)
    if isinstance(inner, dict):
        inner["new"] = value
    elif isinstance(inner, list):
        inner.insert(data.draw(st.integers(0, len(inner))), value)
    else:
        return
    assert reported(made, changed)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_another_order_of_a_list_is_reported(data: st.DataObject) -> None:
    made = whole()
    args = plan_specs.container(made["spec"], "trainer")
    args["env"] += [{"name": "B", "value": "1"}, {"name": "C", "value": "2"}]
    plan_specs.tasks(made["spec"])["trainer"]["dependentTasks"] += ["example-gen"]
    lists = [
        path
        for path in places(made)
        if isinstance(found := parent(made, path)[0][path[-1]], list) and len(found) > 1
    ]
    changed = copy.deepcopy(made)
    holder, key = parent(changed, data.draw(st.sampled_from(lists)))
    holder[key] = data.draw(st.permutations(holder[key]))
    if alike(changed, made):
        return
    assert reported(made, changed)
