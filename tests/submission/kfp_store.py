"""What a Kubeflow Pipelines API server knows and does, without the network.

Written after the published definitions of API v2beta1: paths, fields, filters,
pages, states and error bodies are theirs. Runs go one step on with every look at
them, so that a test decides how fast they go.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote_plus

import yaml

CODES = {3: 400, 5: 404, 6: 409, 7: 403, 13: 500, 14: 503, 16: 401}
RUN_FIELDS = {
    "experiment_id", "run_id", "display_name", "storage_state", "description",
    "pipeline_version_id", "pipeline_spec", "pipeline_version_reference",
    "runtime_config", "service_account", "created_at", "scheduled_at",
    "finished_at", "state", "error", "run_details", "recurring_run_id",
    "state_history",
}  # fmt: skip
RECURRING_FIELDS = {
    "recurring_run_id", "display_name", "description", "pipeline_version_id",
    "pipeline_spec", "pipeline_version_reference", "runtime_config",
    "service_account", "max_concurrency", "trigger", "mode", "created_at",
    "updated_at", "status", "error", "no_catchup", "namespace", "experiment_id",
}  # fmt: skip
EXPERIMENT_FIELDS = {
    "experiment_id", "display_name", "description", "created_at", "namespace",
    "storage_state", "last_run_created_at",
}  # fmt: skip
PIPELINE_FIELDS = {
    "pipeline_id", "display_name", "description", "created_at", "namespace", "error",
}  # fmt: skip
FINISHED = {"SUCCEEDED", "FAILED", "CANCELED", "SKIPPED"}


class Refusal(Exception):
    """An error of gRPC, as the gateway turns it into an answer."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass
class Store:
    """All that a server keeps.

    Attributes:
        failing: Tasks that fail when their turn comes.
        endless: Runs stay RUNNING.
        multi_user: As healthz says it.
    """

    failing: set[str] = field(default_factory=set)
    endless: bool = False
    multi_user: bool = False
    experiments: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    recurring: dict[str, dict[str, Any]] = field(default_factory=dict)
    pipelines: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _ticks: Any = field(default_factory=lambda: itertools.count(1_800_000_000))

    def now(self) -> str:
        """A time that grows by a second with every question."""
        at = datetime.fromtimestamp(next(self._ticks), timezone.utc)
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def handle(
        self, method: str, path: str, query: Mapping[str, str], body: Any
    ) -> dict[str, Any]:
        """The answer to a call below /apis/v2beta1; a Refusal for an error."""
        with self.lock:
            for wanted, pattern, do in _ROUTES:
                found = re.fullmatch(pattern, path)
                if found and wanted == method:
                    return do(self, query, body, *found.groups())
        raise Refusal(5, "Not Found")

    def alive(self, name: str | None = None) -> list[dict[str, Any]]:
        """The runs that are not archived, of one name or all."""
        runs = [r for r in self.runs.values() if r["storage_state"] == "AVAILABLE"]
        return [r for r in runs if name in (None, r["display_name"])]


def _healthz(store: Store, query: Mapping[str, str], body: Any) -> dict[str, Any]:
    return {"multi_user": True} if store.multi_user else {}


def _create_experiment(
    store: Store, query: Mapping[str, str], body: Any
) -> dict[str, Any]:
    said = _known_fields(body, EXPERIMENT_FIELDS)
    name, namespace = said.get("display_name"), said.get("namespace", "")
    if not name:
        raise Refusal(3, "Experiment name is empty. Please specify a valid name")
    for other in store.experiments.values():
        if (other["display_name"], other.get("namespace", "")) == (name, namespace):
            raise Refusal(6, f"The name {name} already exists")
    made = {
        **said,
        "experiment_id": str(uuid.uuid4()),
        "created_at": store.now(),
        "storage_state": "AVAILABLE",
    }
    store.experiments[made["experiment_id"]] = made
    return made


def _list(kind: str, key: str, fields: set[str]) -> Callable[..., dict[str, Any]]:
    def do(
        store: Store, query: Mapping[str, str], body: Any, parent: str = ""
    ) -> dict[str, Any]:
        items: Iterable[dict[str, Any]] = getattr(store, kind).values()
        if parent:
            items = [v for v in items if v["pipeline_id"] == parent]
        for exact in ("experiment_id", "namespace"):
            wanted = query.get(exact)
            if wanted and exact in fields:
                items = [v for v in items if v.get(exact) == wanted]
        return _page(list(items), key, query, fields)

    return do


def _get(kind: str) -> Callable[..., dict[str, Any]]:
    def do(
        store: Store, query: Mapping[str, str], body: Any, identity: str
    ) -> dict[str, Any]:
        return _there(store, kind, identity)

    return do


def _delete(kind: str) -> Callable[..., dict[str, Any]]:
    def do(
        store: Store, query: Mapping[str, str], body: Any, identity: str
    ) -> dict[str, Any]:
        _there(store, kind, identity)
        del getattr(store, kind)[identity]
        return {}

    return do


def _set(kind: str, **values: str) -> Callable[..., dict[str, Any]]:
    def do(
        store: Store, query: Mapping[str, str], body: Any, identity: str
    ) -> dict[str, Any]:
        _there(store, kind, identity).update(values)
        return {}

    return do


def _create_run(store: Store, query: Mapping[str, str], body: Any) -> dict[str, Any]:
    said = _known_fields(body, RUN_FIELDS)
    if not said.get("display_name"):
        raise Refusal(13, "Internal Server Error")
    _there(store, "experiments", said.get("experiment_id", ""))
    now = store.now()
    made = {
        **said,
        "run_id": str(uuid.uuid4()),
        "storage_state": "AVAILABLE",
        "created_at": now,
        "scheduled_at": now,
        "finished_at": "1970-01-01T00:00:00Z",
        "state": "PENDING",
        "state_history": [{"update_time": now, "state": "PENDING"}],
    }
    _demand_source(store, made)
    store.runs[made["run_id"]] = made
    return dict(made)


def _look_at_run(
    store: Store, query: Mapping[str, str], body: Any, identity: str
) -> dict[str, Any]:
    run = _there(store, "runs", identity)
    seen = json.loads(json.dumps(run))
    _advance(store, run)
    return dict(seen)


def _terminate(
    store: Store, query: Mapping[str, str], body: Any, identity: str
) -> dict[str, Any]:
    run = _there(store, "runs", identity)
    if run["state"] in FINISHED:
        raise Refusal(13, "Internal Server Error")
    _enter(store, run, "CANCELING")
    return {}


def _create_recurring(
    store: Store, query: Mapping[str, str], body: Any
) -> dict[str, Any]:
    said = _known_fields(body, RECURRING_FIELDS)
    most = int(said.get("max_concurrency", 0))
    if not 1 <= most <= 10:
        raise Refusal(3, "The max concurrency of the job is out of range. 1-10")
    trigger = said.get("trigger") or {}
    periodic = trigger.get("periodic_schedule")
    if periodic:  # protojson writes 64 bits as text.
        periodic["interval_second"] = str(int(periodic["interval_second"]))
    elif len((trigger.get("cron_schedule") or {}).get("cron", "").split()) not in (
        5,
        6,
    ):
        raise Refusal(3, "Schedule cron is not a valid cron expression")
    _demand_source(store, said)
    made = {
        **said,
        "recurring_run_id": str(uuid.uuid4()),
        "max_concurrency": str(most),
        "created_at": store.now(),
        "status": "ENABLED" if said.get("mode") == "ENABLE" else "DISABLED",
    }
    store.recurring[made["recurring_run_id"]] = made
    return made


def _is_cron(text: str) -> bool:
    """Whether it has five or six fields; the first one is of seconds either way."""
    return len(text.split()) in (5, 6)


def _create_pipeline(
    store: Store, query: Mapping[str, str], body: Any
) -> dict[str, Any]:
    said = _known_fields(body, PIPELINE_FIELDS)
    if any(p["display_name"] == said["display_name"] for p in store.pipelines.values()):
        raise Refusal(6, f"The name {said['display_name']} already exists")
    made = {**said, "pipeline_id": str(uuid.uuid4()), "created_at": store.now()}
    store.pipelines[made["pipeline_id"]] = made
    return made


def _upload(store: Store, query: Mapping[str, str], body: Any) -> dict[str, Any]:
    spec = _package(body)
    name = query.get("name") or query.get("display_name") or "pipeline.yaml"
    said = {"display_name": name, "description": query.get("description", "")}
    pipeline = _create_pipeline(store, {}, said)
    _add_version(store, pipeline["pipeline_id"], said, spec)
    return pipeline


def _upload_version(
    store: Store, query: Mapping[str, str], body: Any
) -> dict[str, Any]:
    spec = _package(body)
    pipeline = _there(store, "pipelines", query.get("pipelineid", ""))
    name = query.get("name") or "pipeline.yaml"
    said = {"display_name": name, "description": query.get("description", "")}
    return _add_version(store, pipeline["pipeline_id"], said, spec)


def _get_version(
    store: Store, query: Mapping[str, str], body: Any, parent: str, identity: str
) -> dict[str, Any]:
    return _there(store, "versions", identity)


def _add_version(
    store: Store, pipeline_id: str, said: Mapping[str, str], spec: dict[str, Any]
) -> dict[str, Any]:
    for other in store.versions.values():
        key = other["pipeline_id"], other["display_name"]
        if key == (pipeline_id, said["display_name"]):
            raise Refusal(6, f"The name {said['display_name']} already exists")
    made = {
        **said,
        "pipeline_id": pipeline_id,
        "pipeline_version_id": str(uuid.uuid4()),
        "created_at": store.now(),
        "pipeline_spec": spec,
    }
    store.versions[made["pipeline_version_id"]] = made
    return made


def _package(body: Any) -> dict[str, Any]:
    documents = [one for one in yaml.safe_load_all(body) if one is not None]
    spec: dict[str, Any] = documents[0]
    if len(documents) > 1:
        return {"pipeline_spec": spec, "platform_spec": documents[1]}
    return spec


def _demand_source(store: Store, said: dict[str, Any]) -> None:
    reference = said.get("pipeline_version_reference")
    if reference:
        _there(store, "versions", reference.get("pipeline_version_id", ""))
    elif not said.get("pipeline_spec"):
        raise Refusal(13, "Internal Server Error")


def _advance(store: Store, run: dict[str, Any]) -> None:
    """One step: the next task ends, and with the last or a failed one the run."""
    if run["state"] == "CANCELING":
        _end(store, run, "CANCELED")
    elif run["state"] == "PENDING":
        _enter(store, run, "RUNNING")
        run["run_details"] = {"task_details": [_task(run, "root", "RUNNING")]}
    elif run["state"] == "RUNNING" and not store.endless:
        _advance_task(store, run)


def _advance_task(store: Store, run: dict[str, Any]) -> None:
    details = run["run_details"]["task_details"]
    done = {task["display_name"] for task in details}
    left = [name for name in _order(store, run) if name not in done]
    if not left:
        _end(store, run, "SUCCEEDED")
        return
    state = "FAILED" if left[0] in store.failing else "SUCCEEDED"
    details += [
        _task(run, f"{left[0]}-driver", "SUCCEEDED"),
        _task(run, left[0], state),
        _task(run, "executor", state),
    ]
    if state == "FAILED":
        _end(store, run, "FAILED")


def _order(store: Store, run: Mapping[str, Any]) -> list[str]:
    spec = run.get("pipeline_spec")
    if not spec:
        version = run["pipeline_version_reference"]["pipeline_version_id"]
        spec = store.versions[version]["pipeline_spec"]
    spec = spec.get("pipeline_spec", spec)
    return list(((spec.get("root") or {}).get("dag") or {}).get("tasks") or {})


def _task(run: Mapping[str, Any], name: str, state: str) -> dict[str, Any]:
    return {
        "run_id": run["run_id"],
        "task_id": str(uuid.uuid4()),
        "display_name": name,
        "create_time": run["created_at"],
        "state": state,
    }


def _enter(store: Store, run: dict[str, Any], state: str) -> None:
    run["state"] = state
    run["state_history"].append({"update_time": store.now(), "state": state})


def _end(store: Store, run: dict[str, Any], state: str) -> None:
    _enter(store, run, state)
    run["finished_at"] = store.now()


def _there(store: Store, kind: str, identity: str) -> dict[str, Any]:
    found: dict[str, Any] | None = getattr(store, kind).get(identity)
    if found is None:
        raise Refusal(5, f"{kind[:-1].capitalize()} {identity} not found.")
    return found


def _known_fields(body: Any, fields: set[str]) -> dict[str, Any]:
    """The message, its fields in snake case; an unknown one is refused."""
    if not isinstance(body, dict):
        raise Refusal(3, "proto: syntax error (line 1:1): unexpected token")
    said = {}
    for key, value in body.items():
        name = re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), key)
        if name not in fields:
            raise Refusal(3, f'proto: (line 1:2): unknown field "{key}"')
        if value is not None:
            said[name] = value
    return said


def _page(
    items: list[dict[str, Any]], key: str, query: Mapping[str, str], fields: set[str]
) -> dict[str, Any]:
    size = int(query.get("page_size") or 0)
    if size < 0:
        raise Refusal(3, "The page size should be greater than 0")
    size = min(size or 20, 200)
    criteria = [query.get("sort_by", ""), query.get("filter", "")]
    start = 0
    if token := query.get("page_token"):
        try:
            start, was = json.loads(base64.b64decode(token))
        except ValueError:
            raise Refusal(3, "Invalid page token") from None
        if any(criteria) and was != criteria:
            raise Refusal(3, "page token does not match the supplied sort by")
        criteria = was
    predicates = _predicates(criteria[1], fields)
    chosen = [item for item in items if all(_holds(item, p) for p in predicates)]
    by, _, order = (criteria[0] or "created_at").partition(" ")
    if by not in fields:
        raise Refusal(3, f"Invalid sorting field: {by!r}")
    chosen.sort(key=lambda item: str(item.get(by)), reverse=order == "desc")
    page: dict[str, Any] = {key: chosen[start : start + size]}
    if not page[key]:
        return {}
    page["total_size"] = len(chosen)
    if start + size < len(chosen):
        next_token = json.dumps([start + size, criteria]).encode()
        page["next_page_token"] = base64.b64encode(next_token).decode()
    return page


def _predicates(encoded: str, fields: set[str]) -> list[Mapping[str, Any]]:
    if not encoded:
        return []
    try:
        # The server decodes once more what the gateway has decoded already.
        said: list[Mapping[str, Any]] = json.loads(unquote_plus(encoded))["predicates"]
    except (ValueError, KeyError):
        raise Refusal(3, f"failed to parse valid filter from {encoded!r}") from None
    for predicate in said:
        if predicate["key"] not in fields:
            key = predicate["key"]
            raise Refusal(3, f"no support for filtering on unrecognized field {key!r}")
    return said


def _holds(item: Mapping[str, Any], predicate: Mapping[str, Any]) -> bool:
    operation = predicate["operation"]
    value = str(predicate.get("string_value", predicate.get("stringValue", "")))
    has = str(item.get(predicate["key"], ""))
    # MySQL's usual collation does not tell capital letters from small ones.
    if operation in ("EQUALS", 1):
        return has.casefold() == value.casefold()
    if operation in ("NOT_EQUALS", 2):
        return has.casefold() != value.casefold()
    if operation in ("IS_SUBSTRING", 9):
        return value.casefold() in has.casefold()
    raise Refusal(3, f"unknown operation {operation!r}")


_ID = r"([^/:]+)"
_VERSION_FIELDS = PIPELINE_FIELDS | {"pipeline_version_id", "pipeline_spec"}
_ROUTES: list[tuple[str, str, Callable[..., dict[str, Any]]]] = [
    ("GET", "/healthz", _healthz),
    ("POST", "/experiments", _create_experiment),
    ("GET", "/experiments", _list("experiments", "experiments", EXPERIMENT_FIELDS)),
    ("GET", f"/experiments/{_ID}", _get("experiments")),
    ("DELETE", f"/experiments/{_ID}", _delete("experiments")),
    ("POST", f"/experiments/{_ID}:archive",
     _set("experiments", storage_state="ARCHIVED")),
    ("POST", f"/experiments/{_ID}:unarchive",
     _set("experiments", storage_state="AVAILABLE")),
    ("POST", "/runs", _create_run),
    ("GET", "/runs", _list("runs", "runs", RUN_FIELDS)),
    ("GET", f"/runs/{_ID}", _look_at_run),
    ("DELETE", f"/runs/{_ID}", _delete("runs")),
    ("POST", f"/runs/{_ID}:terminate", _terminate),
    ("POST", f"/runs/{_ID}:archive", _set("runs", storage_state="ARCHIVED")),
    ("POST", f"/runs/{_ID}:unarchive", _set("runs", storage_state="AVAILABLE")),
    ("POST", "/recurringruns", _create_recurring),
    ("GET", "/recurringruns", _list("recurring", "recurringRuns", RECURRING_FIELDS)),
    ("GET", f"/recurringruns/{_ID}", _get("recurring")),
    ("DELETE", f"/recurringruns/{_ID}", _delete("recurring")),
    ("POST", f"/recurringruns/{_ID}:enable",
     _set("recurring", status="ENABLED", mode="ENABLE")),
    ("POST", f"/recurringruns/{_ID}:disable",
     _set("recurring", status="DISABLED", mode="DISABLE")),
    ("POST", "/pipelines", _create_pipeline),
    ("GET", "/pipelines", _list("pipelines", "pipelines", PIPELINE_FIELDS)),
    ("POST", "/pipelines/upload", _upload),
    ("POST", "/pipelines/upload_version", _upload_version),
    ("GET", f"/pipelines/{_ID}", _get("pipelines")),
    ("DELETE", f"/pipelines/{_ID}", _delete("pipelines")),
    ("GET", f"/pipelines/{_ID}/versions",
     _list("versions", "pipeline_versions", _VERSION_FIELDS)),
    ("GET", f"/pipelines/{_ID}/versions/{_ID}", _get_version),
]  # fmt: skip
