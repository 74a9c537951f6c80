"""The InferenceService of KServe, as YAML. Pure.

KServe keeps the revision that was rolled out last. A manifest that names another
version with `canaryTrafficPercent` gives the new revision that share and leaves
the rest where it was; the same manifest without it rolls the new one out. So the
champion's manifest must have been applied before the canary's. A canary needs
KServe's serverless mode (Knative).

TensorFlow Serving looks for a folder called by a number below its base path, which
in KServe is /mnt/models. `storageUri` puts the files there without such a folder;
`storageUris`, since KServe 0.16, says where each goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidegate.ledger.serving.shares import (
    WHOLE,
    demand_champion,
    served_canary,
    shares,
)

if TYPE_CHECKING:
    from tidegate.ledger.state import State

API_VERSION = "serving.kserve.io/v1beta1"
_MODELS = "/mnt/models"
# Addresses of their own for the latest and the previous revision.
_TAGS = "serving.kserve.io/enable-tag-routing"


def inference_service(
    state: State, name: str, storage_uri: str, *, namespace: str | None = None
) -> str:
    """The manifest for `kubectl apply -f -`.

    Args:
        state: What the ledger says.
        name: Name of the service.
        storage_uri: Folder of the versions, as KServe reads it: gs://…, s3://…,
            pvc://….
        namespace: Of the service; None leaves it to kubectl.

    Raises:
        UsageError: There is no champion.
    """
    import yaml

    manifest = _manifest(state, name, storage_uri.rstrip("/"), namespace)
    text: str = yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True)
    return "".join(f"# {line}\n" for line in _words(state)) + text


def _manifest(
    state: State, name: str, storage_uri: str, namespace: str | None
) -> dict[str, Any]:
    champion = demand_champion(state, "kserve")
    canary = served_canary(state)
    version = champion if canary is None else canary
    metadata: dict[str, Any] = {"name": name}
    if namespace is not None:
        metadata["namespace"] = namespace
    predictor: dict[str, Any] = {
        "model": {"modelFormat": {"name": "tensorflow"}, "protocolVersion": "v1"},
        "storageUris": [
            {"uri": f"{storage_uri}/{version}", "mountPath": f"{_MODELS}/{version}"}
        ],
    }
    if canary is not None:
        metadata["annotations"] = {_TAGS: "true"}
        predictor = {"canaryTrafficPercent": shares(state)[canary], **predictor}
    return {
        "apiVersion": API_VERSION,
        "kind": "InferenceService",
        "metadata": metadata,
        "spec": {"predictor": predictor},
    }


def _words(state: State) -> list[str]:
    """What a reader of the manifest has to know."""
    split = shares(state)
    canary = served_canary(state)
    if canary is None:
        return [f"The champion, version {state.champion}, gets all requests."]
    return [
        f"The canary, version {canary}, gets {split[canary]} % of the requests.",
        f"The other {WHOLE - split[canary]} % stay with the revision that was rolled",
        f"out last, which must be the champion, version {state.champion}.",
    ]
