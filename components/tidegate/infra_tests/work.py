"""InfraTests' work: judges the model, asks it in a child, writes the report."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tidegate.champion.work import SERVING
from tidegate.data_tests.schema_verdict import read_schema
from tidegate.infra_tests import keys
from tidegate.infra_tests.check import Subject, check
from tidegate.infra_tests.settings import Settings
from tidegate.report.html import write_page
from tidegate.report.model import write_report
from tidegate.saved_model.wholeness import GRAPH
from tidegate.steps.context import Artifacts, Context
from tidegate.steps.description import describe
from tidegate.steps.reading import get_single_instance, get_single_uri

_SCHEMA_FILE = "schema.pbtxt"
_LOG = logging.getLogger("tidegate.infra_tests")


def do(
    inputs: Artifacts,
    outputs: Artifacts,
    properties: Mapping[str, Any],
    context: Context,
) -> None:
    """Writes `report.json` and `report.html`; a bad model raises nothing.

    Raises:
        TidegateError: The examples or the schema cannot be read.
    """
    settings = Settings.model_validate_json(properties[keys.SETTINGS])
    subject = Subject(
        model=saved_model_in(Path(get_single_uri(inputs[keys.MODEL]))),
        dataset=properties[keys.DATASET],
        examples=_folder(inputs, keys.EXAMPLES),
        evaluation=_folder(inputs, keys.EVALUATION),
        features=_features(_folder(inputs, keys.SCHEMA), settings),
        temporary=context.temporary,
    )
    report = check(subject, settings)
    output = get_single_instance(outputs[keys.REPORT])
    write_page(report, Path(output.uri))
    write_report(report, Path(output.uri))
    describe(output, report)
    _LOG.info("infra tests of %s: %s", subject.dataset, report.verdict)


def saved_model_in(artifact: Path) -> Path:
    """The folder with the SavedModel in a Model artifact, or a pushed model."""
    return artifact if (artifact / GRAPH).exists() else artifact / SERVING


def _folder(inputs: Artifacts, key: str) -> Path | None:
    return Path(get_single_uri(inputs[key])) if inputs.get(key) else None


def _features(schema: Path | None, settings: Settings) -> frozenset[str] | None:
    """Names of the features that requests have; None without a schema."""
    if schema is None:
        return None
    names = {one.name for one in read_schema(schema / _SCHEMA_FILE).feature}
    return frozenset(names - set(settings.without))
