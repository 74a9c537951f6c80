"""What brings an Endpoint of Vertex AI to what the ledger says. Pure.

An endpoint holds deployed models, each with an id of the endpoint's own, and a map
from these ids to percents that add up to 100. `deployModel` takes the new map
together with the model, which is "0" in it since it has no id yet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tidegate.ledger.serving.shares import WHOLE, demand_champion, shares

if TYPE_CHECKING:
    from tidegate.ledger.state import State

NEW = "0"
CONTAINER = "us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest"
_MACHINE = "n1-standard-2"


@dataclass(frozen=True)
class Endpoint:
    """An endpoint.

    Attributes:
        id: Its id.
        region: Where it is, such as "europe-west4".
        deployed: Version to the id of its deployed model, for those that are.
        container: Image that serves SavedModels.
        machine: Type of the machines.
    """

    id: str
    region: str
    deployed: Mapping[int, str] = field(default_factory=dict)
    container: str = CONTAINER
    machine: str = _MACHINE


def traffic_split(state: State, deployed: Mapping[int, str]) -> dict[str, int]:
    """The endpoint's `trafficSplit`: id of the deployed model to percent.

    A version that is not deployed yet is "0"; one can be at a time.

    Args:
        state: What the ledger says.
        deployed: Version to the id of its deployed model.

    Raises:
        UsageError: There is no champion.
    """
    demand_champion(state, "vertex")
    split = shares(state)
    missing = [version for version in split if version not in deployed]
    if len(missing) > 1:
        # The champion first: alone it gets all, until the canary is there.
        return {NEW: WHOLE}
    return {deployed.get(version, NEW): percent for version, percent in split.items()}


def plan(
    state: State, name: str, storage_uri: str, endpoint: Endpoint
) -> dict[str, Any]:
    """One step towards what the ledger says: a request, and the same for gcloud.

    Args:
        state: What the ledger says.
        name: Name of the model in Vertex AI.
        storage_uri: Folder of the versions in Cloud Storage.
        endpoint: The endpoint, with what is deployed to it.

    Returns:
        `trafficSplit`; `deployModel`, the body of that request, where a version is
        not deployed yet, else None; `commands`, in order; `again`, whether another
        step is to follow; `undeploy`, the ids that then serve nobody.

    Raises:
        UsageError: There is no champion.
    """
    split = traffic_split(state, endpoint.deployed)
    wanted = shares(state)
    missing = [version for version in wanted if version not in endpoint.deployed]
    idle = [
        id for version, id in sorted(endpoint.deployed.items()) if version not in wanted
    ]
    made: dict[str, Any] = {
        "trafficSplit": split,
        "deployModel": None,
        "commands": [_update(endpoint, split)],
        "again": len(missing) > 1,
        "undeploy": idle,
    }
    if missing:
        version = missing[0]
        made["deployModel"] = _request(f"{name}-{version}", split, endpoint)
        made["commands"] = [
            _upload(f"{name}-{version}", f"{storage_uri}/{version}", endpoint),
            _deploy(f"{name}-{version}", split, endpoint),
        ]
    if not made["again"]:
        made["commands"] += [_undeploy(endpoint, id) for id in idle]
    return made


def as_text(made: Mapping[str, Any]) -> str:
    """The plan as JSON."""
    return json.dumps(made, indent=2) + "\n"


def _request(title: str, split: Mapping[str, int], endpoint: Endpoint) -> Any:
    """The body of projects.locations.endpoints.deployModel."""
    return {
        "deployedModel": {
            "displayName": title,
            "model": f"projects/PROJECT/locations/{endpoint.region}/models/{title}",
            "dedicatedResources": {
                "machineSpec": {"machineType": endpoint.machine},
                "minReplicaCount": 1,
            },
        },
        "trafficSplit": dict(split),
    }


def _upload(title: str, uri: str, endpoint: Endpoint) -> list[str]:
    return [
        *("gcloud", "ai", "models", "upload"),
        f"--region={endpoint.region}",
        f"--model-id={title}",
        f"--display-name={title}",
        f"--container-image-uri={endpoint.container}",
        f"--artifact-uri={uri}",
    ]


def _deploy(title: str, split: Mapping[str, int], endpoint: Endpoint) -> list[str]:
    return [
        *("gcloud", "ai", "endpoints", "deploy-model", endpoint.id),
        f"--region={endpoint.region}",
        f"--model={title}",
        f"--display-name={title}",
        f"--machine-type={endpoint.machine}",
        f"--traffic-split={_pairs(split)}",
    ]


def _update(endpoint: Endpoint, split: Mapping[str, int]) -> list[str]:
    return [
        *("gcloud", "ai", "endpoints", "update", endpoint.id),
        f"--region={endpoint.region}",
        f"--traffic-split={_pairs(split)}",
    ]


def _undeploy(endpoint: Endpoint, id: str) -> list[str]:
    return [
        *("gcloud", "ai", "endpoints", "undeploy-model", endpoint.id),
        f"--region={endpoint.region}",
        f"--deployed-model-id={id}",
    ]


def _pairs(split: Mapping[str, int]) -> str:
    return ",".join(f"{id}={percent}" for id, percent in split.items())
