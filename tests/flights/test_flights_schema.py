"""Schema, data tests and README speak of the same columns."""

from __future__ import annotations

import re
from pathlib import Path

import flights_features as features  # type: ignore[import-not-found]
import pytest
import yaml
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

FOLDER = Path(__file__).parents[2] / "schemas" / "flights"
COLUMNS = [
    "year",
    "month",
    "day",
    "dep_time",
    "sched_dep_time",
    "dep_delay",
    "arr_time",
    "sched_arr_time",
    "arr_delay",
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "air_time",
    "distance",
    "hour",
    "minute",
    "time_hour",
]


@pytest.fixture(scope="module")
def schema() -> schema_pb2.Schema:
    text = (FOLDER / "schema.pbtxt").read_text(encoding="utf-8")
    return text_format.Parse(text, schema_pb2.Schema())


def test_the_schema_has_every_column_in_the_order_of_the_files(
    schema: schema_pb2.Schema,
) -> None:
    assert [feature.name for feature in schema.feature] == COLUMNS


def test_what_is_known_only_after_landing_is_not_served(
    schema: schema_pb2.Schema,
) -> None:
    absent = {f.name for f in schema.feature if "SERVING" in f.not_in_environment}
    assert absent == set(features.AFTER_LANDING)


def test_every_number_has_a_range(schema: schema_pb2.Schema) -> None:
    numbers = [f for f in schema.feature if f.type == schema_pb2.INT]
    assert all(f.int_domain.min < f.int_domain.max or f.name == "year" for f in numbers)


def test_every_named_domain_exists(schema: schema_pb2.Schema) -> None:
    named = {feature.domain for feature in schema.feature if feature.domain}
    assert named == {domain.name for domain in schema.string_domain}


def test_schema_and_data_tests_allow_the_same_carriers_and_origins(
    schema: schema_pb2.Schema,
) -> None:
    domains = {domain.name: list(domain.value) for domain in schema.string_domain}
    text = (FOLDER / "data_tests.yaml").read_text(encoding="utf-8")
    tests = [
        test["one_of"] for test in yaml.safe_load(text)["tests"] if "one_of" in test
    ]
    allowed = {test["column"]: test["values"] for test in tests}
    assert allowed["carrier"] == domains["carriers"]
    assert allowed["origin"] == domains["new_york_airports"]


def test_the_readme_explains_every_column() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)`", text, re.MULTILINE) == COLUMNS
