"""One build from its file to its results: read, expanded, run, and written down."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudbuild.build_file import read_build
from cloudbuild.caches import Caches
from cloudbuild.recording import Recording
from cloudbuild.results import BuildResult, StepResult
from cloudbuild.running import Build
from cloudbuild.showing import write_results
from cloudbuild.substitutions import resolve
from cloudbuild.surroundings import Bind, Surroundings, why_not_apart

PROJECT = "trial-project"


@dataclass(frozen=True)
class Request:
    """A build that is asked for.

    Attributes:
        name: What to call it here.
        file: The build file.
        workspace: The folder that is /workspace.
        folder: Where logs and results go.
        given: Substitutions of the trigger.
        builtins: Substitutions that Cloud Build sets.
        secrets: Values by the name of the secret.
        binds: What else of the machine its steps see.
        variables: What else their environment has.
    """

    name: str
    file: Path
    workspace: Path
    folder: Path
    given: Mapping[str, str] = field(default_factory=dict)
    builtins: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    binds: tuple[Bind, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """A build that was run.

    Attributes:
        request: What was asked for.
        message: The Build message of its file.
        values: Its substitutions.
        result: How it went.
        calls: Calls of the cloud that were recorded.
    """

    request: Request
    message: Any
    values: Mapping[str, str]
    result: BuildResult
    calls: list[dict[str, Any]]

    def step(self, name: str) -> StepResult:
        """How a step of the build went.

        Raises:
            LookupError: It has none of that name.
        """
        for step in self.result.steps:
            if step.name == name:
                return step
        raise LookupError(f"{self.request.name} has no step {name}")


def execute(
    request: Request,
    recording: Recording,
    caches: Caches | None,
    tell: Callable[[StepResult], None],
    listen: Callable[[str], None] | None = None,
) -> Done:
    """Runs a build, and writes its results down.

    Args:
        request: The build.
        recording: Where calls of the cloud go.
        caches: What it may take of this machine; None for nothing.
        tell: Is told of each step that starts or ends.
        listen: Is told each line of the log.

    Raises:
        TidegateError: Cloud Build would refuse the build.
    """
    message = read_build(request.file).build
    builtins = {
        "PROJECT_ID": PROJECT,
        "PROJECT_NUMBER": "1",
        "LOCATION": "local",
        "BUILD_ID": f"trial-{request.name}",
        **request.builtins,
    }
    # A trigger always expands values within values.
    values = resolve(message, request.given, builtins, dynamic=True)
    given = caches.variables() if caches else {}
    surroundings = Surroundings(
        apart=recording.apart,
        variables={
            **given,
            **request.variables,
            **recording.variables(request.name),
        },
        binds=(
            *recording.binds(),
            *(caches.binds() if caches else ()),
            *request.binds,
        ),
        programs=recording.programs(),
        secrets=request.secrets,
    )
    build = Build(
        message,
        values,
        workspace=request.workspace,
        folder=request.folder,
        surroundings=surroundings,
        push_images=recording.push_images,
        tell=tell,
        listen=listen,
    )
    result = build.run()
    calls = recording.calls(request.name)
    write_results(result, request.folder, values)
    for name in ("root", "temporary", "scripts", "notes"):
        shutil.rmtree(request.folder / name, ignore_errors=True)
    return Done(request, message, values, result, calls)


def manner() -> str:
    """How steps run on this machine, in a sentence."""
    why = why_not_apart()
    if why is None:
        return (
            "each step has mount and process namespaces of its own: /workspace and"
            " /builder are there, all else of this machine is read-only"
        )
    return (
        f"no namespaces here ({why}): /workspace and /builder are replaced by their"
        " folders, and a step may read and write whatever you may"
    )
