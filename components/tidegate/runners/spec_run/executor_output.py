"""What a container says of its outputs: its output file and its parameters' files.

The rules: component/launcher_v2.go:getExecutorOutputFile and collectOutputParameters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.runners.spec_run import parameters, protos
from tidegate.runners.spec_run.values import Value, from_text, native


def read_output(file: Path) -> dict[str, Any]:
    """The ExecutorOutput in a file; empty where the container wrote none.

    Raises:
        ValueError: It is no ExecutorOutput.
    """
    if not file.exists():
        return {}
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
        _check_output(read)
    except (OSError, ValueError) as error:
        raise ValueError(
            f'failed to unmarshall ExecutorOutput in file "{file}": {error}'
        ) from error
    return dict(read)


def output_parameters(
    component: Any, outputs: Mapping[str, Any], output: Mapping[str, Any]
) -> dict[str, Value]:
    """The output parameters: from the ExecutorOutput, else from their files.

    Args:
        component: That declares them.
        outputs: Of the ExecutorInput.
        output: The ExecutorOutput.

    Raises:
        ValueError: One was not written, or is not of its type.
    """
    values = dict(output.get("parameterValues", {}))
    declared = component.output_definitions.parameters
    for name, parameter in outputs.get("parameters", {}).items():
        if name in values:
            continue
        type_name = parameters.type_of(declared[name])
        try:
            text = Path(parameter["outputFile"]).read_text(encoding="utf-8")
            values[name] = from_text(text, type_name)
        except (OSError, ValueError) as error:
            raise ValueError(
                f'failed to read output parameter name="{name}" type="{type_name}" '
                f'path="{parameter["outputFile"]}": {error}'
            ) from error
    return values


def _check_output(read: Any) -> None:
    """Raises ValueError for what is no ExecutorOutput."""
    from google.protobuf import json_format

    if not isinstance(read, dict):
        raise ValueError("it is not a JSON object")
    known = json.loads(json.dumps(read))
    try:
        for listed in known.get("artifacts", {}).values():
            for artifact in listed.get("artifacts", []):
                artifact.pop("customPath", None)  # Older definitions do not have it.
        message = protos.pipeline_spec().ExecutorOutput()
        json_format.ParseDict(known, message)
    except (json_format.ParseError, AttributeError, TypeError) as error:
        raise ValueError(str(error)) from error
    read["parameterValues"] = {
        name: native(value) for name, value in message.parameter_values.items()
    }
