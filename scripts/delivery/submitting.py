"""Runs and versions on Kubeflow Pipelines, by the commands of `tidegate`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bootstrapping.console import USAGE
from delivery.errors import DeliveryError
from delivery.record import RECORDS, read_build, verify, verify_images

# As Secret Manager's value arrives in a build, and as `tidegate` reads it.
BUILD_TOKEN = "KFP_TOKEN"
TOKEN = "TIDEGATE_KFP_TOKEN"


def submit(root: Path, spec: str, host: str, run: str, env: str) -> int:
    """The exit code of `tidegate submit`; a run of that name is found, not made twice.

    Args:
        root: The checkout.
        spec: The compiled spec.
        host: Address of Kubeflow Pipelines.
        run: Name of the run.
        env: The environment, whose `submit:` says namespace and experiment.
    """
    if not (root / spec).is_file():
        raise DeliveryError(f"there is no spec {spec}", ("fix: make specs",), USAGE)
    words = ("submit", spec, "--host", host, "--run-name", run, "--env", env)
    return _tidegate(root, *words)


def upload(root: Path, commit: str, version: str, host: str, env: str) -> int:
    """Uploads the specs that main recorded as a version; the first bad exit code.

    They are verified once more: this step may run long after they were fetched.
    """
    build, folder = read_build(root, commit), root / RECORDS / commit
    verify(folder, build)
    verify_images(folder, build)
    names = build.specs(env)
    if not names:
        raise DeliveryError(
            f"the record of {commit} has no spec for {env}",
            (
                f"it has: {', '.join(sorted(build.files))}",
                f"fix: add kubeflow/{env}.yaml, and release a commit that has it",
            ),
            USAGE,
        )
    for name in names:
        words = ("upload", folder / name, "--version", version, "--host", host)
        code = _tidegate(root, *words)
        if code:
            return code
    return 0


def _tidegate(root: Path, *words: object) -> int:
    command = [sys.executable, "-m", "tidegate.cli.main", *map(str, words)]
    return subprocess.run(command, cwd=root, env=_with_token(os.environ)).returncode


def _with_token(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment with the token under the name that `tidegate` reads.

    It goes no other way: a word of a command line is seen by every process.
    """
    token = variables.get(BUILD_TOKEN)
    return {**variables, TOKEN: token} if token else dict(variables)
