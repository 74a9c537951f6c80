"""One attempt at a container task, as KFP's launcher makes it.

Inputs are copied from the store to fresh local copies, the command runs, outputs are
copied back; then the copies go. A container that writes to an artifact's URI and not
to its local copy leaves nothing behind, as on a cluster. Of a failed one only the log
is kept. (component/launcher_v2.go:Execute, executeV2, execute, downloadArtifacts,
prepareOutputFolders, uploadOutputArtifacts.)
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidegate.errors import TidegateError
from tidegate.runners.kubeflow.local_copies import ROOT_VARIABLE, local_path
from tidegate.runners.spec_run import artifacts, parameters, placeholders
from tidegate.runners.spec_run.cache import Outputs
from tidegate.runners.spec_run.children import Children
from tidegate.runners.spec_run.executor_output import output_parameters, read_output
from tidegate.runners.spec_run.store import Store

LOGS = "executor-logs"
PROJECT_VARIABLE = "TIDEGATE_PROJECT"
# A link: a socket's path is at most 107 characters long, and programs put sockets
# among their temporary files.
_TEMPORARY = "tmp"


class LauncherError(Exception):
    """The attempt failed.

    Args:
        message: As the launcher would say it.
        code: Exit code of the container; None where it did not come to that.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Attempt:
    """All that one attempt needs.

    Attributes:
        component: The task's component.
        words: Command and arguments, as the driver left them.
        executor_input: Made by the driver.
        environment: Variables from the spec and from Kubernetes.
        root: Root of the run's artifacts: what is outside is not uploaded.
        scratch: Folder for local copies; made here, gone afterwards.
        log: File that takes what the container prints.
        number: 0 for the first attempt.
        seconds: When to end it, None for never.
        project: Folder that stands for the one in the image.
        run: Id of the run.
    """

    component: Any
    words: tuple[str, ...]
    executor_input: dict[str, Any]
    environment: Mapping[str, str]
    root: str
    scratch: Path
    log: Path
    number: int
    seconds: float | None
    project: Path
    run: str


def launch(attempt: Attempt, store: Store, children: Children) -> Outputs:
    """Runs one attempt and gives its outputs.

    Raises:
        LauncherError: It failed.
    """
    attempt.log.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _Launch(attempt, store, children).execute()
    finally:
        clear(attempt.scratch)


def clear(scratch: Path) -> None:
    """Removes the local copies of an attempt, and its folder for temporary files."""
    temporary = scratch / _TEMPORARY
    if temporary.is_symlink():
        shutil.rmtree(temporary.readlink(), ignore_errors=True)
    shutil.rmtree(scratch, ignore_errors=True)


@dataclass
class _Launch:
    attempt: Attempt
    store: Store
    children: Children
    said: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        # Each attempt has its own log (launcher_v2.go:qualifyExecutorLogsURI).
        said = json.loads(json.dumps(self.attempt.executor_input))
        logs = said["outputs"]["artifacts"][LOGS]["artifacts"][0]
        logs["uri"] = f"{logs['uri']}-{self.attempt.number}"
        outputs = said["outputs"]
        outputs["outputFile"] = self._here(outputs["outputFile"])
        for parameter in outputs.get("parameters", {}).values():
            parameter["outputFile"] = self._here(parameter["outputFile"])
        self.said = said

    def _here(self, path: str) -> str:
        """A path at a container's root, below the folder of local copies."""
        return f"{self.attempt.scratch}{path}"

    def execute(self) -> Outputs:
        self._prepare()
        code = self._run()
        if code != 0:
            self._upload(LOGS, self._first(LOGS))
            raise LauncherError(f"exit status {code}", code)
        try:
            output = read_output(Path(self.said["outputs"]["outputFile"]))
            values = output_parameters(
                self.attempt.component, self.said["outputs"], output
            )
        except ValueError as error:
            raise LauncherError(str(error)) from error
        found: dict[str, artifacts.Artifact] = {}
        for name in self.said["outputs"]["artifacts"]:
            artifact = self._first(name)
            listed = output.get("artifacts", {}).get(name, {}).get("artifacts", [])
            if listed and name != LOGS:
                artifact = artifacts.merged(artifact, listed[0])
            self._upload(name, artifact)
            try:
                found[name] = artifacts.published(name, artifact)
            except ValueError as error:
                raise LauncherError(
                    f'unable to produce MLMD artifact for output "{name}": {error}'
                ) from error
        return Outputs(parameters=values, artifacts=found, run=self.attempt.run)

    def _first(self, name: str) -> dict[str, Any]:
        listed = self.said["outputs"]["artifacts"][name]["artifacts"]
        return dict(listed[0])

    def _local(self, artifact: Mapping[str, Any]) -> Path:
        if artifact.get("customPath"):
            return Path(artifact["customPath"])
        try:
            return local_path(artifact["uri"], self.attempt.scratch)
        except TidegateError as error:
            raise LauncherError(
                f"failed to generate local path for URI {artifact['uri']}: unsupported "
                "storage scheme"
            ) from error

    def _prepare(self) -> None:
        scratch = self.attempt.scratch
        (scratch / "work").mkdir(parents=True)
        (scratch / _TEMPORARY).symlink_to(tempfile.mkdtemp(prefix="tidegate-"))
        for name, listed in self.said["inputs"].get("artifacts", {}).items():
            for artifact in listed["artifacts"]:
                try:
                    self.store.download(artifact["uri"], self._local(artifact))
                except LauncherError:
                    continue  # Of another store: the container is on its own.
                except (OSError, ValueError, TidegateError) as error:
                    raise LauncherError(
                        f'failed to download input artifact "{name}" from remote '
                        f'storage URI "{artifact["uri"]}": {error}'
                    ) from error
        for listed in self.said["outputs"]["artifacts"].values():
            for artifact in listed["artifacts"]:
                self._local(artifact).parent.mkdir(parents=True, exist_ok=True)
        for parameter in self.said["outputs"].get("parameters", {}).values():
            Path(parameter["outputFile"]).parent.mkdir(parents=True, exist_ok=True)

    def _run(self) -> int:
        words = placeholders.by_launcher(
            self.attempt.words, self._with_defaults(), self._paths()
        )
        with open(self.attempt.log, "wb") as log:
            try:
                return self.children.run(
                    [_program(words[0]), *words[1:]],
                    environment=self._environment(),
                    folder=self.attempt.scratch / "work",
                    log=log,
                    seconds=self.attempt.seconds,
                )
            except (OSError, ValueError) as error:
                message = f"the container's command cannot be started: {error}"
                log.write(f"{message}\n".encode())
                raise LauncherError(message) from error

    def _with_defaults(self) -> dict[str, Any]:
        """The ExecutorInput with the component's defaults (addDefaultParams)."""
        inputs = self.said["inputs"]
        values = dict(inputs.get("parameterValues", {}))
        for (
            name,
            declared,
        ) in self.attempt.component.input_definitions.parameters.items():
            has_default, default = parameters.default_of(declared)
            if has_default and name not in values:
                values[name] = default
        if values:
            inputs = {**inputs, "parameterValues": dict(sorted(values.items()))}
        return {**self.said, "inputs": inputs}

    def _paths(self) -> dict[str, str]:
        paths = {}
        for side in ("inputs", "outputs"):
            for listed in self.said[side].get("artifacts", {}).values():
                for artifact in listed["artifacts"]:
                    try:
                        paths[artifact["uri"]] = str(self._local(artifact))
                    except LauncherError:
                        continue
        return paths

    def _environment(self) -> dict[str, str]:
        installed = str(self.attempt.scratch / "site-packages")
        own = {
            **os.environ,
            "PATH": os.pathsep.join(
                [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
            ),
            # What a container installs goes with it.
            "PIP_TARGET": installed,
            "PYTHONPATH": _python_path(installed),
            "TMPDIR": str((self.attempt.scratch / _TEMPORARY).readlink()),
            ROOT_VARIABLE: str(self.attempt.scratch),
            PROJECT_VARIABLE: str(self.attempt.project),
        }
        return {**own, **self.attempt.environment}

    def _upload(self, name: str, artifact: Mapping[str, Any]) -> None:
        uri = artifact["uri"]
        try:
            local = self._local(artifact)
        except LauncherError:
            return  # The container put it there itself, and says so.
        if name == LOGS:
            shutil.copyfile(self.attempt.log, local)
        root = self.attempt.root
        if not uri.startswith(f"{root}/"):
            raise LauncherError(
                f'failed to upload output artifact "{name}": URI "{uri}" does not have '
                f'expected bucket prefix "{root}"'
            )
        try:
            self.store.upload(local, uri)
        except FileNotFoundError:
            return  # A component need not make all of its outputs.
        except (OSError, ValueError, TidegateError) as error:
            raise LauncherError(
                f'failed to upload output artifact "{name}" to remote storage URI '
                f'"{uri}": {error}'
            ) from error


def _program(word: str) -> str:
    """The program to start: Python means this environment's."""
    return sys.executable if word in ("python", "python3") else word


def _python_path(installed: str) -> str:
    source = str(Path(__file__).parents[3])
    there = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join([installed, source, *filter(None, there)])
