"""`tidegate models serving`: what a model server is told of champion and canary."""

from __future__ import annotations

import json
import shlex
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tidegate.cli.models_options import (
    Json,
    Pipeline,
    Pushed,
    demand_models,
    place_named,
)
from tidegate.errors import TidegateError, UsageError, raise_all

if TYPE_CHECKING:
    from tidegate.ledger.state import State


class Server(str, Enum):
    """A model server."""

    TF_SERVING = "tf-serving"
    KSERVE = "kserve"
    VERTEX = "vertex"


_For = Annotated[Server, typer.Option("--for", help="The server.")]
_Name = Annotated[
    str | None, typer.Option(help="Name of the model there. Default: the pipeline's.")
]
_At = Annotated[
    str | None,
    typer.Option(
        "--at",
        help="The folder of the versions as the server sees it, if by another "
        "name than here.",
    ),
]
_Namespace = Annotated[
    str | None, typer.Option(help="KServe: namespace of the service.")
]
_Endpoint = Annotated[str | None, typer.Option(help="Vertex AI: id of the endpoint.")]
_Region = Annotated[str | None, typer.Option(help="Vertex AI: where it is.")]
_Deployed = Annotated[
    list[str] | None,
    typer.Option(
        help="Vertex AI: VERSION=ID of a model that is deployed to the endpoint; once "
        "for each."
    ),
]


def serving(
    server: _For,
    pipeline: Pipeline = None,
    pushed: Pushed = None,
    name: _Name = None,
    at: _At = None,
    namespace: _Namespace = None,
    endpoint: _Endpoint = None,
    region: _Region = None,
    deployed: _Deployed = None,
    json_output: Json = False,
) -> None:
    """Print what a model server is told of the champion and the canary.

    Examples:

        tidegate models serving --for tf-serving --at /models/flights > models.config

        tidegate models serving --for kserve --pushed gs://bucket/flights/pushed
        | kubectl apply -f -

        tidegate models serving --for vertex --pushed gs://bucket/flights/pushed
        --endpoint 12 --region europe-west4 --deployed 1763769600=71
    """
    from tidegate.ledger.ledger import Ledger
    from tidegate.ledger.pointer import name_of

    where = place_named(pushed, pipeline)
    demand_models(where)
    ledger = Ledger(where)
    state = ledger.state()
    called = name or name_of(ledger.destination, state)
    local = ledger.destination.local is not None
    folder = at or ledger.destination.where
    if server is Server.TF_SERVING:
        from tidegate.ledger.serving.tf_serving import models_config

        _print(models_config(state, called, folder), json_output, "config")
        return
    _demand_store(server, folder, local and at is None)
    if server is Server.KSERVE:
        from tidegate.ledger.serving.kserve import inference_service

        manifest = inference_service(state, called, folder, namespace=namespace)
        _print(manifest, json_output, "manifest")
        return
    made = _plan(state, called, folder, endpoint, region, deployed or [])
    print(json.dumps(made, indent=2) if json_output else _as_script(made))


def _plan(
    state: State,
    name: str,
    folder: str,
    endpoint: str | None,
    region: str | None,
    deployed: list[str],
) -> dict[str, Any]:
    from tidegate.ledger.serving.vertex import Endpoint, plan

    errors: list[TidegateError] = []
    if not endpoint or not region:
        errors.append(
            UsageError(
                "it is not said which endpoint",
                where="--endpoint and --region",
                expected="--endpoint ID --region REGION",
                got="one or both missing",
                fix="gcloud ai endpoints list --region=REGION",
            )
        )
    pairs = [one.partition("=") for one in deployed]
    for version, _, id in pairs:
        if not version.isdecimal() or not id:
            errors.append(
                UsageError(
                    "that is no deployed model",
                    where="--deployed",
                    expected="VERSION=ID, such as 1763769600=71",
                    got=f"{version}={id}",
                    fix="gcloud ai endpoints describe ENDPOINT",
                )
            )
    raise_all("the endpoint is not known", errors)
    known = {int(version): id for version, _, id in pairs}
    return plan(
        state, name, folder.rstrip("/"), Endpoint(endpoint or "", region or "", known)
    )


def _demand_store(server: Server, folder: str, is_here: bool) -> None:
    """Refuses a folder that a server elsewhere cannot read."""
    scheme = "gs://" if server is Server.VERTEX else ""
    if "://" in folder and folder.startswith(scheme) and not is_here:
        return
    raise UsageError(
        f"{server.value} cannot read the models there",
        where="--at",
        expected="gs://…" if scheme else "gs://…, s3://… or pvc://…",
        got=folder,
        fix="say where the server finds them: --at URL",
    )


def _print(text: str, json_output: bool, key: str) -> None:
    if json_output:
        print(json.dumps({key: text}, indent=2, ensure_ascii=False))
    else:
        print(text, end="")


def _as_script(made: dict[str, Any]) -> str:
    """The commands, one a line, ready to be pasted."""
    lines = [shlex.join(command) for command in made["commands"]]
    if made["again"]:
        lines.append("# then again, with the id that it got: --deployed VERSION=ID")
    return "\n".join(lines)
