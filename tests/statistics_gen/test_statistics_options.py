"""Which of TFDV's options are read, and which are left to TFDV."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.errors import UsageError
from tidegate.statistics_gen.options import parse

# As TFDV writes them where nothing was asked for.
STANDARD: dict[str, Any] = {
    "TYPE_NAME": "StatsOptions",
    "_generators": None,
    "_feature_allowlist": None,
    "_schema": None,
    "label_feature": None,
    "weight_feature": None,
    "_slice_functions": None,
    "_sample_rate": None,
    "num_top_values": 20,
    "epsilon": 0.01,
    "enable_semantic_domain_stats": False,
    "_add_default_generators": True,
    "_use_sketch_based_topk_uniques": False,
    "_slice_sqls": None,
    "_experimental_result_partitions": 1,
    "_experimental_num_feature_partitions": 1,
    "_slicing_config": None,
    "_experimental_filter_read_paths": False,
    "_per_feature_stats_config": None,
}


def schema(text: str) -> schema_pb2.Schema:
    return text_format.Parse(text, schema_pb2.Schema())


@pytest.mark.parametrize("text", [None, "", json.dumps(STANDARD)])
def test_standard_options_are_covered(text: str | None) -> None:
    assert parse(text).uncovered == ()


def test_options_of_this_tfdv_are_covered() -> None:
    tfdv = pytest.importorskip("tensorflow_data_validation")
    assert parse(tfdv.StatsOptions().to_json()).uncovered == ()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"_sample_rate": 0.1}, "sample_rate = 0.1"),
        ({"enable_semantic_domain_stats": True}, "enable_semantic_domain_stats = True"),
        ({"_add_default_generators": False}, "add_default_generators = False"),
        ({"_slice_sqls": ["SELECT 1"]}, "slice_sqls = ['SELECT 1']"),
        ({"_experimental_result_partitions": 3}, "experimental_result_partitions = 3"),
        ({"epsilon": 0.001}, "epsilon below 0.01"),
        ({"of_tomorrow": "x"}, "of_tomorrow = x"),
        (
            {"slicing_config_json": '{"slicingSpecs": [{"sliceKeysSql": "S"}]}'},
            "slices by SQL",
        ),
        (
            {"per_feature_weight_override_json": {'["a"]': "w"}},
            "weights for some features only",
        ),
        (
            {"weight_feature": "w", "_use_sketch_based_topk_uniques": True},
            "weights in sketches of frequent values",
        ),
        (
            {"weight_feature": "w", "_feature_allowlist": ["a"]},
            "an allowlist without the weights",
        ),
    ],
)
def test_what_tfdv_has_to_do_is_said(given: dict[str, Any], reason: str) -> None:
    assert parse(json.dumps({**STANDARD, **given})).uncovered == (reason,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('sparse_feature { name: "s" }', "sparse features in the schema"),
        ('weighted_feature { name: "s" }', "weighted features in the schema"),
        (
            'feature { name: "t" type: BYTES natural_language_domain {} }',
            "the natural language domain of t",
        ),
        (
            'feature { name: "f" type: FLOAT float_domain { is_categorical: true } }',
            "the categorical floats of f",
        ),
    ],
)
def test_schemas_can_ask_for_what_tfdv_has_to_do(text: str, reason: str) -> None:
    assert parse(None, schema(text)).uncovered == (reason,)


def test_lift_needs_a_label_and_a_schema() -> None:
    options = json.dumps({**STANDARD, "label_feature": "y"})
    assert parse(options).uncovered == ()
    assert parse(options, schema("")).uncovered == ("lift on a label",)


def test_weights_and_slices_are_read() -> None:
    plan = parse(
        json.dumps(
            {
                "weight_feature": "w",
                "per_feature_weight_override_json": {'["a", "b"]': "v"},
                "slicing_config_json": json.dumps(
                    {
                        "slicingSpecs": [
                            {},
                            {"featureKeys": ["x"], "featureValues": {"y": "3"}},
                        ]
                    }
                ),
            }
        )
    ).plan
    assert plan.weights == ["v", "w"]
    assert (plan.weight_for(("a", "b")), plan.weight_for(("a",))) == ("v", "w")
    assert plan.slices == ((("x", None), ("y", ("3",))),)


def test_two_schemas_are_refused() -> None:
    with pytest.raises(UsageError, match="two schemas"):
        parse(json.dumps({"schema_json": "{}"}), schema(""))


@pytest.mark.parametrize("text", ["{", "[]", '{"TYPE_NAME": "Other"}'])
def test_what_is_no_options_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        parse(text)
