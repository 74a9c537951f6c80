"""What the API's own answers have for certain, and those of other servers have not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tidegate.submission.retrying import CallFailed

_LISTED = {
    "runs": "run_id",
    "experiments": "experiment_id",
    "pipelines": "pipeline_id",
    "pipeline_versions": "pipeline_version_id",
    "recurringRuns": "recurring_run_id",
}
_MADE = {
    "/runs": "run_id",
    "/experiments": "experiment_id",
    "/pipelines": "pipeline_id",
    "/pipelines/upload_version": "pipeline_version_id",
    "/recurringruns": "recurring_run_id",
}
_ONE_RUN = re.compile(r"/runs/[^/:]+")


def demand_identity(answer: Mapping[str, Any], method: str, path: str) -> None:
    """Demands the id of what was made, and of a run that was asked for.

    Args:
        answer: What the server said.
        method: Of the call.
        path: Below `/apis/v2beta1`.

    Raises:
        CallFailed: It has none.
    """
    if method == "POST" and path in _MADE:
        _demand(answer, _MADE[path])
    elif method == "GET" and _ONE_RUN.fullmatch(path):
        _demand(answer, "run_id")


def items_of(page: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The items of a page, each with its id.

    Args:
        page: What the server said.
        key: Under which it has its items.

    Raises:
        CallFailed: They are something else.
    """
    listed = page.get(key) or []
    if not isinstance(listed, list):
        raise CallFailed(f"{key} that are no list", status=200)
    for item in listed:
        _demand(item, _LISTED[key])
    return listed


def _demand(answer: Any, key: str) -> None:
    if not isinstance(answer, Mapping) or not answer.get(key):
        raise CallFailed(f"an answer without {key}", status=200)
