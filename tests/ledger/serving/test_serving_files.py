"""What model servers are told, read by the servers' own definitions."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import UsageError
from tidegate.ledger.events import CanaryShare
from tidegate.ledger.serving.kserve import inference_service
from tidegate.ledger.serving.shares import shares
from tidegate.ledger.serving.tf_serving import models_config
from tidegate.ledger.serving.vertex import Endpoint, as_text, plan, traffic_split
from tidegate.ledger.state import State

OLD, NOW, NEW = 1_700_000_000, 1_700_000_100, 1_700_000_200
NOTHING = State()
ALONE = State(champion=NOW)
BESIDE = State(champion=NOW, canary=CanaryShare(version=NEW, percent=10))
REPLAYED = State(champion=NOW, canary=CanaryShare(version=NEW, percent=0))
PROMOTED = State(champion=NEW, former=(OLD, NOW))
BACK = State(champion=NOW, former=(OLD,))
BUCKET = "gs://bucket/flights/pushed"


def parsed(text: str) -> Any:
    """A config as TensorFlow Serving reads it."""
    from google.protobuf import text_format
    from tensorflow_serving.config import model_server_config_pb2

    return text_format.Parse(text, model_server_config_pb2.ModelServerConfig())


def served(state: State, **more: Any) -> tuple[list[int], dict[str, int]]:
    """Loaded versions, and label to version."""
    (config,) = parsed(
        models_config(state, "flights", "/models", **more)
    ).model_config_list.config
    assert (config.name, config.base_path) == ("flights", "/models")
    assert config.model_platform == "tensorflow"
    return list(config.model_version_policy.specific.versions), dict(
        config.version_labels
    )


@pytest.mark.parametrize(
    ("state", "versions", "labels"),
    [
        (ALONE, [NOW], {"stable": NOW}),
        (BESIDE, [NOW, NEW], {"stable": NOW, "canary": NEW}),
        (REPLAYED, [NOW], {"stable": NOW}),
        (PROMOTED, [NOW, NEW], {"stable": NEW}),
        (BACK, [OLD, NOW], {"stable": NOW}),
    ],
)
def test_tf_serving_loads_what_serves_and_what_a_rollback_goes_to(
    state: State, versions: list[int], labels: dict[str, int]
) -> None:
    assert served(state) == (versions, labels)


def test_a_larger_version_does_not_stay_loaded() -> None:
    # It would get every request without a label.
    assert served(State(champion=OLD, former=(NOW,))) == ([OLD], {"stable": OLD})


def test_the_version_before_can_be_left_out() -> None:
    assert served(PROMOTED, keep_previous=False) == ([NEW], {"stable": NEW})


def test_tf_serving_has_no_model_without_a_champion() -> None:
    config = parsed(models_config(NOTHING, "flights", "/models"))
    assert config.WhichOneof("config") == "model_config_list"
    assert not config.model_config_list.config


@given(name=st.text(min_size=1), path=st.text(min_size=1))
def test_any_name_and_path_come_through(name: str, path: str) -> None:
    try:
        (name + path).encode()
    except UnicodeEncodeError:
        return
    (config,) = parsed(models_config(BESIDE, name, path)).model_config_list.config
    assert (config.name, config.base_path) == (name, path)


def manifest(state: State, **more: Any) -> Any:
    """The InferenceService, read back."""
    return yaml.safe_load(inference_service(state, "flights", f"{BUCKET}/", **more))


@pytest.mark.parametrize(
    ("state", "version", "percent"),
    [
        (ALONE, NOW, None),
        (BESIDE, NEW, 10),
        (REPLAYED, NOW, None),
        (PROMOTED, NEW, None),
    ],
)
def test_kserve_is_told_the_newest_version_and_its_share(
    state: State, version: int, percent: int | None
) -> None:
    said = manifest(state)
    predictor = said["spec"]["predictor"]
    assert (said["apiVersion"], said["kind"]) == (
        "serving.kserve.io/v1beta1",
        "InferenceService",
    )
    assert predictor.get("canaryTrafficPercent") == percent
    # TensorFlow Serving wants a folder called by the version.
    assert predictor["storageUris"] == [
        {"uri": f"{BUCKET}/{version}", "mountPath": f"/mnt/models/{version}"}
    ]
    assert predictor["model"]["modelFormat"] == {"name": "tensorflow"}


def test_kserve_gives_a_canary_an_address_of_its_own() -> None:
    tags = "serving.kserve.io/enable-tag-routing"
    assert manifest(BESIDE)["metadata"]["annotations"] == {tags: "true"}
    assert "annotations" not in manifest(ALONE)["metadata"]


def test_a_namespace_is_said_where_it_is_given() -> None:
    assert manifest(ALONE, namespace="models")["metadata"]["namespace"] == "models"
    assert "namespace" not in manifest(ALONE)["metadata"]


@pytest.mark.parametrize(
    ("state", "deployed", "split"),
    [
        (ALONE, {}, {"0": 100}),
        (ALONE, {NOW: "71"}, {"71": 100}),
        (BESIDE, {NOW: "71"}, {"71": 90, "0": 10}),
        (BESIDE, {NEW: "72"}, {"0": 90, "72": 10}),
        (BESIDE, {NOW: "71", NEW: "72"}, {"71": 90, "72": 10}),
        (BESIDE, {OLD: "70"}, {"0": 100}),
        (PROMOTED, {NOW: "71", NEW: "72"}, {"72": 100}),
    ],
)
def test_vertex_splits_by_ids_of_the_endpoint(
    state: State, deployed: dict[int, str], split: dict[str, int]
) -> None:
    assert traffic_split(state, deployed) == split


def endpoint(**deployed: str) -> Endpoint:
    """An endpoint with versions by their names here."""
    named = {"old": OLD, "now": NOW, "new": NEW}
    known = {named[name]: id for name, id in deployed.items()}
    return Endpoint("12", "europe-west4", known)


def test_vertex_is_given_one_version_at_a_time() -> None:
    first = plan(BESIDE, "flights", BUCKET, endpoint(old="70"))
    assert first["again"]
    assert first["trafficSplit"] == {"0": 100}
    assert f"--artifact-uri={BUCKET}/{NOW}" in first["commands"][0]
    assert not any("undeploy-model" in command for command in first["commands"])
    second = plan(BESIDE, "flights", BUCKET, endpoint(old="70", now="71"))
    assert not second["again"]
    assert "--traffic-split=71=90,0=10" in second["commands"][1]
    # What serves nobody goes last, once it gets no requests.
    assert second["undeploy"] == ["70"]
    assert "--deployed-model-id=70" in second["commands"][-1]


def test_vertex_moves_the_traffic_where_all_is_deployed() -> None:
    made = plan(PROMOTED, "flights", BUCKET, endpoint(now="71", new="72"))
    assert made["deployModel"] is None
    assert made["commands"][0][3:5] == ["update", "12"]
    assert "--traffic-split=72=100" in made["commands"][0]


def test_vertex_itself_reads_the_request() -> None:
    types = pytest.importorskip("google.cloud.aiplatform_v1.types")
    import json

    made = plan(BESIDE, "flights", BUCKET, endpoint(now="71"))
    request = types.DeployModelRequest.from_json(json.dumps(made["deployModel"]))
    assert dict(request.traffic_split) == {"71": 90, "0": 10}
    assert request.deployed_model.display_name == f"flights-{NEW}"
    assert json.loads(as_text(made))["trafficSplit"] == {"71": 90, "0": 10}


@pytest.mark.parametrize(
    "call",
    [
        lambda: inference_service(NOTHING, "flights", BUCKET),
        lambda: plan(NOTHING, "flights", BUCKET, endpoint()),
    ],
)
def test_nothing_can_be_served_before_the_first_push(call: Any) -> None:
    with pytest.raises(UsageError, match="no champion"):
        call()


@given(percent=st.integers(0, 99))
def test_the_shares_are_all_requests(percent: int) -> None:
    state = State(champion=NOW, canary=CanaryShare(version=NEW, percent=percent))
    split = shares(state)
    assert sum(split.values()) == 100
    assert split.get(NEW, 0) == percent
    assert sum(traffic_split(state, {}).values()) == 100
