"""A suite of data tests: one model behind YAML and Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    model_validator,
)

from tidegate.data_tests.catalogue import CATALOGUE, DataTest
from tidegate.data_tests.column_lists import faulty_columns, one_a_column
from tidegate.documents import Document, near_miss
from tidegate.errors import ExitCode, TidegateError, UsageError, raise_all

# Nobody mends more at once, and a suite may have ten thousand tests.
_MOST_FAULTS = 100


class Suite(BaseModel):
    """What must hold of a data set.

    Attributes:
        dataset: Name of the data set, for reports.
        tests: The tests, in the order in which they are reported.
        key: Columns that together name a row; `unique` uses them by default.
        label: Column that is predicted.
        time: Column that tells when a row happened.
        pii: Columns whose values never appear in a report, a log or an error.
        places: Where each test stands in its file, as `file:line`, if in one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str = Field(min_length=1)
    tests: list[SerializeAsAny[DataTest]] = Field(min_length=1)
    key: list[str] = Field(default_factory=list)
    label: str | None = None
    time: str | None = None
    pii: list[str] = Field(default_factory=list)
    places: list[str] = Field(default_factory=list)

    @field_validator("tests", mode="before")
    @classmethod
    def _from_mappings(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [_as_test(one) for item in value for one in one_a_column(item)]

    @model_validator(mode="before")
    @classmethod
    def _default_key(cls, value: Any) -> Any:
        return _with_key(value) if isinstance(value, dict) else value

    @field_serializer("tests")
    def _as_mappings(self, tests: list[DataTest]) -> list[dict[str, Any]]:
        return [
            {test.name: test.model_dump(mode="json", by_alias=True)} for test in tests
        ]


def load_suite(path: Path) -> Suite:
    """The suite in a YAML file.

    Raises:
        UsageError: The file is missing or something in it is wrong; everything
            that is wrong, each with its line, as `Problems`.
    """
    document = Document.read(path)
    errors = list(islice(_faults(document), _MOST_FAULTS))
    raise_all(f"{path} is not a valid suite", errors)
    suite = document.validate(Suite)
    places = [
        document.place(("tests", n))
        for n, item in enumerate(document.data["tests"])
        for _ in one_a_column(item)
    ]
    tests = _located(suite.tests, places, path)
    return suite.model_copy(update={"tests": tests, "places": places})


def _located(
    tests: Sequence[DataTest], places: Sequence[str], path: Path
) -> list[DataTest]:
    """The tests with what they need of other files, or all that is wrong there."""
    found: list[DataTest] = []
    errors: list[TidegateError] = []
    for test, place in zip(tests, places, strict=True):
        try:
            found.append(test.located(path.parent))
        except TidegateError as error:
            error.where = error.where or place
            errors.append(error)
    # The first one says how the command ends.
    errors.sort(key=lambda error: error.exit_code is not ExitCode.SECURITY)
    raise_all(f"{path} is not a valid suite", errors)
    return found


def without_tests(dataset: str) -> Suite:
    """A suite that asks for nothing, for data that a schema alone judges."""
    return Suite.model_construct(
        dataset=dataset, tests=[], key=[], label=None, time=None, pii=[], places=[]
    )


def parse_suite(text: str) -> Suite:
    """The suite that `Suite.model_dump_json` wrote."""
    return Suite.model_validate_json(text)


class _Outline(BaseModel):
    """A suite but for what its tests say: each test has a model of its own."""

    model_config = ConfigDict(extra="forbid")

    dataset: str = Field(min_length=1)
    tests: list[Any] = Field(min_length=1)
    key: list[str] = Field(default_factory=list)
    label: str | None = None
    time: str | None = None
    pii: list[str] = Field(default_factory=list)


def _faults(document: Document) -> Iterator[TidegateError]:
    """Everything wrong in a suite, in the order of the file's parts."""
    _, errors = document.examine(_Outline)
    yield from errors
    tests = document.data.get("tests")
    informed: Any = _with_key(document.data).get("tests")
    for index, item in enumerate(tests if isinstance(tests, list) else []):
        place = document.place(("tests", index))
        if not isinstance(item, dict) or len(item) != 1:
            yield UsageError(
                "a test is one name with its parameters",
                where=place,
                expected="- missing: {column: dep_delay, at_most: 5%}",
                got=", ".join(item) if isinstance(item, dict) else repr(item)[:60],
                fix="write one test an item",
            )
            continue
        (name,) = item
        kind = CATALOGUE.get(name)
        if kind is None:
            near = near_miss(name, CATALOGUE)
            yield UsageError(
                f"unknown test {name!r}" + (f", did you mean {near}?" if near else ""),
                where=place,
                expected=f"one of {', '.join(sorted(CATALOGUE))}",
                got=name,
                fix=f"write {near} instead" if near else "see docs/data-tests.md",
            )
            continue
        if faults := list(faulty_columns(document, index, item)):
            yield from faults
            continue
        # Of one column or of ten, the other parameters are as right or wrong.
        whole = one_a_column(informed[index])[0]
        _, found = document.updated(("tests",), _replaced(tests, index, whole)).examine(
            kind, ("tests", index, name)
        )
        yield from found


def _replaced(tests: Any, index: int, item: Any) -> list[Any]:
    return [*tests[:index], item, *tests[index + 1 :]]


def _with_key(data: dict[str, Any]) -> dict[str, Any]:
    """The suite's mapping, its settings put into the tests that take them."""
    key, tests = data.get("key"), data.get("tests")
    if not isinstance(tests, list):
        return data
    filled = []
    for item in tests:
        if isinstance(item, dict) and len(item) == 1:
            ((name, parameters),) = item.items()
            parameters = {} if parameters is None else parameters
            if name == "unique" and isinstance(parameters, dict) and key:
                parameters = {"columns": key, **parameters}
            if name in CATALOGUE and isinstance(parameters, dict):
                parameters = CATALOGUE[name].informed(parameters, data)
            item = {name: parameters}
        elif isinstance(item, DataTest):
            given = item.model_dump(by_alias=True, exclude_unset=True)
            if (more := item.informed(given, data)) != given:
                item = type(item).model_validate(more)
        filled.append(item)
    return {**data, "tests": filled}


def _as_test(item: Any) -> Any:
    if isinstance(item, DataTest) or not isinstance(item, dict):
        return item
    if len(item) != 1 or next(iter(item)) not in CATALOGUE:
        raise ValueError(f"must be one of {', '.join(sorted(CATALOGUE))}")
    ((name, parameters),) = item.items()
    return CATALOGUE[name].model_validate(parameters)
