"""The three builds of this repository, end to end, as their triggers would run them.

pull request → merge → main → main once more → pull request of a private repository →
tag → tag on a commit without a build. What one leaves for the next is what Cloud Build
would leave: records, specs, a registry, two servers of Kubeflow Pipelines.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cloudbuild import advisories_api, kfp_api, registry_api
from cloudbuild.caches import Caches, network
from cloudbuild.executing import PROJECT, Done, Request, execute
from cloudbuild.recording import Recording
from cloudbuild.results import StepResult
from cloudbuild.sources import CHANGE, LATER, MAIN, Trial, workspace
from cloudbuild.surroundings import Bind

ROOT = Path(__file__).resolve().parents[2]
PULL_REQUEST = Path("cloudbuild.yaml")
PUSH = Path("kubeflow", "cloudbuild", "main.yaml")
TAG = Path("kubeflow", "cloudbuild", "tag.yaml")
VERSION = "v0.0.0-trial"
ORIGIN, BUILDS = "/builder/origin.git", "/builder/builds"
SPECS, PRIVATE = "/builder/specs", "private-pull-request"
# New ones each time: whatever holds one has it from a build.
TOKENS = {
    name: f"trial-{secrets.token_hex(16)}"
    for name in ("tidegate-kfp-token-dev", "tidegate-kfp-token-prod")
}
# What an account of Google Cloud would show to the registry.
ACCOUNT = f"trial-{secrets.token_hex(16)}"
ACCOUNT_VARIABLE = "GOOGLE_OAUTH_ACCESS_TOKEN"
# A part of the tests that touches what is at the core and takes seconds; all of them
# run in `make test`, or here with --whole.
SOME_TESTS = "tests/test_documents.py tests/test_config.py tests/gate"
FEWEST_TESTS = "tests/test_config.py"


@dataclass(frozen=True)
class Stage:
    """What the builds share.

    Attributes:
        folder: Where everything is written.
        trial: The repository.
        recording: Calls of the cloud, and the registry.
        caches: What builds may take of this machine; None for nothing.
        dev: Kubeflow Pipelines for development.
        prod: Kubeflow Pipelines for production.
        registry: The registry of the image.
        advisories: Address of the service that `make audit` asks; empty for OSV's.
        whole: Whether all tests run in the pull request's build.
    """

    folder: Path
    trial: Trial
    recording: Recording
    caches: Caches | None
    dev: Any
    prod: Any
    registry: registry_api.Server
    advisories: str
    whole: bool

    @property
    def image(self) -> str:
        """Repository of the image."""
        return f"{self.registry.host}/{PROJECT}/tidegate/tidegate"

    @property
    def builds(self) -> Path:
        """Where main keeps what each commit was built to."""
        return self.folder / "builds"

    @property
    def specs(self) -> Path:
        """Where main keeps its specs for pull requests."""
        return self.folder / "specs"


@contextmanager
def stage(
    folder: Path,
    trial: Trial,
    caches: Caches | None,
    apart: bool,
    *,
    whole: bool = False,
    online: bool = False,
) -> Iterator[Stage]:
    """Servers and folders for the builds, while they are needed."""
    recording = Recording(folder / "recording", apart)
    recording.prepare()
    (folder / "builds").mkdir()
    (folder / "specs").mkdir()
    with ExitStack() as servers:
        dev, prod = (
            servers.enter_context(kfp_api.serving(token)) for token in TOKENS.values()
        )
        osv = "" if online else servers.enter_context(advisories_api.serving(ROOT))
        state = folder / "recording" / "state"
        registry = servers.enter_context(registry_api.serving(state, ACCOUNT))
        yield Stage(folder, trial, recording, caches, dev, prod, registry, osv, whole)


def pull_request(on: Stage) -> Request:
    """The build of the change, before it is merged: no secret, nothing to write to."""
    tests = os.environ.get("PYTEST_ARGS", "") if on.whole else SOME_TESTS
    return _pull_request(on, "pull-request", on.trial.change, CHANGE, tests)


def private_pull_request(on: Stage) -> Request:
    """The build of a later change whose repository cannot be fetched by anybody.

    It may read the specs that main kept, and neither the records nor the origin.
    """
    request = _pull_request(on, PRIVATE, on.trial.later, LATER, FEWEST_TESTS)
    given = {**request.given, "_MAIN_SPECS": SPECS}
    return replace(request, given=given, binds=(Bind(on.specs, SPECS),))


def _pull_request(
    on: Stage, name: str, commit: str, branch: str, tests: str
) -> Request:
    return replace(
        _request(on, name, PULL_REQUEST, commit),
        given={"_PYTEST_ARGS": tests, "_PYTEST_WORKERS": "2"},
        builtins={
            **_builtins(commit, "pull-request"),
            "BRANCH_NAME": branch,
            "_HEAD_BRANCH": branch,
            "_BASE_BRANCH": MAIN,
            "_PR_NUMBER": "1",
        },
    )


def push_to_main(on: Stage, name: str = "main") -> Request:
    """The build of what was merged."""
    name_of = "tidegate-kfp-token-dev"
    request = _request(on, name, PUSH, on.trial.change)
    return replace(
        request,
        variables={**request.variables, ACCOUNT_VARIABLE: ACCOUNT},
        given={
            "_IMAGE": on.image,
            "_BUILDS": BUILDS,
            "_MAIN_SPECS": SPECS,
            "_KFP_HOST": on.dev.url,
        },
        builtins={**_builtins(on.trial.change, "main"), "BRANCH_NAME": MAIN},
        secrets={name_of: TOKENS[name_of]},
        binds=(
            *_origin(on),
            Bind(on.builds, BUILDS, readonly=False),
            Bind(on.specs, SPECS, readonly=False),
        ),
    )


def tag(on: Stage, name: str = "tag", commit: str | None = None) -> Request:
    """The build of a tag: it may read what main recorded, and write none of it."""
    name_of = "tidegate-kfp-token-prod"
    commit = commit or on.trial.change
    request = _request(on, name, TAG, commit)
    return replace(
        request,
        variables={**request.variables, ACCOUNT_VARIABLE: ACCOUNT},
        given={"_IMAGE": on.image, "_BUILDS": BUILDS, "_KFP_HOST": on.prod.url},
        builtins={**_builtins(commit, "tag"), "TAG_NAME": VERSION},
        secrets={name_of: TOKENS[name_of]},
        binds=(*_origin(on), Bind(on.builds, BUILDS)),
    )


def run(
    on: Stage,
    request: Request,
    tell: Callable[[StepResult], None],
    listen: Callable[[str], None] | None = None,
) -> Done:
    """Runs one of the builds in a fresh clone."""
    commit = request.builtins["COMMIT_SHA"]
    url = f"file://{ORIGIN if on.recording.apart else on.trial.origin}"
    if request.name == PRIVATE:
        url = f"file://{on.folder}/no-right-to-fetch.git"
    workspace(on.trial.origin, commit, request.workspace, url)
    return execute(request, on.recording, on.caches, tell, listen)


def _request(on: Stage, name: str, file: Path, commit: str) -> Request:
    folder = on.folder / name
    return Request(
        name,
        folder / "workspace" / file,
        folder / "workspace",
        folder,
        binds=_origin(on),
        variables={
            **network(os.environ),
            **({"OSV_URL": on.advisories} if on.advisories else {}),
        },
    )


def _origin(on: Stage) -> tuple[Bind, ...]:
    return (Bind(on.trial.origin, ORIGIN),)


def _builtins(commit: str, trigger: str) -> dict[str, str]:
    return {
        "COMMIT_SHA": commit,
        "REPO_FULL_NAME": "trial/tidegate",
        "TRIGGER_NAME": f"tidegate-{trigger}",
    }
