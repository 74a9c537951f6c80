"""The JSON Schema of suites, by which editors complete and check them."""

from __future__ import annotations

import json
from typing import Any

from tidegate.data_tests.catalogue import CATALOGUE, DataTest
from tidegate.data_tests.suite import Suite

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILE = "suite.schema.json"
FILLED_IN = "filled in when a suite is read"
_MODULES = "tidegate."
_TOLD = {
    "dataset": "name of the data set, for reports",
    "key": "columns that together name a row",
    "label": "column that is predicted",
    "time": "column that tells when a row happened",
    "pii": "columns whose values appear in no report, log or error",
}


def suite_json_schema() -> dict[str, Any]:
    """The JSON Schema of a suite, one alternative for each test of the catalogue."""
    definitions: dict[str, Any] = {}
    tests = [_test(kind, definitions) for _, kind in sorted(own_tests().items())]
    outline = Suite.model_json_schema(mode="validation")
    properties = outline["properties"]
    properties.pop("places")
    for key, text in _TOLD.items():
        properties[key]["description"] = text
    properties["tests"] = {
        "description": "the tests, in the order in which they are reported",
        "type": "array",
        "minItems": 1,
        "items": {"oneOf": tests},
    }
    return {
        "$schema": DIALECT,
        "title": "Tidegate data tests",
        "type": "object",
        "additionalProperties": False,
        "required": ["dataset", "tests"],
        "properties": properties,
        "$defs": {**definitions, **_without_tests(outline.get("$defs", {}))},
    }


def own_tests() -> dict[str, type[DataTest]]:
    """The tests that come with Tidegate, without those that users added."""
    return {
        name: kind
        for name, kind in CATALOGUE.items()
        if kind.__module__.startswith(_MODULES)
    }


def as_text(schema: dict[str, Any]) -> str:
    """The schema as the text of its file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _test(kind: type[DataTest], definitions: dict[str, Any]) -> dict[str, Any]:
    model = kind.model_json_schema(mode="validation", ref_template="#/$defs/{model}")
    definitions.update(model.pop("$defs", {}))
    model.pop("title", None)
    _allow_shorthands(kind, model)
    definitions[f"test_{kind.name}"] = model
    reference: dict[str, Any] = {"$ref": f"#/$defs/test_{kind.name}"}
    if not model.get("required"):
        reference = {"oneOf": [reference, {"type": "null"}]}
    return {
        "type": "object",
        "title": kind.name,
        "description": f"Catches {kind.why}.",
        "additionalProperties": False,
        "required": [kind.name],
        "properties": {kind.name: reference},
    }


def _allow_shorthands(kind: type[DataTest], model: dict[str, Any]) -> None:
    """Lets a suite say what it fills in: several columns at once, its own key."""
    properties = model["properties"]
    for name in [n for n, p in properties.items() if FILLED_IN in p["description"]]:
        del properties[name]
    several = {"type": "array", "minItems": 1, "items": {"type": "string"}}
    for name in {"column", "to"} & set(properties):
        if name == "column" or properties[name].get("type") == "array":
            told = properties[name].get("description", name)
            properties[name] = {
                "description": told if "several" in told else f"{told}, or several",
                "oneOf": [{"type": "string", "minLength": 1}, several],
            }
    if kind.name == "unique":
        model["required"] = [n for n in model.get("required", []) if n != "columns"]


def _without_tests(definitions: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in definitions.items() if name != "DataTest"}
