"""What pydantic found wrong, in words for the person who wrote the file."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

Path: TypeAlias = "tuple[str | int, ...]"
NearMiss: TypeAlias = Callable[[str, Iterable[str]], "str | None"]

_LONGEST = 60


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, at a path inside the validated part.

    `meant` is the key that a misspelt one was probably meant to be.
    """

    path: Path
    message: str
    expected: str | None = None
    got: str | None = None
    fix: str | None = None
    meant: str | None = None


def explain(
    error: ValidationError,
    model: type[BaseModel],
    part: object,
    at: Path,
    near_miss: NearMiss,
) -> list[Fault]:
    """Every fault of a validation, one a place, in the order of the file.

    Args:
        error: What pydantic raised.
        model: The model that was validated.
        part: The plain value that was validated.
        at: Path of `part` in its file, for the names in messages.
        near_miss: Finds the name that was probably meant.
    """
    found: dict[Path, Fault] = {}
    for raw in error.errors(include_url=False):
        path, rest = _split(raw["loc"], part)
        fault = _fault(raw, path, rest, model, at, near_miss)
        earlier = found.get(fault.path)
        found[fault.path] = _joined(earlier, fault) if earlier else fault
    # A key misspelt is not also missing: one slip, one problem.
    meant = {(*f.path[:-1], f.meant) for f in found.values() if f.meant}
    return [f for f in found.values() if f.path not in meant]


def _split(loc: Path, part: object) -> tuple[Path, Path]:
    """The steps of `loc` that exist in the data, and the steps that do not.

    Pydantic puts names of union branches into a location; they are no keys.
    """
    path: list[str | int] = []
    rest: list[str | int] = []
    for step in loc:
        if isinstance(part, dict) and step in part:
            part = part[str(step)]
            path.append(step)
        elif isinstance(part, list) and isinstance(step, int) and step < len(part):
            part = part[step]
            path.append(step)
        else:
            rest.append(step)
    return tuple(path), tuple(rest)


def _fault(
    raw: Any,
    path: Path,
    rest: Path,
    model: type[BaseModel],
    at: Path,
    near_miss: NearMiss,
) -> Fault:
    if raw["type"] == "extra_forbidden":
        return _unknown(path, model, at, near_miss)
    if raw["type"] == "missing":
        name = str(rest[-1]) if rest else "?"
        inside = f" in {_named((*at, *path))}" if (*at, *path) else ""
        return Fault(
            (*path, name),
            f"{name} is missing{inside}",
            expected=_describe(model, path, name),
            fix=f"add `{name}: …`",
        )
    message = str(raw["msg"])
    subject = _named((*at, *path)) or "the file"
    got = None if raw["type"] == "value_error" and not path else _shown(raw["input"])
    if raw["type"] in ("value_error", "assertion_error"):
        return Fault(path, f"{subject}: {message.partition(', ')[2]}", got=got)
    wanted = message.removeprefix("Input should be ").removeprefix("a valid ")
    return Fault(path, f"{subject} is not valid", expected=wanted, got=got)


def _unknown(
    path: Path, model: type[BaseModel], at: Path, near_miss: NearMiss
) -> Fault:
    name = str(path[-1])
    known = list(_keys(_model_at(model, path[:-1])))
    near = near_miss(name, known)
    around = _named((*at, *path[:-1]))
    inside = f" in {around}" if around else ""
    return Fault(
        path,
        f"unknown key {name!r}{inside}" + (f", did you mean {near}?" if near else ""),
        expected=f"one of {', '.join(known)}" if known else None,
        got=name,
        fix=f"write {near} instead" if near else "remove it, or check the spelling",
        meant=near,
    )


def _joined(first: Fault, second: Fault) -> Fault:
    """One fault for two branches of a union at the same place."""
    wanted = [w for w in (first.expected, second.expected) if w]
    return replace(first, expected=" or ".join(dict.fromkeys(wanted)) or None)


def _model_at(model: type[BaseModel] | None, path: Path) -> type[BaseModel] | None:
    """The model that describes the mapping at `path`, None where none does."""
    for step in path:
        if model is None or isinstance(step, int):
            continue
        info = model.model_fields.get(step)
        model = next(_models_in(info.annotation), None) if info else None
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)


def _keys(model: type[BaseModel] | None) -> Iterator[str]:
    if model is not None:
        for name, info in model.model_fields.items():
            yield info.alias or name


def _describe(model: type[BaseModel], path: Path, name: str) -> str | None:
    owner = _model_at(model, path)
    info = owner.model_fields.get(name) if owner else None
    return info.description if info else None


def _shown(value: object) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _named(path: Path) -> str:
    parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(parts).lstrip(".")
