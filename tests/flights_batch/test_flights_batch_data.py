"""The tests of flights to predict for ask only for what is known at departure."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import text_format
from pipelines.flights.data import write_months
from pipelines.flights.user_code import flights_features as features
from pipelines.flights_batch.config import Config
from tensorflow_metadata.proto.v0 import schema_pb2
from tests.flights_batch.deliveries import without_columns

from tidegate.config import load_config
from tidegate.data_tests.check import Wanted, check
from tidegate.data_tests.suite import load_suite

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas" / "flights"
SUITE = SCHEMAS / "serving_tests.yaml"


def _schema(name: str) -> schema_pb2.Schema:
    return text_format.Parse((SCHEMAS / name).read_text(), schema_pb2.Schema())


def test_the_serving_schema_is_the_schema_without_what_comes_after_landing() -> None:
    schema = _schema("schema.pbtxt")
    del schema.default_environment[:]
    late = [one.name for one in schema.feature if one.not_in_environment]
    for feature in schema.feature:
        if feature.name in late:
            feature.ClearField("presence")
            feature.ClearField("not_in_environment")
    assert sorted(late) == sorted(features.AFTER_LANDING)
    assert _schema("serving_schema.pbtxt") == schema


def test_no_test_needs_what_is_known_after_landing() -> None:
    text = load_suite(SUITE).model_dump_json(exclude={"places"})
    assert not [name for name in features.AFTER_LANDING if f'"{name}"' in text]


def test_the_key_is_that_of_the_training_data() -> None:
    from pipelines.flights_batch.pipeline import KEY

    training = load_suite(SCHEMAS / "data_tests.yaml")
    assert tuple(load_suite(SUITE).key) == tuple(training.key) == KEY


def test_the_models_are_those_that_the_flights_pipeline_pushes() -> None:
    folder = ROOT / "pipelines" / "flights_batch"
    config = load_config(folder / "config.yaml", Config)
    assert config.push_to == str(Path(".tidegate/flights/pushed").absolute())


@pytest.mark.parametrize("lacking", [(), features.AFTER_LANDING], ids=["all", "few"])
def test_a_delivery_passes_with_or_without_what_comes_after_landing(
    lacking: tuple[str, ...], tmp_path: Path
) -> None:
    (file,) = write_months(tmp_path, months=[6], rows=400)
    without_columns(file, lacking)
    wanted = Wanted([str(file)], schema=SCHEMAS / "serving_schema.pbtxt", suite=SUITE)
    report = check(wanted).evaluation.report
    assert [one.test for one in report.failed] == []
    assert report.rows == 400


@pytest.mark.parametrize("lacking", ["dep_delay", "time_hour", "carrier"])
def test_a_delivery_without_what_the_model_is_given_fails(
    lacking: str, tmp_path: Path
) -> None:
    (file,) = write_months(tmp_path, months=[6], rows=400)
    without_columns(file, [lacking])
    report = check(Wanted([str(file)], suite=SUITE)).evaluation.report
    assert not report.passed
