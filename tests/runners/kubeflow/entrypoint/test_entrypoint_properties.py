"""Execution properties: KFP's values, kinds, and slots."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import TidegateError, UsageError
from tidegate.runners.kubeflow.entrypoint.properties import execution_properties
from tidegate.runners.kubeflow.invocation import Invocation, Property, Slot

PARAMETER = "pipelinechannel--x"


def properties(parameters: dict[str, Any], **expected: Property) -> dict[str, Any]:
    invocation = Invocation(
        pipeline="p", node="Trainer", executor="a.B", properties=expected
    )
    return execution_properties(invocation, parameters)


def filled(value: Any, *slots: Slot, kind: Any = "string", **parameters: Any) -> Any:
    given_parameters = {"p": value, PARAMETER: parameters.get("x")}
    return properties(given_parameters, p=Property(kind=kind, slots=slots)).get("p")


@pytest.mark.parametrize(
    ("kind", "handed", "expected"),
    [
        ("int", 3.0, 3),
        ("int", 3, 3),
        ("int", "9007199254740993", 9007199254740993),
        ("double", 3, 3.0),
        ("double", "0.5", 0.5),
        ("string", "a", "a"),
        ("string", 3, "3"),
        ("string", 3.0, "3"),
        ("string", True, "true"),
        ("bool", True, True),
        ("bool", "false", False),
        ("json", '{"a": [1]}', {"a": [1]}),
        ("json", {"a": [1]}, {"a": [1]}),
    ],
)
def test_a_value_becomes_what_the_executor_expects(
    kind: Any, handed: object, expected: object
) -> None:
    found = properties({"p": handed}, p=Property(kind=kind))["p"]
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("parameters", [{}, {"p": None}])
def test_what_was_not_given_is_not_there(parameters: dict[str, Any]) -> None:
    assert properties(parameters, p=Property(kind="int")) == {}


def test_all_values_that_do_not_fit_are_told_at_once() -> None:
    with pytest.raises(TidegateError) as raised:
        properties(
            {"a": "x", "b": 1.5, "c": "maybe", "d": "{"},
            a=Property(kind="double"),
            b=Property(kind="int"),
            c=Property(kind="bool"),
            d=Property(kind="json"),
        )
    said = str(raised.value)
    assert all(f"Trainer.{name}" in said for name in "abcd")
    assert raised.value.exit_code == 2


def test_a_slot_fills_a_place_in_json() -> None:
    slot = Slot(parameter=PARAMETER, path=("train", 1, "epochs"))
    text = json.dumps({"train": [0, {"epochs": None}], "seed": 1})
    found = filled(text, slot, x=3)
    assert json.loads(found) == {"train": [0, {"epochs": 3}], "seed": 1}


def test_a_slot_enters_json_within_json() -> None:
    slot = Slot(parameter=PARAMETER, path=("$json", "config", "$json", "rate"))
    text = json.dumps({"config": json.dumps({"rate": 0})})
    found = filled(text, slot, x=0.5)
    assert json.loads(json.loads(found)["config"]) == {"rate": 0.5}


def test_a_slot_may_have_text_around_it() -> None:
    slot = Slot(parameter=PARAMETER, path=("to",), before="s3://", after="/pushed")
    found = filled(json.dumps({"to": ""}), slot, x="models")
    assert json.loads(found) == {"to": "s3://models/pushed"}
    whole = Slot(parameter=PARAMETER, before="v", after="!")
    assert filled(None, whole, x=3.0) == "v3!"


def test_two_slots_fill_one_property() -> None:
    slots = Slot(parameter="a", path=("x",)), Slot(parameter="b", path=("y",))
    found = properties(
        {"p": '{"x": 0, "y": 0}', "a": 1, "b": 2}, p=Property(kind="json", slots=slots)
    )
    assert found == {"p": {"x": 1, "y": 2}}


def test_a_slot_for_all_of_a_property_needs_no_value_beside() -> None:
    found = properties(
        {PARAMETER: 4.0},
        p=Property(kind="int", slots=(Slot(parameter=PARAMETER),)),
    )
    assert found == {"p": 4}


def test_a_slot_without_a_value_leaves_its_key_out() -> None:
    slot = Slot(parameter=PARAMETER, path=("span",))
    assert json.loads(filled('{"span": 1, "data": "x"}', slot)) == {"data": "x"}


@pytest.mark.parametrize("path", [("a", "b"), (0,), ("list", 7), ("list", "x")])
def test_a_slot_without_its_place_is_refused(path: tuple[str | int, ...]) -> None:
    with pytest.raises(UsageError, match=r"Trainer\.p"):
        filled('{"a": 1, "list": [1]}', Slot(parameter=PARAMETER, path=path), x=1)


@given(
    st.dictionaries(st.text(), st.integers() | st.text() | st.none()),
    st.text(),
    st.integers() | st.booleans() | st.text(),
)
def test_a_slot_changes_nothing_else(
    held: dict[str, Any], key: str, value: Any
) -> None:
    if key == "$json":
        return
    slot = Slot(parameter=PARAMETER, path=(key,))
    found = json.loads(filled(json.dumps({**held, key: 0}), slot, x=value))
    assert found == {**held, key: value}


@pytest.mark.parametrize(
    ("kind", "text", "value"), [("int", "9", 9), ("double", "0.5", 0.5)]
)
def test_a_value_that_may_be_left_out_travels_as_text(
    kind: Any, text: str, value: Any
) -> None:
    whole = Property(kind=kind, optional=True)
    assert properties({"p": text}, p=whole) == {"p": value}
    assert properties({"p": ""}, p=whole) == {}
    slot = Slot(parameter=PARAMETER, path=("x",), kind=kind, optional=True)
    assert json.loads(filled('{"x": null}', slot, x=text)) == {"x": value}
    assert json.loads(filled('{"x": null}', slot, x="")) == {}
    assert properties({"p": ""}, p=Property(kind="string")) == {"p": ""}


def test_a_whole_number_in_a_slot_stays_one() -> None:
    slot = Slot(parameter=PARAMETER, path=("epochs",), kind="int")
    assert filled('{"epochs": 1}', slot, x=3.0) == '{"epochs": 3}'
