"""A report with one of everything, the hard parts included."""

from __future__ import annotations

from datetime import date, datetime, timezone
from itertools import pairwise
from typing import Any

from tidegate.report.model import (
    Level,
    Outcome,
    Place,
    Plot,
    RowSample,
    TestReport,
    TestResult,
    Waived,
)

LONG = "x̃ßø漢字" * 40  # 200 characters and more
LONG_NAME = "customer_lifetime_value_in_euros_after_returns_and_discounts_v2"


def rich_report(**changes: Any) -> TestReport:
    """Thirty-odd results: every outcome, every kind of plot, odd texts."""
    about: dict[str, Any] = {
        "kind": "data",
        "dataset": "flights",
        "span": 9,
        "rows": 27574,
        "splits": {"train": 20113, "eval": 7461},
        "sources": ("flights-09.csv",),
        "failing_rows": 3602,
        "quarantined": 212,
        "quarantine": "reports/09/quarantine",
        "schema_file": "schemas/flights/schema.pbtxt",
        "suite_file": "schemas/flights/data_tests.yaml",
        "reference": "11 spans, newest 11",
        "columns": 20,
        "private": ("passenger_email", "card"),
        "seconds": 1.34,
        "created": datetime(2030, 1, 31, 9, 30, tzinfo=timezone.utc),
        "results": (*_failed(), *_warned(), *_waived(), *_skipped(), *_passed()),
    }
    return TestReport(**{**about, **changes})


def numbers() -> Plot:
    """Delays with a second hump where the unit changed."""
    edges = tuple(range(-30, 215, 15))
    now = (4, 30, 22, 9, 6, 4, 3, 2, 1, 1, 0, 2, 5, 6, 4, 1)
    usual = (5, 38, 26, 11, 7, 4, 3, 2, 1, 1, 1, 0, 0, 0, 1, 0)
    return Plot(
        kind="numbers",
        title="dep_delay, share of rows",
        labels=tuple(f"{a} to {b}" for a, b in pairwise(edges)),
        edges=edges,
        now=tuple(n / 100 for n in now),
        reference=tuple(n / 100 for n in usual),
        marked=(12, 13, 14, 15),
        limits=(-25, 150),
        unit="minutes",
    )


def values() -> Plot:
    """Airports, one of them misspelt and one of them long."""
    return Plot(
        kind="values",
        title="origin, share of rows",
        labels=("EWR", "JFK", "LGA", "JKF", LONG),
        now=(0.352, 0.301, 0.311, 0.0077, 0.0283),
        reference=(0.359, 0.33, 0.311, 0.0, 0.0),
        marked=(3, 4),
    )


def series() -> Plot:
    """Rows of the last spans, the newest too few."""
    rows = (31004, 28951, 30834, 31330, 29200, 30110, 28243, 29425, 30327, 29889, 9574)
    return Plot(
        kind="series",
        title="rows a span",
        labels=tuple(f"2029-{n:02d}" for n in range(1, 12)),
        now=rows,
        reference=(29900.0,) * len(rows),
        marked=(10,),
        limits=(25000, 35000),
        unit="rows",
    )


def row(line: int, file: str = "flights-09.csv", **values: str) -> RowSample:
    """One failing row at a line of a CSV file."""
    place = Place(row=line - 1, split="train", file=file, line=line)
    return RowSample(place=place, values=values)


def result(test: str, subject: str, outcome: Outcome, **changes: Any) -> TestResult:
    """One result of the family of columns, in words that say little."""
    about: dict[str, Any] = {
        "expectation": "as the suite says",
        "observed": "it is",
        "family": "columns",
        "level": Level.WARN if outcome is Outcome.WARNED else Level.FAIL,
    }
    return TestResult(
        test=test, subject=subject, outcome=outcome, **{**about, **changes}
    )


def _flight(line: int, **values: str) -> RowSample:
    common = {"carrier": "UA", "flight": str(3 * line), "origin": "EWR"}
    time = {"time_hour": "2029-09-01T05:00:00Z", "passenger_email": "(private)"}
    return row(line, **{**common, **time, **values})


def _failed() -> tuple[TestResult, ...]:
    outcome = Outcome.FAILED
    missing = (18, 44, 71, 100, 131)
    return (
        result(
            "missing",
            "dep_delay",
            outcome,
            expectation="missing at most 5 %",
            observed="12.4 % (3,419 rows)",
            failing_rows=3419,
            sample=tuple(_flight(n, dep_delay="(missing)") for n in missing),
            plot=numbers(),
            why="A column that is filled less often than it was is usually an "
            "export that broke.",
            fix="fix the export, or accept the change: tidegate schema accept "
            'flights --span 9 --reason "…"',
            source="schemas/flights/data_tests.yaml:12",
        ),
        result(
            "one_of",
            "origin",
            outcome,
            expectation="one of EWR, JFK, LGA",
            observed='"JKF" on 212 rows',
            failing_rows=212,
            sample=tuple(_flight(n, origin="JKF") for n in (102, 130)),
            plot=values(),
            slice="carrier = 'UA' and month = 9",
            fix="correct the spelling at the source",
            source="schemas/flights/data_tests.yaml:15",
        ),
        result(
            "rows",
            "rows",
            outcome,
            family="batch",
            expectation="at least 25,000",
            observed="9,574",
            plot=series(),
            waiver=Waived(
                owner="flights team",
                reason="one airport was closed for repairs",
                expires=date(2029, 12, 31),
                state="expired",
            ),
        ),
        result(
            "pattern",
            LONG_NAME,
            outcome,
            family="privacy",
            expectation="looks like no e-mail address, phone or card number, as the "
            "policy of the data platform says for every column of this data set",
            observed=f"{LONG} on 3 rows",
            failing_rows=3,
            sample=(
                row(7, file="a file with spaces.csv", **{LONG_NAME: LONG, "key": "9"}),
                RowSample(
                    place=Place(row=12, split="train", file="part-0.parquet"),
                    values={LONG_NAME: "<script>alert(1)</script>", "key": ""},
                ),
            ),
        ),
    )


def _warned() -> tuple[TestResult, ...]:
    return (
        result(
            "between",
            "distance",
            Outcome.WARNED,
            expectation="between 80 and 5,000",
            observed="2 rows above, up to 9,999",
            failing_rows=2,
            sample=(_flight(2, distance="9999"), _flight(6, distance="9998")),
        ),
    )


def _waived() -> tuple[TestResult, ...]:
    about = {"expectation": "missing at most 1 %", "observed": "3.1 % (855 rows)"}
    owners = (
        ("tailnum", "fleet team", date(2030, 2, 3)),
        ("air_time", "radar team", date(2030, 9, 30)),
    )
    return tuple(
        result(
            "missing",
            column,
            Outcome.WAIVED,
            **about,
            failing_rows=855,
            waiver=Waived(owner=owner, reason="the feed is being moved", expires=day),
        )
        for column, owner, day in owners
    )


def _skipped() -> tuple[TestResult, ...]:
    return (
        result(
            "late_rows",
            "time_hour",
            Outcome.SKIPPED,
            family="batch",
            observed="needs 3 earlier spans, has 1",
        ),
    )


def _passed() -> tuple[TestResult, ...]:
    columns = ("carrier", "dest", "flight", "hour", "minute", "month", "year", "day")
    tests = ("missing", "between", "type")
    return (
        *(result(t, c, Outcome.PASSED) for t in tests for c in columns),
        result("unique", "carrier, flight", Outcome.PASSED, family="rows"),
        result("prior", "late", Outcome.PASSED, family="label"),
        result("schema", "schema", Outcome.PASSED, family="schema"),
    )
