"""Settings that a run may change: declared by name, traced to where they go."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.runners.kubeflow.compiling.tracing import (
    Place,
    Properties,
    Untraceable,
    Values,
    differences,
)

ParameterType = Literal["STRING", "NUMBER_INTEGER", "NUMBER_DOUBLE", "BOOLEAN"]
_TYPES: dict[type, ParameterType] = {
    str: "STRING",
    int: "NUMBER_INTEGER",
    float: "NUMBER_DOUBLE",
    bool: "BOOLEAN",
}


@dataclass(frozen=True)
class Parameter:
    """A parameter of the compiled pipeline.

    Attributes:
        name: As `--param` has it.
        type: KFP's.
        default: None where a run has to give a value, or may leave it out.
        optional: Whether a run may leave it out although there is no default.
        places: Where it goes.
    """

    name: str
    type: ParameterType
    default: Any
    optional: bool
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Build:
    """What one build of the pipeline came to.

    Attributes:
        properties: Node id to its execution properties.
        shape: Whatever else tells one graph from another.
    """

    properties: Mapping[str, Properties]
    shape: Any


def trace(
    settings: Sequence[str],
    config: Any,
    rebuild: Callable[[str, Any], Build],
    base: Build,
) -> list[Parameter]:
    """The runtime parameters of a pipeline, each with the places that it fills.

    Args:
        settings: Dotted names of settings.
        config: The pipeline's settings as they are.
        rebuild: Builds the pipeline with one setting changed; raises UsageError
            where the settings do not take the value.
        base: The build with the settings as they are.

    Raises:
        UsageError: A setting is not there, reaches no step, changes the graph, or
            goes somewhere in a way that no run could repeat; all at once.
    """
    found: list[Parameter] = []
    errors: list[TidegateError] = []
    for setting in settings:
        try:
            found.append(_traced(setting, config, rebuild, base))
        except UsageError as error:
            errors.append(error)
    raise_all("settings cannot be parameters of a run", errors)
    return found


def _traced(
    setting: str, config: Any, rebuild: Callable[[str, Any], Build], base: Build
) -> Parameter:
    value = _value(config, setting)
    annotation = _annotation(config, setting)
    probes = list(_accepted(setting, value, annotation, rebuild))
    # Of two values there is one other.
    finite = isinstance(value, bool) or bool(_choices(annotation))
    if len(probes) < (1 if finite else 2):
        raise _refused(
            setting,
            "no two other values of it are accepted, so that it cannot be traced",
            got=repr(_plain(value)),
            fix="leave it out of `parameters`, or widen what the setting takes",
        )
    seen = [_places(setting, value, probe, built, base) for probe, built in probes]
    if seen[0] != seen[-1]:
        raise _refused(
            setting,
            "it goes to other places when it has another value",
            got=f"{_told(seen[0])} with {probes[0][0]!r}, else {_told(seen[-1])}",
            fix="leave it out of `parameters`, and compile once for each value",
        )
    if not seen[0]:
        raise _refused(
            setting,
            "it reaches no step of the pipeline",
            fix="leave it out of `parameters`, or use it in pipeline.py",
        )
    kind = _TYPES.get(type(probes[0][0]))
    if kind is None:
        raise _refused(
            setting,
            "it is of a kind that KFP has no parameter for",
            got=type(value).__name__,
            fix="take text, a number, or true and false",
        )
    return Parameter(
        setting.replace(".", "_"), kind, _plain(value), value is None, tuple(seen[0])
    )


def _places(
    setting: str, value: Any, probe: Any, built: Build, base: Build
) -> list[Place]:
    if built.shape != base.shape:
        raise _refused(
            setting,
            "it changes which steps there are, or what they read",
            fix="leave it out of `parameters`, and compile once for each value",
        )
    values = Values(_plain(value), probe)
    found = list(differences(base.properties, built.properties, values))
    lost = [one for one in found if isinstance(one, Untraceable)]
    if lost:
        where = ", ".join(f"{one.node}.{one.name}" for one in lost)
        raise _refused(
            setting,
            f"pipeline.py makes something else of it before it reaches {where}",
            expected="the value itself, or text around it",
            fix="hand the setting on as it is, or leave it out of `parameters`",
        )
    return [one for one in found if isinstance(one, Place)]


def _accepted(
    setting: str, value: Any, annotation: Any, rebuild: Callable[[str, Any], Build]
) -> Iterator[tuple[Any, Build]]:
    """Two other values that the settings take, each with its build."""
    taken = 0
    for probe in _candidates(value, annotation):
        try:
            built = rebuild(setting, probe)
        except UsageError:
            continue
        yield probe, built
        taken += 1
        if taken == 2:
            return


def _candidates(value: Any, annotation: Any) -> Iterator[Any]:
    choices = _choices(annotation)
    if choices:
        yield from (one for one in choices if one != value)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + step for step in (1, 2, -1, -2, 16, 64))
    elif isinstance(value, float):
        for factor in (1.0625, 0.9375, 1.03125, 0.96875, 0.5, 2.0):
            yield value * factor if value else factor
        yield from (math.nextafter(value, 0), math.nextafter(value, 1))
    elif isinstance(value, (str, Path)):
        yield from (f"{value}~1", f"{value}~2", f"{value}x", f"{value}y")
    elif value is None:
        yield from (17, 18) if _has(annotation, int) else ()
        yield from (0.4375, 0.5625) if _has(annotation, float) else ()
        text = _has(annotation, str) or _has(annotation, Path)
        yield from ("probe-1", "probe-2") if text else ()
        yield from (True, False) if _has(annotation, bool) else ()


def _choices(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _has(annotation: Any, kind: type) -> bool:
    return annotation is kind or kind in get_args(annotation)


def _value(config: Any, setting: str) -> Any:
    value = config
    for part in setting.split("."):
        if (
            not hasattr(value, "model_fields_set")
            or part not in type(value).model_fields
        ):
            known = getattr(type(value), "model_fields", {})
            raise _refused(
                setting,
                "the pipeline has no such setting",
                expected=", ".join(sorted(known)) or "a setting",
                fix="name a setting of the pipeline's config.yaml",
            )
        value = getattr(value, part)
    return value


def _annotation(config: Any, setting: str) -> Any:
    *above, last = setting.split(".")
    owner = config
    for part in above:
        owner = getattr(owner, part)
    return type(owner).model_fields[last].annotation


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _told(places: Sequence[Place]) -> str:
    return ", ".join(f"{one.node}.{one.name}" for one in places) or "nowhere"


def _refused(setting: str, message: str, **details: str | None) -> UsageError:
    return UsageError(message, where=f"parameters: {setting}", **details)
