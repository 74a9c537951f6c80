"""The JSON Schema of suites of model tests, by which editors check them."""

from __future__ import annotations

from typing import Any

from tidegate.data_tests.json_schema import DIALECT
from tidegate.model_tests.catalogue import CATALOGUE, ModelTest
from tidegate.model_tests.suite import ModelSuite

FILE = "model-suite.schema.json"
_MODULES = "tidegate."
_TOLD = {
    "dataset": "name of the model, for reports",
    "private": "features whose values appear in no report",
}


def suite_json_schema() -> dict[str, Any]:
    """The JSON Schema of a suite, one alternative for each test of the catalogue."""
    definitions: dict[str, Any] = {}
    tests = [_test(kind, definitions) for _, kind in sorted(own_tests().items())]
    properties = ModelSuite.model_json_schema(mode="validation")["properties"]
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
        "title": "Tidegate model tests",
        "type": "object",
        "additionalProperties": False,
        "required": ["tests"],
        "properties": properties,
        "$defs": definitions,
    }


def own_tests() -> dict[str, type[ModelTest]]:
    """The tests that come with Tidegate, without those that users added."""
    return {
        name: kind
        for name, kind in CATALOGUE.items()
        if kind.__module__.startswith(_MODULES)
    }


def _test(kind: type[ModelTest], definitions: dict[str, Any]) -> dict[str, Any]:
    model = kind.model_json_schema(mode="validation", ref_template="#/$defs/{model}")
    definitions.update(model.pop("$defs", {}))
    model.pop("title", None)
    definitions[f"test_{kind.name}"] = model
    reference: dict[str, Any] = {"$ref": f"#/$defs/test_{kind.name}"}
    if not model.get("required"):
        reference = {"oneOf": [reference, {"type": "null"}]}
    return {
        "type": "object",
        "title": kind.name,
        "description": f"Protects from {kind.why}.",
        "additionalProperties": False,
        "required": [kind.name],
        "properties": {kind.name: reference},
    }
