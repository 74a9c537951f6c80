"""Refuses a model that was not let through. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tidegate.errors import GateShut
from tidegate.report.model import TestReport
from tidegate.steps.reading import shown_uri

# As the stock Evaluator marks a ModelBlessing.
_BLESSED = "blessed"


def demand_let_through(
    reports: Mapping[str, tuple[Path, TestReport]], blessings: Sequence[Any]
) -> None:
    """Refuses a model whose tests failed, or that was not blessed.

    The gate decides that before, and there is one for every report; but nothing
    forces a pipeline to have it.

    Args:
        reports: URI to folder and report.
        blessings: The ModelBlessing artifacts that are given.

    Raises:
        GateShut: Something that is given speaks against the model.
    """
    against = [uri for uri, (_, report) in reports.items() if not report.passed]
    reasons = [_why(reports[uri][1]) for uri in against]
    unblessed = [one for one in blessings if not _is_blessed(one)]
    reasons += [f"the model was not blessed: {shown_uri(one)}" for one in unblessed]
    if reasons:
        raise GateShut(
            f"the model is not pushed: {'; '.join(reasons)}",
            reports=against,
            expected="a model that passed what is given here",
            got="; ".join(reasons),
            fix="put the Pusher behind the gate that reads the report: gate.before(…)",
        )


def _is_blessed(blessing: Any) -> bool:
    return bool(blessing.get_int_custom_property(_BLESSED) == 1)


def _why(report: TestReport) -> str:
    if not report.failed:
        return f"no {report.kind} test of {report.dataset} could run"
    return f"{len(report.failed)} of {len(report.results)} {report.kind} tests failed"
