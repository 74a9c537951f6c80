"""The server of these tests speaks with the published client as a real one does."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kfp_server import Server

from tidegate.submission import experiments, runs, schedules, spec_file, uploads
from tidegate.submission.connection import Connection
from tidegate.submission.request import Request, local_source
from tidegate.submission.runs import Submission
from tidegate.submission.timing import Timing

_POST = ("POST", "/runs")
_ON_GPU = {"exec-trainer": {"nodeSelector": {"labels": {"pool": "gpu"}}}}


@pytest.fixture
def client(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import kfp

        nowhere = str(tmp_path / "context.json")
        monkeypatch.setattr(kfp.Client, "_LOCAL_KFP_CONTEXT", nowhere)
        return kfp.Client(host=server.url, existing_token="open")


def test_the_published_client_runs_a_pipeline(
    server: Server, client: Any, spec_path: Callable[..., Path]
) -> None:
    server.token = "open"
    experiment = client.create_experiment("trials")
    again = client.create_experiment("trials")
    assert again.experiment_id == experiment.experiment_id
    made = client.run_pipeline(
        experiment.experiment_id,
        "by hand",
        str(spec_path({"platforms": {"kubernetes": {}}})),
        params={"span": 9},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = client.wait_for_run_completion(made.run_id, 30, sleep_duration=0.01)
    assert done.state == "SUCCEEDED"
    listed = client.list_runs(experiment_id=experiment.experiment_id, page_size=1)
    assert [run.display_name for run in listed.runs] == ["by hand"]
    (task, *_) = [t for t in done.run_details.task_details if t.display_name == "gate"]
    assert task.state == "SUCCEEDED"
    client.archive_run(made.run_id)
    assert client.get_run(made.run_id).storage_state == "ARCHIVED"
    client.delete_run(made.run_id)
    assert not server.store.runs


def test_both_clients_send_a_run_alike(
    server: Server,
    client: Any,
    connection: Connection,
    spec_path: Callable[..., Path],
) -> None:
    path = spec_path(
        {"platforms": {"kubernetes": {"deploymentSpec": {"executors": _ON_GPU}}}},
        span={"parameterType": "NUMBER_INTEGER"},
    )
    where = client.create_experiment("trials").experiment_id
    client.run_pipeline(
        where, "theirs", str(path), {"span": 9},
        pipeline_root="gs://b/r", service_account="robot",
    )  # fmt: skip
    wanted = Request(
        path, None, None, ("span=9",), service_account="robot", pipeline_root="gs://b/r"
    )
    source = local_source(wanted)
    assert source is not None
    runs.submit(connection, Submission("ours", True, where, source.content(wanted)))
    theirs, ours = (s.body for s in server.seen if (s.method, s.path) == _POST)
    for body in (theirs, ours):
        del body["display_name"]
    assert ours.pop("description").startswith("submitted by tidegate")
    assert spec_file.digest(theirs) == spec_file.digest(ours)


def test_the_published_client_sees_what_this_one_makes(
    server: Server,
    client: Any,
    connection: Connection,
    spec_path: Callable[..., Path],
) -> None:
    spec = spec_file.read(spec_path())
    done = uploads.upload(connection, spec, "flights", "1.0", None)
    assert client.get_pipeline_id("flights") == done.pipeline["pipeline_id"]
    versions = client.list_pipeline_versions(done.pipeline["pipeline_id"])
    assert [v.display_name for v in versions.pipeline_versions] == ["1.0"]
    where = experiments.find_or_make(connection, "trials", None)["experiment_id"]
    timing = Timing("0 0 6 * * *", None, at_once=2).body()
    content = {"pipeline_spec": spec.payload(), **timing}
    made = schedules.create(connection, "nightly", where, content).recurring
    seen = client.get_recurring_run(made["recurring_run_id"])
    assert (seen.display_name, seen.status, seen.no_catchup) == (
        "nightly",
        "ENABLED",
        True,
    )
    assert seen.trigger.cron_schedule.cron == "0 0 6 * * *"
    client.disable_recurring_run(made["recurring_run_id"])
    (there,) = schedules.listed(connection, where, None)
    assert schedules.shown(there)["state"] == "disabled"


def test_the_published_client_schedules_and_uploads(
    server: Server,
    client: Any,
    connection: Connection,
    spec_path: Callable[..., Path],
) -> None:
    where = client.create_experiment("trials").experiment_id
    pipeline = client.upload_pipeline(str(spec_path()), "theirs")
    version = client.upload_pipeline_version(
        str(spec_path()), "2", pipeline_name="theirs"
    )
    made = client.create_recurring_run(
        where, "hourly", interval_second=3600, no_catchup=False,
        pipeline_id=pipeline.pipeline_id, version_id=version.pipeline_version_id,
    )  # fmt: skip
    (there,) = schedules.listed(connection, where, None)
    assert schedules.shown(there) == {
        "id": made.recurring_run_id,
        "name": "hourly",
        "when": "every 3600 s",
        "state": "enabled",
        "at_once": 1,
    }
    client.delete_recurring_run(made.recurring_run_id)
    assert not server.store.recurring


def test_a_refusal_has_the_body_of_the_gateway(server: Server, client: Any) -> None:
    import kfp_server_api

    with pytest.raises(kfp_server_api.ApiException) as caught:
        client.get_run("none")
    assert caught.value.status == 404
    assert json.loads(caught.value.body)["code"] == 5
