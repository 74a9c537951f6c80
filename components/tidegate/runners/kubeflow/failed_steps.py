"""Which steps of a run failed, asked of KFP's API from within the cluster.

Open-source KFP tells an exit handler that something failed, and not what. (See
resolveInputParameter in backend/src/v2/driver/resolve.go of kubeflow/pipelines.)
The answer is an extra: where the API cannot be asked, there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Kubernetes tells them to every container in the namespace of the service.
_HOST, _PORT = "ML_PIPELINE_SERVICE_HOST", "ML_PIPELINE_SERVICE_PORT_HTTP"
_DEFAULT_PORT = "8888"
_SECONDS = 10.0
_DRIVER = "-driver"
_GROUPS = ("root", "exit-handler-")


def failed_steps(run: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the steps that failed, in the order in which they ended.

    Args:
        run: Id of the run.
        environment: Environment variables, among them where the API is.
    """
    host = environment.get(_HOST)
    if not host or not run:
        return ()
    import httpx

    port = environment.get(_PORT) or _DEFAULT_PORT
    place = f"[{host}]" if ":" in host else host
    try:
        answer = httpx.get(
            f"http://{place}:{port}/apis/v2beta1/runs/{run}", timeout=_SECONDS
        )
        answer.raise_for_status()
        details = answer.json().get("run_details") or {}
        return _failed(details.get("task_details") or ())
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError, TypeError):
        return ()


def _failed(tasks: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Steps are the nodes that have a driver; the group of them all is none."""
    listed = sorted(tasks, key=lambda task: str(task.get("end_time") or ""))
    names = [str(task.get("display_name") or "") for task in listed]
    steps = {name.removesuffix(_DRIVER) for name in names if name.endswith(_DRIVER)}
    failed = [
        name.removesuffix(_DRIVER)
        for name, task in zip(names, listed, strict=True)
        if task.get("state") == "FAILED"
    ]
    return tuple(
        dict.fromkeys(
            name for name in failed if name in steps and not name.startswith(_GROUPS)
        )
    )
