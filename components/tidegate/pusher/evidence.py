"""Where a model comes from, gathered from the artifacts that a step is given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tidegate.ledger.events import (
    CodeRecord,
    EnvironmentRecord,
    ExamplesRecord,
    Provenance,
    ReportRecord,
    SchemaRecord,
)
from tidegate.pusher import keys
from tidegate.pusher.metrics import overall_metrics
from tidegate.report.model import REPORT_FILE, TestReport, read_report
from tidegate.steps.context import Artifacts
from tidegate.steps.reading import decode_split_names, shown_uri

SCHEMA_FILE = "schema.pbtxt"
_FINGERPRINT = "input_fingerprint"
_SPLITS = "Split-*/*"
_CHUNK = 4 << 20
# URI to folder and report.
Reports = Mapping[str, tuple[Path, TestReport]]


def gathered(
    inputs: Artifacts,
    reports: Reports,
    properties: Mapping[str, Any],
    *,
    run: str | None,
    pipeline: str | None,
    code: CodeRecord,
    environment: EnvironmentRecord,
) -> Provenance:
    """Everything that the step was told of the model.

    Args:
        inputs: Artifacts by Pusher's keys.
        reports: The reports among them, as `read_reports` gives them.
        properties: Pusher's properties.
        run: Id of the pipeline run; None where it is not known.
        pipeline: Name of the pipeline; None where it is not known.
        code: The code.
        environment: Where the model was made.

    Raises:
        DataError: The evaluation is damaged.
    """
    return Provenance(
        pipeline=pipeline,
        run=run,
        source=shown_uri(inputs[keys.MODEL][0]),
        examples=examples_records(inputs.get(keys.EXAMPLES, ()), reports),
        data_schema=_schema(inputs.get(keys.SCHEMA, ())),
        reports=tuple(_report(uri, *one) for uri, one in reports.items()),
        metrics=_metrics(inputs.get(keys.EVALUATION, ())),
        parameters=json.loads(properties.get(keys.PARAMETERS) or "{}"),
        code=code,
        environment=environment,
    )


def read_reports(inputs: Artifacts) -> dict[str, tuple[Path, TestReport]]:
    """URI to folder and report, of all reports that are given.

    Raises:
        ComponentError: One is missing or cut short.
    """
    return {
        shown_uri(one): (Path(one.uri), read_report(Path(one.uri)))
        for key in keys.REPORTS
        for one in inputs.get(key, ())
    }


def examples_records(
    artifacts: Sequence[Any], reports: Reports
) -> tuple[ExamplesRecord, ...]:
    """What the ledger is to say of examples.

    Args:
        artifacts: Examples.
        reports: Those of the data tests know the rows of each split.
    """
    counts = [one.splits for _, one in reports.values() if one.kind == "data"]
    return tuple(_examples(one, counts) for one in artifacts)


def _examples(artifact: Any, counts: Sequence[Mapping[str, int]]) -> ExamplesRecord:
    splits = tuple(decode_split_names(artifact.split_names))
    rows = next((dict(one) for one in counts if set(one) == set(splits)), {})
    return ExamplesRecord(
        uri=shown_uri(artifact),
        # TFX has 0 where there is no span.
        span=artifact.span or None,
        version=artifact.version or None,
        splits=splits,
        rows=rows,
        fingerprint=artifact.get_string_custom_property(_FINGERPRINT) or None,
        digest=_digest(Path(artifact.uri)) if _is_here(artifact.uri) else None,
    )


def _digest(folder: Path) -> str | None:
    """SHA-256 over names and contents of the files of all splits; None without any."""
    whole, files = hashlib.sha256(), 0
    for path in sorted(folder.glob(_SPLITS)):
        if path.is_file() and not path.name.startswith("."):
            name = path.relative_to(folder).as_posix()
            whole.update(f"{name}:{_sha256(path)}\n".encode())
            files += 1
    return whole.hexdigest() if files else None


def _schema(artifacts: Sequence[Any]) -> SchemaRecord | None:
    for one in artifacts:
        path = Path(one.uri) / SCHEMA_FILE
        if path.is_file():
            return SchemaRecord(uri=shown_uri(one), sha256=_sha256(path))
    return None


def _report(uri: str, folder: Path, report: TestReport) -> ReportRecord:
    return ReportRecord(
        kind=report.kind,
        uri=uri,
        sha256=_sha256(folder / REPORT_FILE),
        passed=report.passed,
        tests=len(report.results),
        failed=len(report.failed),
        warned=len(report.warned),
    )


def _metrics(artifacts: Sequence[Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in artifacts:
        if _is_here(one.uri):
            found = {**overall_metrics(Path(one.uri)), **found}
    return found


def _is_here(uri: str) -> bool:
    """False for what is in a store: reading it all again is not worth the record."""
    return "://" not in uri


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
