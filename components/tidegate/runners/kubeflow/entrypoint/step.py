"""One step of a run: what it was handed, with local copies, and as what it runs."""

from __future__ import annotations

import importlib.util
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate.errors import ComponentError
from tidegate.runners.kubeflow.entrypoint import project
from tidegate.runners.kubeflow.entrypoint.executor_input import ExecutorInput, Handed
from tidegate.runners.kubeflow.entrypoint.metadata import Properties, from_metadata
from tidegate.runners.kubeflow.entrypoint.places import Places
from tidegate.runners.kubeflow.entrypoint.properties import execution_properties
from tidegate.runners.kubeflow.invocation import ABSENT, ArtifactType, Invocation

_OURS = re.compile(r"tidegate\.([a-z_]+)\.executor\.Executor")
_RUN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ENGINE, _BEAM = "engine", "beam"


@dataclass(frozen=True)
class Here:
    """An artifact on this machine.

    Attributes:
        kind: Its type.
        path: Local copy, or the URI where there is none.
        uri: Where it is in the store.
        id: Number by which KFP knows it; 0 for an output.
        properties: What its metadata say.
    """

    kind: ArtifactType
    path: str
    uri: str
    id: int
    properties: Properties


@dataclass(frozen=True)
class Step:
    """All that it takes to run a step.

    Attributes:
        invocation: How to run it.
        given: What KFP handed over.
        places: Local copies and what they are of.
        inputs: Input artifacts by the executor's key.
        outputs: The artifact to make for each output key.
        properties: Execution properties.
        run: Id of the pipeline run; None where it cannot be told.
        temporary: A folder that is gone afterwards.
    """

    invocation: Invocation
    given: ExecutorInput
    places: Places
    inputs: Mapping[str, list[Here]]
    outputs: Mapping[str, Here]
    properties: dict[str, Any]
    run: str | None
    temporary: Path

    def light_module(self) -> str | None:
        """The module with the step's work; None if it needs its executor."""
        found = _OURS.fullmatch(self.invocation.executor)
        if found is None or self.properties.get(_ENGINE) == _BEAM:
            return None
        module = f"tidegate.{found[1]}.work"
        return module if importlib.util.find_spec(module) is not None else None


@contextmanager
def prepared(
    invocation: Invocation,
    given: ExecutorInput,
    above: Path,
    environment: Mapping[str, str],
) -> Iterator[Step]:
    """The step, ready to run; its temporary folder goes when it is done.

    Args:
        invocation: How to run it.
        given: What KFP handed over.
        above: The folder above KFP's local copies.
        environment: Environment variables.

    Raises:
        TidegateError: Something is not as the spec says.
    """
    places = Places(above)
    folder = project.project_folder(environment)
    properties = execution_properties(invocation, given.parameters)
    properties = project.resolved(properties, invocation.files, folder)
    project.make_importable(folder, first=True)
    temporary = Path(tempfile.mkdtemp(prefix="tidegate-"))
    try:
        with project.working_in(folder):
            yield Step(
                invocation=invocation,
                given=given,
                places=places,
                inputs=_inputs(invocation, given, places),
                outputs=_outputs(invocation, given, places),
                properties=project.hand_over_user_code(properties),
                run=_run_id(given),
                temporary=temporary,
            )
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _inputs(
    invocation: Invocation, given: ExecutorInput, places: Places
) -> dict[str, list[Here]]:
    """Input artifacts, without those that stand for nothing.

    An input that was not given at all has no entry, as in TFX.
    """
    found = {}
    for key, expected in invocation.inputs.items():
        handed = [one for part in expected.parts for one in given.inputs.get(part, ())]
        if handed:
            listed = [
                _here(expected.type, one, places.of_input(one), _id(one.name))
                for one in handed
            ]
            found[key] = [one for one in listed if not _is_absent(one.properties)]
    return found


def _outputs(
    invocation: Invocation, given: ExecutorInput, places: Places
) -> dict[str, Here]:
    found = {}
    for key, kind in invocation.outputs.items():
        handed = given.outputs.get(key, ())
        if len(handed) != 1:
            raise ComponentError(
                "KFP gives no place to an output of the step",
                where=f"{invocation.node}.{key}",
                expected="one artifact among the outputs of the component",
                got=f"{len(handed)} of them",
                fix="compile the pipeline again with this version of tidegate",
            )
        found[key] = _here(kind, handed[0], places.of_output(handed[0]), 0)
    return found


def _here(kind: ArtifactType, handed: Handed, path: str, id: int) -> Here:
    properties = from_metadata(handed.metadata, kind)
    return Here(kind, path, handed.uri, id, properties)


def _is_absent(properties: Properties) -> bool:
    absent = properties.custom.get(ABSENT)
    return absent is not None and bool(absent.value)


def _id(name: str) -> int:
    """KFP's number of an artifact: its name, or the end of its name."""
    last = name.rpartition("/")[2]
    return int(last) if last.isdecimal() else 0


def _run_id(given: ExecutorInput) -> str | None:
    """Id of the run, which KFP puts into the places of all outputs."""
    for handed in given.outputs.values():
        for one in handed:
            if (found := _RUN_ID.search(one.uri)) is not None:
                return found[0]
    found = _RUN_ID.search(str(given.output_file))
    return None if found is None else found[0]
