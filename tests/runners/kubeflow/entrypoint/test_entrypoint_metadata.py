"""Properties of artifacts on their way through KFP."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from handed_steps import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import ComponentError
from tidegate.runners.kubeflow.entrypoint.metadata import (
    Properties,
    from_metadata,
    to_metadata,
)
from tidegate.runners.kubeflow.invocation import TYPED, ArtifactType
from tidegate.steps.artifact import Typed

EVERY_KIND = ArtifactType(
    name="Every",
    path="nowhere.Every",
    properties={
        "i": "int",
        "d": "double",
        "s": "string",
        "b": "bool",
        "j": "json",
    },
)
TEXT = st.text(st.characters(blacklist_categories=()), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
    ),
    max_leaves=8,
)
VALUES = {
    "int": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False),
    "string": TEXT,
    "bool": st.booleans(),
    "json": JSON.filter(lambda value: value is not None),
}


def typed(kind: str) -> st.SearchStrategy[Typed]:
    """Values of a kind."""
    return VALUES[kind].map(lambda value: Typed(kind, value))


TYPED_VALUES = st.one_of(*map(typed, VALUES))
NAMES = TEXT | st.sampled_from(["tfx", "display_name", "span", "store_session_info"])
DECLARED = st.fixed_dictionaries(
    {},
    optional={name: typed(kind) for name, kind in EVERY_KIND.properties.items()},
)


def ordered(properties: dict[str, Typed]) -> dict[str, Typed]:
    """The same in the order in which it is written."""
    return {
        name: Typed(kind, json.loads(json.dumps(value, sort_keys=True)))
        for name, (kind, value) in sorted(properties.items())
    }


def through_kfp(metadata: dict[str, Any]) -> dict[str, Any]:
    """What KFP's launcher, its metadata store and its driver make of metadata."""
    text = json.dumps(metadata, allow_nan=False)
    text.encode("utf-8")
    kept = {}
    for name, value in json.loads(text).items():
        assert value is not None, "KFP's launcher refuses null"
        if isinstance(value, bool):
            value = int(value)
        if isinstance(value, int):
            value = float(value)
        if isinstance(value, list):
            value = {"list": value}
        elif isinstance(value, dict):
            value = {"struct": value}
        # In UTF-8 there is no half of a character pair.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
        kept[name] = value
    # Go writes a whole double without a point.
    said = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in kept.items()
    }
    return {"display_name": "x", "store_session_info": "{}", **said}


@given(DECLARED, st.dictionaries(NAMES, TYPED_VALUES, max_size=4))
def test_every_property_survives_every_hop(
    declared: dict[str, Typed], custom: dict[str, Typed]
) -> None:
    sent = Properties(declared, custom)
    for _ in range(3):
        metadata = through_kfp(to_metadata("Every", sent))
        received = from_metadata(metadata, EVERY_KIND)
        # As text: to Python True is 1, and 1 is 1.0.
        assert repr(received.declared) == repr(ordered(declared))
        assert repr(received.custom) == repr(ordered(custom))
        sent = received


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 5e-324])
def test_numbers_that_json_does_not_have_survive(value: float) -> None:
    sent = Properties(custom={"x": Typed("double", value)})
    metadata = through_kfp(to_metadata("Every", sent))
    assert str(from_metadata(metadata, EVERY_KIND).custom["x"].value) == str(value)


def test_half_a_character_pair_survives_although_go_refuses_it() -> None:
    sent = Properties(custom={"x": Typed("string", "a\ud800b")})
    metadata = to_metadata("Every", sent)
    assert metadata["x"] == "a?b"
    assert from_metadata(through_kfp(metadata), EVERY_KIND) == sent


def test_people_see_plain_values() -> None:
    sent = Properties(
        {"span": Typed("int", 9), "split_names": Typed("string", '["train"]')},
        {
            "passed": Typed("bool", True),
            "rates": Typed("json", {"train": 1.0}),
            "nothing": Typed("json", None),
            "long": Typed("string", "x" * 10_000),
            "display_name": Typed("string", "mine"),
        },
    )
    metadata = to_metadata("Examples", sent)
    exact = json.loads(metadata.pop(TYPED))
    assert metadata == {
        "span": 9,
        "split_names": '["train"]',
        "passed": True,
        "rates": '{"train": 1.0}',
        "long": "x" * 499 + "…",
    }
    assert exact["type"] == "Examples"
    assert exact["properties"]["span"] == {"int": 9}
    assert exact["custom_properties"]["display_name"] == {"string": "mine"}


def test_metadata_of_an_importer_are_read_as_the_type_declares_them() -> None:
    metadata = through_kfp(
        {
            "span": 9,
            "version": "12",
            "split_names": ["train", "eval"],
            "note": "by hand",
            "share": 0.5,
            "rows": 27574,
            "tags": ["a"],
            "more": {"a": 1},
        }
    )
    found = from_metadata(metadata, EXAMPLES)
    assert found.declared == {
        "span": Typed("int", 9),
        "version": Typed("int", 12),
        "split_names": Typed("string", '["train", "eval"]'),
    }
    assert found.custom == {
        "note": Typed("string", "by hand"),
        "share": Typed("double", 0.5),
        "rows": Typed("int", 27574),
        "tags": Typed("json", ["a"]),
        "more": Typed("json", {"a": 1}),
    }


def test_a_value_that_cannot_be_what_is_declared_counts_as_not_given() -> None:
    assert from_metadata({"span": "nine"}, EXAMPLES) == Properties()


def test_what_another_type_declared_becomes_a_custom_property() -> None:
    metadata = to_metadata("Every", Properties({"i": Typed("int", 1)}))
    assert from_metadata(metadata, EXAMPLES).custom == {"i": Typed("int", 1)}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"properties": {"a": 1}}'])
def test_damaged_metadata_are_refused(text: str) -> None:
    with pytest.raises(ComponentError, match="Examples"):
        from_metadata({TYPED: text}, EXAMPLES)
