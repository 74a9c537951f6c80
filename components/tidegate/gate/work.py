"""Gate's work: reads the reports, decides, writes the decision."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from tidegate.gate import decision
from tidegate.gate.keys import DECISION
from tidegate.report.model import REPORT_FILE, read_report
from tidegate.steps.context import Artifacts, Context
from tidegate.steps.reading import get_single_instance, shown_uri


def do(
    inputs: Artifacts, outputs: Artifacts, properties: dict[str, Any], context: Context
) -> None:
    """Writes `decision.json`, or raises `GateShut`."""
    folders = {
        shown_uri(one): Path(one.uri) for listed in inputs.values() for one in listed
    }
    verdict = decision.decide(
        {shown: read_report(folder) for shown, folder in folders.items()},
        {shown: _digest(folder) for shown, folder in folders.items()},
    )
    output = get_single_instance(outputs[DECISION])
    decision.write_decision(verdict, Path(output.uri))
    output.set_int_custom_property("tests", verdict.tests)


def _digest(folder: Path) -> str:
    """Pins the report: whoever reads the decision may not have its folder."""
    return hashlib.sha256((folder / REPORT_FILE).read_bytes()).hexdigest()
