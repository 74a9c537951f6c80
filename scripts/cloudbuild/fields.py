"""The fields of a build in which Cloud Build makes substitutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tidegate.documents import Key

Text = tuple[Key, str]


def texts(build: Any) -> Iterator[Text]:
    """Path and text of every field in which Cloud Build substitutes.

    As subst/subst.go in cloud-build-local and the build config file schema have
    it. `script` is not among them: Cloud Build gives it to the shell as it is.
    """
    for number, step in enumerate(build.steps):
        yield from step_texts(step, number)
    yield from _list(("images",), build.images)
    yield from _list(("tags",), build.tags)
    yield ("logsBucket",), build.logs_bucket
    yield ("serviceAccount",), build.service_account
    yield from _list(("artifacts", "images"), build.artifacts.images)
    yield from _list(("artifacts", "objects", "paths"), build.artifacts.objects.paths)
    yield ("artifacts", "objects", "location"), build.artifacts.objects.location
    yield from _list(("options", "env"), build.options.env)
    yield ("options", "workerPool"), build.options.worker_pool
    yield ("options", "pool", "name"), build.options.pool.name
    for number, secret in enumerate(build.available_secrets.secret_manager):
        at = ("availableSecrets", "secretManager", number, "versionName")
        yield at, secret.version_name


def step_texts(step: Any, number: int) -> Iterator[Text]:
    """Path and text of every field of one step in which Cloud Build substitutes."""
    at = ("steps", number)
    yield (*at, "name"), step.name
    yield (*at, "entrypoint"), step.entrypoint
    yield (*at, "dir"), step.dir_
    yield from _list((*at, "args"), step.args)
    yield from _list((*at, "env"), step.env)


def _list(at: Key, values: Any) -> Iterator[Text]:
    for number, value in enumerate(values):
        yield (*at, number), value
