"""Submitting and scheduling with `--target vertex`, for the commands that offer it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console

from tidegate.cli.follow import detaching, outcome, show_end, watch
from tidegate.cli.server_options import teller
from tidegate.errors import TidegateError, UsageError, raise_all

if TYPE_CHECKING:
    from tidegate.submission.request import Request
    from tidegate.submission.vertex import Job, Place


def submit(
    wanted: Request,
    run_name: str | None,
    project: str | None,
    region: str | None,
    console: Console,
    json_output: bool,
    *,
    waiting: bool,
    shown: bool,
    timeout: float | None,
) -> int:
    """Submits a run to Vertex AI; the exit code of the command."""
    from tidegate.submission import vertex
    from tidegate.submission.following import exit_code

    job = job_of(wanted, run_name)
    place = place_of(project, region, console)
    made, found = vertex.submit(place, job)
    identity = str(getattr(made, "name", None) or job.job_id)
    page = place.page(identity)
    said: dict[str, Any] = {
        "run_id": identity,
        "name": job.name,
        "url": page,
        "found": found,
    }
    if not json_output:
        how = "there already; nothing was submitted" if found else "submitted"
        sign = "=" if found else "✓"
        console.print(f"{sign} {job.name}: {how}", style="bold green", markup=False)
        console.print(f"  page      {page}", markup=False)
    if not waiting:
        if json_output:
            print(json.dumps(said, indent=2))
        return 0
    with detaching(page):
        run = watch(
            console,
            lambda: vertex.look_at(place, identity),
            place.tell,
            timeout,
            shown=shown,
        )
    if json_output:
        print(json.dumps({**said, **outcome(run, page)}, indent=2))
    else:
        show_end(console, run, page)
    return exit_code(run)


def job_of(wanted: Request, name: str | None) -> Job:
    """The job that a request stands for, its parameters checked.

    Raises:
        UsageError: It is no file, or its parameters do not fit; all, as `Problems`.
    """
    from tidegate.submission import marks, names, parameters, request
    from tidegate.submission.vertex import LONGEST_NAME, Job

    if wanted.spec is None:
        raise UsageError(
            "Vertex AI runs a compiled file",
            got=f"--pipeline {wanted.pipeline}",
            fix="name the file that `tidegate compile --target vertex` wrote",
        )
    if wanted.cache is not None:
        raise UsageError(
            "--cache is for Kubeflow Pipelines; a job runs as it was compiled",
            fix="compile the pipeline with caching as you want it",
        )
    spec = request.read_spec(wanted, wanted.spec)
    if spec.platform:
        raise UsageError(
            "the file was compiled for Kubernetes",
            where=str(spec.path),
            got="settings of a platform as its second document",
            fix="compile it with --target vertex",
        )
    config = spec.job.get("runtimeConfig") or {}
    already = {**(config.get("parameters") or {})}
    already.update(config.get("parameterValues") or {})
    values = parameters.parse(
        wanted.parameters, parameters.declared(spec.pipeline), str(spec.path), already
    )
    if name is not None:
        names.demand_name(name, "--run-name", LONGEST_NAME)
    return Job(
        spec,
        name or names.own_name(spec.name[:80], marks.new_token()),
        values,
        wanted.pipeline_root,
        wanted.service_account,
    )


def place_of(project: str | None, region: str | None, console: Console) -> Place:
    """Where jobs run, with the library loaded.

    Raises:
        UsageError: Project or region is not given, or the library is missing.
    """
    from tidegate.submission import vertex
    from tidegate.submission.retrying import RetryPolicy

    given = {"--project": project, "--region": region}
    errors: list[TidegateError] = [
        UsageError(f"Vertex AI needs {option}", fix=f"give {option}")
        for option, value in given.items()
        if not value
    ]
    raise_all("the place is not named", errors)
    return vertex.Place(
        str(project), str(region), vertex.load(), RetryPolicy(), teller(console)
    )
