"""A changed schema keeps every comment, and every line that did not change."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.schema_life.schema_edit import edited
from tidegate.schema_life.schema_text import schema_text
from tidegate.schema_life.text_fields import comments_in, split_fields

FLIGHTS = Path("schemas/flights/schema.pbtxt").read_text(encoding="utf-8")


def parsed(text: str) -> schema_pb2.Schema:
    return text_format.Parse(text, schema_pb2.Schema())


def changed(text: str, change: str) -> tuple[schema_pb2.Schema, schema_pb2.Schema]:
    old, new = parsed(text), parsed(text)
    features = {feature.name: feature for feature in new.feature}
    domains = {domain.name: domain for domain in new.string_domain}
    if change == "number":
        features["month"].int_domain.max = 13
    elif change == "gone":
        features["year"].ClearField("int_domain")
    elif change == "value":
        domains["carriers"].value.append('Z"Z')
    elif change == "value gone":
        domains["new_york_airports"].value.remove("JFK")
    elif change == "column":
        new.feature.add(name="gate", type=schema_pb2.INT).presence.min_count = 1
    elif change == "column gone":
        del new.feature[0]
    elif change == "inner":
        features["hour"].annotation.tag.append("pii")
    elif change == "environment":
        features["arr_time"].ClearField("not_in_environment")
        features["hour"].not_in_environment.append("SERVING")
        new.default_environment.append("BATCH")
    return old, new


CHANGES = [
    *("number", "gone", "value", "value gone", "column", "column gone", "inner"),
    "environment",
]


@pytest.mark.parametrize("change", CHANGES)
def test_only_what_changed_is_another_line(change: str) -> None:
    old, new = changed(FLIGHTS, change)
    text = edited(FLIGHTS, old, new)
    assert parsed(text) == new or change == "column gone"
    assert comments_in(text) == comments_in(FLIGHTS)
    before, after = FLIGHTS.splitlines(), text.splitlines()
    kept = len([line for line in before if line in after])
    assert kept >= len(before) - 7
    assert abs(len(after) - len(before)) <= 8


def test_nothing_changed_leaves_every_sign() -> None:
    old = parsed(FLIGHTS)
    assert edited(FLIGHTS, old, parsed(FLIGHTS)) == FLIGHTS


@pytest.mark.parametrize(
    "text",
    [
        'feature: < name: "a" type: INT int_domain < min: 1, max: 2; > > # end',
        "feature { name: 'a' # } not a bracket\n type: INT int_domain { max: 2 } }",
        'feature { name: "a" type: INT int_domain { max: 2 } in_environment: ["x"]}',
        'feature { name: "a" "" type: INT int_domain {\n\n # c\n max:2} }\n\n# tail\n',
    ],
)
def test_every_way_to_write_a_schema_is_understood(text: str) -> None:
    old, new = parsed(text), parsed(text)
    new.feature[0].int_domain.max = 7
    new.feature[0].presence.min_count = 1
    made = edited(text, old, new)
    assert parsed(made) == new
    assert comments_in(made) == comments_in(text)


def test_what_cannot_be_edited_is_written_anew_with_its_comments() -> None:
    text = '# about a\nfeature { name: "a" in_environment: ["x", "y", "z"] }'
    old, new = parsed(text), parsed(text)
    del new.feature[0].in_environment[1]
    made = edited(text, old, new)
    assert parsed(made) == new
    assert "# about a" in made


def test_text_with_comments_parses_whatever_the_notes_say() -> None:
    schema = parsed('feature { name: "a\\n#b" }')
    text = schema_text(schema, {"a\n#b": ["one\ntwo } {", 'feature { name: "x" }']})
    assert parsed(text) == schema


@given(st.text(alphabet="ab{}<>[]:;,#\"'\\ \n", max_size=40))
def test_no_text_breaks_the_splitter(text: str) -> None:
    try:
        fields, tail = split_fields(text)
    except ValueError:
        return
    assert "".join(field.lead + field.text for field in fields) + tail == text
