"""Gate's work: reads the reports, decides, writes the decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tidegate.gate import decision
from tidegate.gate.keys import DECISION
from tidegate.report.model import read_report
from tidegate.steps.context import Artifacts, Context
from tidegate.steps.reading import get_single_instance, shown_uri


def do(
    inputs: Artifacts, outputs: Artifacts, properties: dict[str, Any], context: Context
) -> None:
    """Writes `decision.json`, or raises `GateShut`."""
    reports = [artifact for artifacts in inputs.values() for artifact in artifacts]
    verdict = decision.decide(
        {shown_uri(one): read_report(Path(one.uri)) for one in reports}
    )
    output = get_single_instance(outputs[DECISION])
    decision.write_decision(verdict, Path(output.uri))
    output.set_int_custom_property("tests", verdict.tests)
