"""A suite of model tests: one model behind YAML and Python."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    field_serializer,
    field_validator,
)

from tidegate.documents import Document, near_miss
from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.model_tests.catalogue import CATALOGUE, ModelTest

# Nobody mends more at once.
_MOST_FAULTS = 100
_EXAMPLE = "- bounds: {metric: auc, at_least: 0.7}"


class ModelSuite(BaseModel):
    """What must hold of a model.

    Attributes:
        tests: The tests, in the order in which they are reported.
        dataset: Name of the model, for reports; None for that of the component.
        private: Features whose values no report shows: slices by them have
            numbers for names.
        places: Where each test stands in its file, as `file:line`, if in one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tests: list[SerializeAsAny[ModelTest]] = Field(min_length=1)
    dataset: str | None = Field(default=None, min_length=1)
    private: list[str] = Field(default_factory=list)
    places: list[str] = Field(default_factory=list)

    @field_validator("tests", mode="before")
    @classmethod
    def _from_mappings(cls, value: Any) -> Any:
        return [_as_test(one) for one in value] if isinstance(value, list) else value

    @field_serializer("tests")
    def _as_mappings(self, tests: list[ModelTest]) -> list[dict[str, Any]]:
        return [
            {test.name: test.model_dump(mode="json", by_alias=True)} for test in tests
        ]


def load_suite(path: Path) -> ModelSuite:
    """The suite in a YAML file.

    Raises:
        UsageError: The file is missing or something in it is wrong; everything
            that is wrong, each with its line, as `Problems`.
    """
    document = Document.read(path)
    errors = list(islice(_faults(document), _MOST_FAULTS))
    raise_all(f"{path} is not a valid suite", errors)
    suite = document.validate(ModelSuite)
    places = [document.place(("tests", n)) for n in range(len(suite.tests))]
    return suite.model_copy(update={"places": places})


def parse_suite(text: str) -> ModelSuite:
    """The suite that `ModelSuite.model_dump_json` wrote."""
    return ModelSuite.model_validate_json(text)


class _Outline(BaseModel):
    """A suite but for what its tests say: each test has a model of its own."""

    model_config = ConfigDict(extra="forbid")

    tests: list[Any] = Field(min_length=1)
    dataset: str | None = Field(default=None, min_length=1)
    private: list[str] = Field(default_factory=list)


def _faults(document: Document) -> Iterator[TidegateError]:
    """Everything wrong in a suite, in the order of the file's parts."""
    _, errors = document.examine(_Outline)
    yield from errors
    listed = document.data.get("tests")
    tests: list[Any] = listed if isinstance(listed, list) else []
    for index, item in enumerate(tests):
        place = document.place(("tests", index))
        if not isinstance(item, dict) or len(item) != 1:
            yield UsageError(
                "a test is one name with its parameters",
                where=place,
                expected=_EXAMPLE,
                got=", ".join(item) if isinstance(item, dict) else repr(item)[:60],
                fix="write one test an item",
            )
            continue
        (name,) = item
        kind = CATALOGUE.get(name)
        if kind is None:
            yield _unknown(name, place)
            continue
        # `- too_good:` says all by its name.
        given = document.updated(("tests",), [*tests[:index], _filled(item)])
        _, found = given.examine(kind, ("tests", index, name))
        yield from found


def _unknown(name: str, place: str) -> UsageError:
    near = near_miss(name, CATALOGUE)
    return UsageError(
        f"unknown test {name!r}" + (f", did you mean {near}?" if near else ""),
        where=place,
        expected=f"one of {', '.join(sorted(CATALOGUE))}",
        got=name,
        fix=f"write {near} instead" if near else "see docs/model-tests.md",
    )


def _filled(item: dict[str, Any]) -> dict[str, Any]:
    return {name: {} if given is None else given for name, given in item.items()}


def _as_test(item: Any) -> Any:
    if isinstance(item, ModelTest) or not isinstance(item, dict):
        return item
    if len(item) != 1 or next(iter(item)) not in CATALOGUE:
        raise ValueError(f"must be one of {', '.join(sorted(CATALOGUE))}")
    ((name, parameters),) = _filled(item).items()
    return CATALOGUE[name].model_validate(parameters)
