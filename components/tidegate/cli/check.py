"""`tidegate check`: holds data files against a schema and a suite of tests."""

from __future__ import annotations

import sys
from contextlib import nullcontext, redirect_stdout
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tidegate.cli.command_line import (
    data_files,
    demand_own_files,
    demand_writable,
    told_if_unwritable,
)
from tidegate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from tidegate.data_tests.check import Checked
    from tidegate.data_tests.reference import Reference
    from tidegate.report.model import TestReport

_ROWS = ".rows.parquet"


def check(
    data: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders, globs, or patterns with `{SPAN}`: CSV (.gz, .bz2), "
            "Parquet, TFRecord of tf.Example."
        ),
    ],
    schema: Annotated[
        Path | None, typer.Option(help="Schema, as schema.pbtxt; TFDV's verdict.")
    ] = None,
    tests: Annotated[
        Path | None, typer.Option(help="Suite of data tests, as data_tests.yaml.")
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            help="Folder of summaries of accepted spans; default: `reference` "
            "beside the suite."
        ),
    ] = None,
    span: Annotated[
        int | None, typer.Option(help="Span to read; default: the newest.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write the report as this HTML page, with .json and the failing "
            "rows beside it."
        ),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(help="Write JUnit XML for a CI system.")
    ] = None,
    rows: Annotated[
        Path | None, typer.Option(help="Write every failing row to this Parquet file.")
    ] = None,
    quarantine: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the rows that leave (`on_fail: quarantine`) and for "
            "those that go on."
        ),
    ] = None,
    now: Annotated[
        datetime | None,
        typer.Option(
            help="Judge freshness and waivers as of this time, in UTC.",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
        ),
    ] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON, nothing else.")
    ] = False,
) -> int:
    """Check data files against a schema and a suite of tests.

    Needs neither TensorFlow, TFX nor Beam. Exit code 0: all tests passed; 1: one
    failed, or the data cannot be read whole.

    Examples:

        tidegate check flights.csv --schema schema.pbtxt --tests data_tests.yaml

        tidegate check 'exports/2013-*.csv.gz' --tests data_tests.yaml --json

        tidegate check 'spans/{SPAN}/*.parquet' --span 9 --schema schema.pbtxt
        --report reports/09.html
    """
    outputs = _outputs(report, junit, rows, quarantine)
    accepted = reference or (None if tests is None else tests.parent / "reference")
    if outputs:
        inputs = {
            "DATA": data_files(data, span),
            "--schema": [] if schema is None else [schema],
            "--tests": [] if tests is None else [tests],
        }
        closed = [] if accepted is None else [("--reference", accepted)]
        demand_own_files(outputs, inputs, closed)
        demand_writable(outputs)
    if not _runs_user_code(tests):
        from tidegate.columnar.light_start import without_pandas

        without_pandas()
    from tidegate.cli.check_progress import progress_on
    from tidegate.data_tests.check import Wanted
    from tidegate.data_tests.check import check as run

    console = Console(stderr=json_output, highlight=False)
    wanted = Wanted(
        data=data,
        schema=schema,
        suite=tests,
        span=span,
        reference=_reference(reference, tests),
        failing_rows=_rows_file(rows, report),
        quarantine=quarantine,
        now=now.replace(tzinfo=timezone.utc) if now else datetime.now(timezone.utc),
    )
    # What a rule of the user's own prints must not get between the JSON.
    aside = redirect_stdout(sys.stderr) if json_output else nullcontext()
    with told_if_unwritable(outputs):
        with aside, progress_on(console, quiet=json_output) as progress:
            checked = run(wanted, progress)
        found = checked.evaluation.report
        _write(found, report, junit)
    if json_output:
        print(found.model_dump_json(indent=2))
    else:
        _show(console, checked, report)
    return int(ExitCode.OK if found.passed else ExitCode.TESTS_FAILED)


def _runs_user_code(tests: Path | None) -> bool:
    """Whether a condition in Python may want data frames."""
    return tests is not None and tests.is_file() and b"python" in tests.read_bytes()


def _reference(given: Path | None, tests: Path | None) -> Reference | None:
    from tidegate.data_tests.reference import read_reference

    if given is not None:
        if not given.is_dir():
            raise _no_spans(given, "nothing" if not given.exists() else "a file")
        held = read_reference(given)
        if not held.spans:
            raise _no_spans(given, "a folder without any")
        return held
    beside = None if tests is None else tests.parent / "reference"
    return read_reference(beside) if beside is not None and beside.is_dir() else None


def _no_spans(given: Path, got: str) -> UsageError:
    return UsageError(
        "there is no such folder of accepted spans",
        where=str(given),
        expected="a folder with span-….json files",
        got=got,
        fix="accept a span first: tidegate schema accept DATA --reference …",
    )


def _outputs(
    report: Path | None,
    junit: Path | None,
    rows: Path | None,
    quarantine: Path | None,
) -> list[tuple[str, Path]]:
    """Every file that may be written, with the option that asks for it."""
    found: list[tuple[str, Path]] = []
    if report is not None:
        if report.suffix.lower() != ".html":
            raise UsageError(
                "--report names no HTML page",
                where=str(report),
                expected="a name that ends in .html",
                got=report.name,
                fix=f"--report {report.with_name((report.stem or 'report') + '.html')}",
            )
        json = report.with_name(report.stem + ".json")
        found += [("--report", report), ("the JSON beside --report", json)]
    if rows is not None:
        found.append(("--rows", rows))
    elif report is not None:
        beside = report.with_name(report.stem + _ROWS)
        found.append(("the failing rows beside --report", beside))
    if junit is not None:
        found.append(("--junit", junit))
    if quarantine is not None:
        files = (quarantine / "passed.parquet", quarantine / "quarantine.parquet")
        found += [("--quarantine", file) for file in files]
    return found


def _rows_file(rows: Path | None, report: Path | None) -> Path | None:
    if rows is not None:
        return rows
    return None if report is None else report.with_name(report.stem + _ROWS)


def _write(found: TestReport, report: Path | None, junit: Path | None) -> None:
    from tidegate.report.model import write_whole

    if report is not None:
        from tidegate.report.html import page

        write_whole(report, page(found).encode())
        json = found.model_dump_json(indent=2)
        write_whole(report.with_name(report.stem + ".json"), json.encode())
    if junit is not None:
        from tidegate.report.junit import write_junit

        write_junit(found, junit)


def _show(console: Console, checked: Checked, page: Path | None) -> None:
    from tidegate.report.terminal import render

    console.print(
        render(
            checked.evaluation.report,
            page=page,
            rows_file=checked.failing_rows,
        )
    )
