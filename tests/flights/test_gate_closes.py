"""The shipped tests of flights: quiet on clean months, shut by every kind of fault."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MONTH = 9
EACH = 15


@pytest.fixture(scope="module")
def proof() -> Iterator[Any]:
    sys.path.insert(0, str(BENCHMARKS))
    yield importlib.import_module("gate_proof")
    sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def months(proof: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return proof.Months.written(tmp_path_factory.mktemp("months"))


def test_no_clean_month_shuts_the_gate(months: Any) -> None:
    reports = {month: months.judge(month) for month in months.files}
    alarms = {month: r.failed for month, r in reports.items() if not r.passed}
    assert not alarms
    for report in reports.values():
        assert len(report.results) > 120
        assert not report.skipped
        assert not report.warned


def test_every_kind_of_corruption_shuts_the_gate(proof: Any, months: Any) -> None:
    seen: dict[str, int] = {}
    escaped: list[str] = []
    table, verdict = proof.read_text(months.files[MONTH]), months.verdict(MONTH)
    for number, case in enumerate(proof.cases(table)):
        # One of each kind, and some of the kinds that make many.
        if seen.setdefault(case.kind, number) != number and number % EACH:
            continue
        broken, fault = case.apply(table)
        if verdict(broken).passed:
            escaped.append(f"{case.name}: {fault.what}")
    assert not escaped
    assert len(seen) > 45
