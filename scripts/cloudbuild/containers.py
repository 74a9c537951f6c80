"""What Cloud Build would start for a step: command, environment, working folder.

Pure: it takes messages and values and starts nothing. The rules are those of Google's
build config file schema, and of `dockerRunArgs` and `processEnvVars` in
GoogleCloudPlatform/cloud-build-local, build/build.go.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloudbuild.substitutions import expand
from cloudbuild.surroundings import HOME, OUTPUTS, SCRIPTS, WORKSPACE
from tidegate.errors import TidegateError, UsageError

CLOUD_BUILDERS = "gcr.io/cloud-builders/"
SHELL = "#!/bin/sh\n"


@dataclass(frozen=True)
class Container:
    """A step, ready to be started.

    Attributes:
        index: Its place in the file.
        label: `Step #0 - "lint"`, as Cloud Build's log names it.
        argv: The command.
        env: The whole environment but PATH; secrets are in it.
        cwd: Working folder, absolute.
        script: Text of the file that `argv` names; None where the step has none.
        secret_names: Variables of `env` that are secret.
    """

    index: int
    label: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    cwd: str
    script: str | None = None
    secret_names: tuple[str, ...] = ()


def label(build: Any, index: int) -> str:
    """How the log names a step; nothing where it is the only one."""
    if len(build.steps) == 1:
        return ""
    step = build.steps[index]
    return f'Step #{index} - "{step.id}"' if step.id else f"Step #{index}"


def container(
    build: Any, index: int, values: Mapping[str, str], secrets: Mapping[str, str]
) -> Container:
    """What Cloud Build would start for a step.

    Args:
        build: The Build message.
        index: Which of its steps.
        values: Substitutions, resolved.
        secrets: Values of all secret variables of the build, by variable.

    Raises:
        UsageError: Cloud Build would refuse the step.
    """
    step = build.steps[index]
    env = environment(build, step, values)
    named = (*build.options.secret_env, *step.secret_env)
    # A variable that is set in plain sight wins, as in cloud-build-local.
    shown = {name: secrets[name] for name in named if name not in env}
    cwd = posixpath.normpath(posixpath.join(WORKSPACE, expand(step.dir_, values)))
    return Container(
        index,
        label(build, index),
        command(step, index, values),
        {"HOME": HOME, **env, **shown, "BUILDER_OUTPUT": output_folder(index)},
        cwd,
        _script(step.script) if step.script else None,
        tuple(shown),
    )


def output_folder(index: int) -> str:
    """The step's $BUILDER_OUTPUT."""
    return f"{OUTPUTS}/{index}"


def command(step: Any, index: int, values: Mapping[str, str]) -> tuple[str, ...]:
    """The command of a step, its image's own entrypoint where that is known."""
    args = [expand(argument, values) for argument in step.args]
    if step.script:
        if step.entrypoint or args:
            raise UsageError(
                f"step #{index} has a script and also entrypoint or args",
                fix="keep the script, or the command",
            )
        return (f"{SCRIPTS}/{index}",)
    entrypoint = expand(step.entrypoint, values)
    name = expand(step.name, values)
    if not entrypoint and name.startswith(CLOUD_BUILDERS):
        # These images are called by the program that they hold.
        entrypoint = name.removeprefix(CLOUD_BUILDERS).split("@")[0].split(":")[0]
    whole = ([entrypoint] if entrypoint else []) + args
    if not whole:
        raise UsageError(
            f"step #{index} says nothing to run, and what its image runs by itself"
            " cannot be known here",
            fix="give it an entrypoint",
        )
    return tuple(whole)


def environment(build: Any, step: Any, values: Mapping[str, str]) -> dict[str, str]:
    """Variables in plain sight: mapped substitutions < options.env < the step's env."""
    chosen = (
        step.automap_substitutions
        if step.HasField("automap_substitutions")
        else build.options.automap_substitutions
    )
    env = dict(values) if chosen else {}
    for text in (*build.options.env, *step.env):
        name, equals, value = expand(text, values).partition("=")
        if not equals:
            raise UsageError(f"env has {name!r} without a value", fix="NAME=value")
        env[name] = value
    return env


def secret_values(
    build: Any, values: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, str]:
    """Value of every secret variable that the build's steps ask for.

    Args:
        build: The Build message.
        values: Substitutions, resolved.
        given: Values by the secret's name or whole version name.

    Raises:
        UsageError: A variable is asked for and not declared under
            availableSecrets, or no value was given for it.
    """
    declared = {
        secret.env: expand(secret.version_name, values)
        for secret in build.available_secrets.secret_manager
    }
    found: dict[str, str] = {}
    for where, name in _asked(build):
        version = declared.get(name)
        if version is None:
            raise UsageError(
                f"{where} asks for the secret {name}, which is not declared",
                fix=f"add {name} to availableSecrets.secretManager",
            )
        value = given.get(version, given.get(secret_name(version)))
        if value is None:
            raise _no_value(where, name, version, given)
        found[name] = value
    return found


def secret_name(version: str) -> str:
    """`flights` of `projects/p/secrets/flights/versions/3`."""
    parts = version.split("/")
    return parts[parts.index("secrets") + 1] if "secrets" in parts else version


def _no_value(
    where: str, name: str, version: str, given: Sequence[str] | Mapping[str, str]
) -> TidegateError:
    return UsageError(
        f"{where} asks for the secret {name}, and this run was given no value for it",
        expected=version,
        got=", ".join(sorted(given)) or "no secret at all",
        fix=f"--secrets FILE, a file with: {secret_name(version)}: a value for trials",
    )


def _asked(build: Any) -> list[tuple[str, str]]:
    return [
        *(("options", name) for name in build.options.secret_env),
        *(
            (f"step #{index}", name)
            for index, step in enumerate(build.steps)
            for name in step.secret_env
        ),
    ]


def _script(text: str) -> str:
    """The script with its shell; Cloud Build takes sh where it names none."""
    return text if text.startswith("#!") else SHELL + text
