"""Results of earlier tasks, found again by what went into them.

The fingerprint is of the same things as KFP's (cacheutils/cache.go:GenerateCacheKey
and GenerateFingerPrint, driver/cache.go:getFingerPrint): names of the input
artifacts, input parameters, the outputs' types, the image and the words of the
command. An entry is written once, after the outputs are in the store, and only for
a task that succeeded (launcher_v2.go:Execute).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tidegate.report.model import write_whole
from tidegate.runners.spec_run.artifacts import Artifact
from tidegate.runners.spec_run.values import Value, go_json


class Outputs(BaseModel):
    """What a task put out.

    Attributes:
        parameters: Output parameter to its value.
        artifacts: Output to its artifact.
        run: Id of the run that made them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    parameters: dict[str, Value] = Field(default_factory=dict)
    artifacts: dict[str, Artifact] = Field(default_factory=dict)
    run: str = ""


class Cache:
    """Outputs by fingerprint, one file each.

    Args:
        folder: It need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, fingerprint: str) -> Outputs | None:
        """The outputs of a task with this fingerprint, None if there is none."""
        try:
            return Outputs.model_validate_json(self._file(fingerprint).read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError:  # Of another version of this program.
            return None

    def keep(self, fingerprint: str, outputs: Outputs) -> None:
        """Keeps the outputs, unless another run was quicker."""
        file = self._file(fingerprint)
        temporary = write_whole(
            file.with_name(f"{file.stem}.{os.getpid()}.new"),
            outputs.model_dump_json().encode(),
        )
        try:
            os.link(temporary, file)
        except OSError:  # It is there, or the file system has no links.
            if self.find(fingerprint) is None:
                os.replace(temporary, file)
        finally:
            temporary.unlink(missing_ok=True)

    def drop(self, fingerprint: str) -> None:
        """Forgets an entry."""
        self._file(fingerprint).unlink(missing_ok=True)

    def imported(self, pipeline: str, artifact: Artifact) -> Artifact:
        """The artifact as it was imported first (client.go:FindMatchedArtifact)."""
        same = artifact.model_dump(mode="json", exclude={"id"})
        fingerprint = _digest({"pipeline": pipeline, "imported": same})
        self.keep(fingerprint, Outputs(artifacts={"artifact": artifact}))
        found = self.find(fingerprint)
        return found.artifacts["artifact"] if found else artifact

    def _file(self, fingerprint: str) -> Path:
        return self.folder / f"{fingerprint}.json"


def fingerprint_of(
    pipeline: str,
    executor_input: Mapping[str, Any],
    output_types: Mapping[str, str],
    image: str,
    words: Sequence[str],
    cache_key: str = "",
    volumes: Sequence[str] = (),
) -> str:
    """The fingerprint of a task.

    Args:
        pipeline: Name of the pipeline: others share nothing with it.
        executor_input: As the driver made it, defaults not put in.
        output_types: Output parameter to its type.
        image: Of the container.
        words: Command and arguments as the spec has them.
        cache_key: The task's own key, which takes the place of all the rest.
        volumes: Names of mounted volume claims.
    """
    if cache_key:
        return _digest({"pipeline": pipeline, "key": cache_key})
    inputs, outputs = executor_input["inputs"], executor_input["outputs"]
    return _digest(
        {
            "pipeline": pipeline,
            "inputArtifactNames": {
                name: [artifact["name"] for artifact in listed["artifacts"]]
                for name, listed in inputs.get("artifacts", {}).items()
            },
            "inputParameterValues": inputs.get("parameterValues", {}),
            "outputArtifactsSpec": {
                name: {
                    key: v for key, v in listed["artifacts"][0].items() if key != "uri"
                }
                for name, listed in outputs.get("artifacts", {}).items()
            },
            "outputParametersSpec": dict(output_types),
            "containerSpec": {
                "image": image,
                "cmdArgs": list(words),
                "pvcNames": sorted(set(volumes)),
            },
        }
    )


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(go_json(json.loads(json.dumps(content))).encode()).hexdigest()
