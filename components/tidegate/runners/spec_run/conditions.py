"""CEL expressions of a spec: conditions of tasks, and parts of parameters.

The rules: expression/expression.go:Condition, Select, celParseJson, msgToCELMap.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tidegate.runners.spec_run.values import Value, kind, text_of, whole


@lru_cache(maxsize=256)
def _program(expression: str) -> Any:
    # Only specs with conditions need it.
    import celpy

    environment = celpy.Environment()
    ast = environment.compile(expression)
    return environment.program(ast, functions={"parseJson": _parse_json})


def problem_of(expression: str) -> str | None:
    """Why an expression cannot be compiled, None where it can."""
    from celpy.celparser import CELParseError

    try:
        _program(expression)
    except CELParseError as error:
        return str(error).splitlines()[0]
    return None


def holds(condition: str, executor_input: Mapping[str, Any]) -> bool:
    """Whether a task with this condition runs.

    Args:
        condition: A CEL expression over the fields of the ExecutorInput.
        executor_input: As JSON has it; only the inputs are there yet.

    Raises:
        ValueError: It cannot be evaluated, or is no boolean.
    """
    inputs = executor_input.get("inputs", {})
    context = {
        "inputs": {
            "parameter_values": inputs.get("parameterValues", {}),
            "artifacts": inputs.get("artifacts", {}),
        },
        "outputs": {},
    }
    result = _evaluated(condition, context)
    if not isinstance(result, bool):
        raise ValueError(
            f"evaluation error: return type is not bool, got {text_of(result)}"
        )
    return result


def selected(value: Value, expression: str) -> Value:
    """The part of a value that a parameter's expression selects.

    Raises:
        ValueError: It cannot be evaluated.
    """
    return _evaluated(
        expression, {f"{kind(value)}_value": value, "string_value": text_of(value)}
    )


def _evaluated(expression: str, context: Mapping[str, Any]) -> Value:
    from celpy.adapter import json_to_cel
    from celpy.celparser import CELParseError
    from celpy.evaluation import CELEvalError

    try:
        program = _program(expression)
        result = program.evaluate(
            {name: json_to_cel(_doubles(v)) for name, v in context.items()}
        )
    except (CELParseError, CELEvalError) as error:
        raise ValueError(f"evaluation error: {str(error).splitlines()[0]}") from error
    return whole(_plain(result))


def _doubles(value: Value) -> Value:
    """Numbers as the doubles that google.protobuf.Value has."""
    if isinstance(value, dict):
        return {key: _doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_doubles(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _plain(result: Any) -> Value:
    from celpy.adapter import CELJSONEncoder
    from celpy.celtypes import BoolType

    if isinstance(result, BoolType):
        return bool(result)
    return json.loads(json.dumps(result, cls=CELJSONEncoder))


def _parse_json(text: Any) -> Any:
    from celpy.adapter import json_to_cel

    return json_to_cel(_doubles(json.loads(str(text))))
