"""A difference says what changed, whom it breaks, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.data_tests.suite import Suite, load_suite
from tidegate.errors import UsageError
from tidegate.schema_life.changes import Change, Effect, is_breaking, ranked
from tidegate.schema_life.diff import diff
from tidegate.schema_life.diff_text import as_json, as_markdown
from tidegate.schema_life.schema_diff import schema_diff
from tidegate.schema_life.suite_diff import suite_diff

OLD = """
default_environment: "TRAINING"
feature { name: "n" type: INT int_domain { min: 1 max: 12 }
  presence { min_fraction: 1.0 min_count: 1 } shape { dim { size: 1 } } }
feature { name: "gap" type: INT presence { min_fraction: 0.8 min_count: 1 }
  value_count { max: 1 } }
feature { name: "code" type: BYTES domain: "codes" }
feature { name: "most" type: BYTES domain: "codes"
  distribution_constraints { min_domain_mass: 0.9 }
  drift_comparator { infinity_norm { threshold: 0.1 } } }
string_domain { name: "codes" value: "a" value: "b" }
"""


def parsed(text: str) -> schema_pb2.Schema:
    return text_format.Parse(text, schema_pb2.Schema())


def changes(*replacements: tuple[str, str], more: str = "") -> list[Change]:
    new = OLD
    for old, other in replacements:
        assert old in new
        new = new.replace(old, other)
    return schema_diff(parsed(OLD), parsed(new + more))


@pytest.mark.parametrize(
    ("old", "new", "subject", "what", "effect"),
    [
        ("max: 12", "max: 31", "n", "high 12 → 31", "looser"),
        ("max: 12", "max: 6", "n", "high 12 → 6", "breaking"),
        ("min: 1 max", "max", "n", "low 1 → any", "looser"),
        ("int_domain { min: 1 max: 12 }", "", "n", "low 1 → any", "looser"),
        ('"n" type: INT', '"n" type: FLOAT', "n", "type INT → FLOAT", "breaking"),
        ('value: "a"', "", "code", "values removed: a", "breaking"),
        ('value: "a"', "", "most", "values removed: a", "tighter"),
        ('value: "b"', 'value: "b" value: "c"', "code", "values added: c", "looser"),
        ('"code" type: BYTES domain: "codes"', '"code" type: BYTES', "code",
         "every text allowed", "looser"),
        ("mass: 0.9", "mass: 0.95", "most",
         "values in the list: at least 90.0 % → 95.0 %", "tighter"),
        ("threshold: 0.1", "threshold: 0.2", "most", "drift at most 0.1 → 0.2",
         "looser"),
        ("fraction: 0.8", "fraction: 0.5", "gap",
         "present in at least 80.0 % → 50.0 % of rows", "looser"),
        ("fraction: 0.8", "fraction: 0.9", "gap",
         "present in at least 80.0 % → 90.0 % of rows", "tighter"),
        ("fraction: 0.8", "fraction: 1.0", "gap",
         "present in at least 80.0 % → 100 % of rows", "breaking"),
        ("shape { dim { size: 1 } }", "value_count { min: 1 max: 1 }", "n",
         "values in a row: fixed → at least 1, at most 1", "breaking"),
        ("value_count { max: 1 }", "value_count { max: 3 }", "gap",
         "values in a row: at most 1 → at most 3", "looser"),
        ('"gap" type: INT', '"gap" lifecycle_stage: DEPRECATED type: INT', "gap",
         "not in use any more", "breaking"),
        ('"gap" type: INT', '"gap" not_in_environment: "SERVING" type: INT', "gap",
         "not in SERVING any more", "breaking"),
        ('"gap" type: INT', '"gap" annotation { tag: "pii" } type: INT', "gap",
         "private now", "neutral"),
        ('"gap" type: INT', '"gap" unique_constraints { min: 3 } type: INT', "gap",
         "unique_constraints changed", "tighter"),
        ('default_environment: "TRAINING"', "", "schema",
         "environment TRAINING removed", "breaking"),
    ],
)  # fmt: skip
def test_each_rule_has_its_effect(
    old: str, new: str, subject: str, what: str, effect: str
) -> None:
    found = [(c.subject, c.what, c.effect.value) for c in changes((old, new))]
    assert (subject, what, effect) in found


def test_order_and_names_of_domains_mean_nothing() -> None:
    assert changes(('"codes"', '"others"')) == []
    schema = parsed(OLD)
    turned = parsed(OLD)
    turned.feature.sort(key=lambda feature: feature.name)
    assert schema_diff(schema, turned) == []


@pytest.mark.parametrize(
    ("more", "effect"),
    [
        ('feature { name: "new" type: INT }', "looser"),
        ('feature { name: "new" type: INT presence { min_count: 1 } }', "breaking"),
    ],
)
def test_a_new_column_breaks_only_if_it_is_demanded(more: str, effect: str) -> None:
    (change,) = changes(more=more)
    assert (change.subject, change.effect.value) == ("new", effect)


def test_a_column_that_is_gone_breaks_its_consumers() -> None:
    gone = 'feature { name: "code" type: BYTES domain: "codes" }'
    (change,) = changes((gone, ""))
    assert change.what == "removed (BYTES, optional)"
    assert change.effect is Effect.BREAKING


def test_a_renamed_column_is_one_change() -> None:
    (change,) = changes(('"gap"', '"gaps"'))
    assert change.what == "renamed to gaps"


def test_values_of_private_columns_are_counted_only() -> None:
    private = '"code" annotation { tag: "pii" } type'
    found = schema_diff(
        parsed(OLD.replace('"code" type', private)),
        parsed(OLD.replace('"code" type', private).replace('"b"', '"secret"')),
    )
    told = {change.what for change in found if change.subject == "code"}
    assert told == {"values removed: 1 value", "values added: 1 value"}


def suite(*tests: dict[str, object], **settings: object) -> Suite:
    return Suite.model_validate({"dataset": "d", "tests": list(tests), **settings})


BETWEEN = {"between": {"column": "distance", "low": 80, "high": 5000}}
ROWS = {"rows": {"at_least": 10}}


@pytest.mark.parametrize(
    ("new", "what", "effect"),
    [
        ({"high": 50_000}, "high 5,000 → 50,000", "looser"),
        ({"high": 500}, "high 5,000 → 500", "tighter"),
        ({"low": 0}, "low 80 → 0", "looser"),
        ({"low": None}, "low 80 → none", "looser"),
        ({"low": 90}, "low 80 → 90", "tighter"),
        ({"at_most": "1%"}, "at_most 0 → 1%", "looser"),
        ({"level": "warn"}, "level fail → warn", "looser"),
    ],
    ids=lambda value: str(value),
)
def test_limits_of_tests_are_laxer_or_stricter(
    new: dict[str, object], what: str, effect: str
) -> None:
    later = {"between": {**BETWEEN["between"], **new}}
    (change,) = suite_diff(suite(BETWEEN, ROWS), suite(ROWS, later))
    assert (change.subject, change.what, change.effect.value) == (
        "between distance",
        what,
        effect,
    )


def test_tests_that_come_and_go() -> None:
    found = suite_diff(suite(BETWEEN), suite(ROWS, pii=["name"]))
    assert [(c.subject, c.effect.value) for c in found] == [
        ("name", "neutral"),
        ("between distance", "looser"),
        ("rows rows", "tighter"),
    ]


def test_fewer_allowed_values_are_stricter() -> None:
    def of(*values: str) -> Suite:
        return suite({"one_of": {"column": "c", "values": list(values)}})

    assert suite_diff(of("a"), of("a", "b"))[0].effect is Effect.LOOSER
    assert suite_diff(of("a", "b"), of("b", "c"))[0].effect is Effect.TIGHTER


def test_another_key_breaks() -> None:
    assert is_breaking(suite_diff(suite(ROWS, key=["a"]), suite(ROWS, key=["b"])))


def test_a_suite_is_equal_to_itself() -> None:
    path = Path("schemas/flights/data_tests.yaml")
    assert suite_diff(load_suite(path), load_suite(path)) == []


def test_the_gravest_come_first() -> None:
    found = changes(("max: 12", "max: 31"), ('"gap"', '"other_name"'))
    assert ranked(found)[0].effect is Effect.BREAKING


def test_markdown_escapes_what_is_foreign() -> None:
    change = Change("a|b`c", "values added: <b>|*x*", Effect.LOOSER, "more_or_less")
    text = as_markdown([change], "old → new")
    row = text.splitlines()[-1]
    assert "`a\\|b'c`" in row
    assert "&lt;b>\\|\\*x\\*" in row


def test_json_tells_whether_something_breaks() -> None:
    told = json.loads(as_json(changes(("max: 12", "max: 6"))))
    assert told["breaking"] is True
    assert told["counts"] == {"breaking": 1}
    assert told["changes"][0]["subject"] == "n"


@pytest.mark.parametrize(
    ("old", "new"), [("a.pbtxt", "b.yaml"), ("a.yaml", "b.csv"), ("a.csv", "b.csv")]
)
def test_unlike_files_are_refused(old: str, new: str) -> None:
    with pytest.raises(UsageError, match="cannot be compared"):
        diff(Path(old), [new])


def test_values_of_private_columns_are_not_told() -> None:
    new = OLD.replace("max: 12", "max: 4711").replace('"b" }', '"b" value: "Ada" }')
    found = schema_diff(parsed(OLD), parsed(new), private={"n", "code", "most"})
    assert {change.what for change in found} == {
        "high changed",
        "values added: 1 value",
    }


def test_tests_that_name_a_private_column_tell_no_parameter() -> None:
    def of(secret: str) -> Suite:
        where = {"column": "n", "low": 1, "high": 2, "where": f"c = '{secret}'"}
        one_of = {"column": "c", "values": ["a", secret]}
        return suite({"one_of": one_of}, {"between": where}, pii=["c"])

    found = suite_diff(of("Ada"), of("Bob"))
    assert found
    told = as_json(found)
    assert "Ada" not in told
    assert "Bob" not in told


def test_a_difference_to_data_heeds_the_suite_beside_the_schema(
    tmp_path: Path,
) -> None:
    schema, data = tmp_path / "schema.pbtxt", tmp_path / "d.csv"
    schema.write_text('feature { name: "n" type: INT int_domain { min: 1 max: 12 } }')
    data.write_text("n\n" + "4711\n" * 30)
    (change,) = diff(schema, [str(data)])
    assert "4,711" in change.what
    suite_file = tmp_path / "data_tests.yaml"
    suite_file.write_text("dataset: d\npii: [n]\ntests:\n  - rows: {at_least: 2}\n")
    assert diff(schema, [str(data)]) == []
